import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-mounts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

describe('mounts of vedette.yml', () => {
  it('hold for every path of the files that it names', () => {
    write('etc/prom.yml', 'rule_files: [rules/*.yml, /alerts/a.yml]\n')
    write('my-rules/a.yml', 'groups: [{name: a, rules: [{record: a, expr: up}]}]')
    write('other/a.yml', 'groups: [{name: b, rules: [{record: b, expr: up}]}]')
    write(
      'promtail.yml',
      'scrape_configs: [{job_name: a, static_configs: [{labels: {__path__: /logs/*.log}}]}]',
    )
    const main = write(
      'vedette.yml',
      'prometheus: etc/prom.yml\npromtail: promtail.yml\nmounts: {/etc/prometheus/prometheus.yml: etc/prom.yml, /etc/prometheus/rules: my-rules, /alerts: other, /logs: ./app}\n',
    )
    const loaded = loadConfig({ path: main, flags: {}, env: {} })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
    expect(loaded.warnings).toEqual([])
    expect(loaded.config.rules.groups.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(loaded.config.tail?.config.jobs[0]?.mounts).toContainEqual({
      inside: '/logs',
      outside: path.join(folder, 'app'),
    })
  })

  it.each([
    ['mounts: {logs: /x}', /mounts|logs: must be a path from the root/],
    ['mounts: {/logs: }', /must be the path of this host/],
    ['mounts: []', /must be a mapping/],
  ])('%s is refused', (text, message) => {
    const loaded = loadConfig({ path: write('vedette.yml', text), flags: {}, env: {} })
    expect(JSON.stringify(loaded)).toMatch(message)
    expect(loaded.ok).toBe(false)
  })
})
