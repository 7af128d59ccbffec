import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readAlertmanagerConfig } from './alertmanager-config.ts'

describe('templates of a configuration', () => {
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'check-templates-'))
    writeFileSync(path.join(folder, 'good.tmpl'), '{{ define "mine" }}{{ .Status }}{{ end }}')
    writeFileSync(path.join(folder, 'bad.tmpl'), '{{ define "a" }}\n{{ if }}{{ end }}{{ end }}')
    writeFileSync(
      path.join(folder, 'circle.tmpl'),
      '{{ define "a" }}{{ template "b" . }}{{ end }}\n{{ define "b" }}{{ template "a" . }}{{ end }}',
    )
    writeFileSync(
      path.join(folder, 'unknown.tmpl'),
      '{{ define "a" }}{{ template "none" }}{{ end }}',
    )
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  function check(templates: string, settings = 'room_id: a'): string[] {
    const faults = new FaultList()
    const text = `templates: [${templates}]
route: {receiver: a}
receivers:
- name: a
  webex_configs:
  - {http_config: {authorization: {credentials: a}}, ${settings}}
`
    const node = parseYaml(text, { file: 'am.yml', faults })
    if (node) readAlertmanagerConfig(node, { faults, folder })
    return faults.items.map((fault) => formatFault(fault).replaceAll(`${folder}/`, ''))
  }

  it('may call each other and the default ones', () => {
    expect(check('good.tmpl', 'room_id: \'{{ template "mine" . }}\'')).toEqual([])
    expect(check('', 'room_id: \'{{ template "__subject" . }}\'')).toEqual([])
  })

  it('are refused when a file is none', () => {
    expect(check('bad.tmpl')).toEqual(['bad.tmpl:2:1: template: bad.tmpl:2: missing value for if'])
  })

  it('are refused when they call each other in a circle', () => {
    expect(check('circle.tmpl')).toEqual([
      'circle.tmpl:1:1: template: circle.tmpl:1: endless cycle of templates "a" -> "b" -> "a"',
    ])
  })

  it('are warned about where one is missing, or a text is none', () => {
    expect(check('unknown.tmpl')).toEqual([
      'unknown.tmpl:1:1: warning: template: unknown.tmpl:1: template "none" not defined',
    ])
    expect(check('', 'room_id: \'{{ template "none" . }}\'')).toEqual([
      'am.yml:6:63: warning: room_id: template "none" not defined',
    ])
    expect(check('', "room_id: '{{ nope }}'")).toEqual([
      'am.yml:6:63: warning: room_id: function "nope" not defined',
    ])
  })

  it('are not looked for where a secret stands', () => {
    expect(
      check('', "room_id: a, http_config: {basic_auth: {password: '{{ x'}}").join(),
    ).not.toContain('{{')
  })

  it('a file that is not there is a warning', () => {
    expect(check('none/*.tmpl')).toEqual([
      'am.yml:1:13: warning: templates[0]: no file is at none/*.tmpl',
    ])
  })
})
