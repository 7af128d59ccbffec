import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readRulerPart, type RulerPart } from './ruler-section.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const RULES = `
groups:
  - name: errors
    interval: 30s
    rules:
      - alert: Many
        expr: sum by (app) (count_over_time({app=~".+"} |= "error" [5m])) > 10
        for: 1m
      - {record: 'app:lines:rate5m', expr: 'sum by (app) (rate({app=~".+"}[5m]))'}
`

/** A folder with these files, by their paths. */
function write(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ruler-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  return folder
}

function read(text: string, folder = write({})): { part: RulerPart; faults: string[] } {
  const faults = new FaultList()
  const root = parseYaml(text, { file: 'loki.yml', faults })?.asMap()
  if (root === undefined) throw new Error('no map')
  const part = readRulerPart(root, { folder, faults })
  return { part, faults: faults.items.map(formatFault) }
}

describe('what a Loki file says of rules', () => {
  it('leads to the files of a local folder, without hidden ones, in LogQL', () => {
    const folder = write({
      'rules/fake/app.yml': RULES,
      'rules/fake/.app.yml.swp': 'no: yaml',
      'rules/loose.yml': 'not read: true',
    })
    const { part, faults } = read(
      `
ruler:
  storage: {type: local, local: {directory: ${folder}/rules}}
  rule_path: /tmp/scratch
  alertmanager_url: http://localhost:9093,http://alertmanager:9093
  evaluation_interval: 15s
  ring: {kvstore: {store: inmemory}}
  enable_api: false
  remote_write: {enabled: true, client: {url: http://prometheus:9090/api/v1/write}}
`,
      folder,
    )
    expect(faults).toEqual([])
    expect(part).toMatchObject({ intervalMs: 15_000, servesApi: false })
    expect(part.files).toEqual([path.join(folder, 'rules/fake/app.yml')])
    expect(part.groups).toMatchObject([
      {
        name: 'errors',
        language: 'logql',
        intervalMs: 30_000,
        rules: [
          {
            kind: 'alerting',
            name: 'Many',
            forMs: 60_000,
            query: '(sum by (app)(count_over_time({app=~".+"} |= "error"[5m])) > 10)',
            written: 'sum by (app) (count_over_time({app=~".+"} |= "error" [5m])) > 10',
          },
          { kind: 'recording', name: 'app:lines:rate5m', expr: undefined },
        ],
      },
    ])
  })

  it.each([
    ['ruler_storage: {backend: local, local: {directory: rules}}'],
    ['ruler_storage: {backend: filesystem, filesystem: {dir: rules}}'],
    ['common: {storage: {filesystem: {rules_directory: rules}}}'],
    // The path of a container, whose folder stands beside the file here.
    ['ruler: {storage: {type: local, local: {directory: /loki/rules}}}'],
  ])('finds the folder of %s', (text) => {
    const folder = write({ 'rules/fake/app.yml': RULES, 'rules/host/prometheus.yml': 'groups: 1' })
    const isRelative = !text.includes('/loki')
    if (isRelative) rmSync(path.join(folder, 'rules/host'), { recursive: true })
    const { part, faults } = read(text, folder)
    expect(faults).toEqual([])
    expect(part.groups.map(({ name }) => name)).toEqual(['errors'])
  })

  it('has no rules without a folder', () => {
    const { part, faults } = read('ruler: {storage: {type: local, local: {directory: /none}}}')
    expect(part).toMatchObject({ groups: [], intervalMs: 60_000, servesApi: true })
    expect(faults).toEqual([])
  })

  it('warns of what somebody would miss', () => {
    const { faults } = read(`
ruler:
  storage: {type: s3, s3: {bucketnames: b}}
  alertmanager_url: https://am.example.org
  external_url: https://grafana.example.org
  remote_write: {enabled: true, clients: {far: {url: https://far.example.org/write}}}
`)
    expect(faults).toEqual([
      'loki.yml:3:19: warning: type: rules are read from folders only (local, filesystem), not from s3',
      'loki.yml:4:21: warning: alertmanager_url: alerts of rules on logs go where those of all rules go: to this program, and to what alerting.alertmanagers of prometheus.yml names',
      'loki.yml:5:3: warning: external_url: has no effect here: --web.external-url holds for all rules',
      'loki.yml:6:3: warning: remote_write: recorded samples are stored here, and sent to nobody',
    ])
  })

  it('refuses what is wrong, with its place', () => {
    const folder = write({
      'rules/fake/bad.yml': `groups:
  - name: g
    rules:
      - {alert: Lines, expr: '{app="a"} |= "x"'}
      - {alert: Broken, expr: 'rate({app="a"}[5m)'}
      - {record: 'a-b', expr: 'rate({app="a"}[5m])'}
      - {alert: Labels, expr: 'rate({app="a"}[5m]) > 0', labels: {a.b: c}}
`,
    })
    const { faults } = read(
      `ruler: {enable_ap: 1, storage: {type: local, local: {directory: rules}}}`,
      folder,
    )
    const shown = faults.map((text) => text.replace(`${folder}/`, ''))
    expect(shown).toEqual([
      'loki.yml:1:9: enable_ap: unknown key; did you mean enable_api? Allowed here: alert_relabel_configs, alertmanager_client, alertmanager_discovery, alertmanager_refresh_interval, alertmanager_url, …',
      'rules/fake/bad.yml:4:30: expr: log queries are not supported as an instant query type, please change your query to a range query type',
      "rules/fake/bad.yml:5:46: expr: could not parse expression: parse error at line 1, col 15: missing closing ']' in duration",
      'rules/fake/bad.yml:6:18: record: invalid recording rule name: a-b',
      'rules/fake/bad.yml:7:67: a.b: invalid label name: a.b',
    ])
  })
})
