import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ConfigFault } from '../../yaml/fault.ts'
import { examineClock, examineServerClock } from './examine-clock.ts'
import { examineDifferences } from './examine-differences.ts'
import { examineFolder } from './examine-folder.ts'
import { scoreOf, tallyItems, type Item } from './finding.ts'
import { judgeFault } from './judge-fault.ts'
import { listKeys } from './list-keys.ts'
import { selectorsIn } from './metric-names.ts'
import { readLokiRetention } from './read-loki-retention.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-doctor-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

const fault = (message: string, changes: Partial<ConfigFault> = {}): ConfigFault => ({
  ...{ file: 'f', line: 1, col: 1, message, severity: 'warning' },
  ...changes,
})

describe('a fault', () => {
  it.each([
    ['retention: unknown key.', 'error', 'wrong'],
    ['ingester: has no effect here: why', 'warning', 'ignored'],
    ['endpoint: nothing listens there: metrics go', 'warning', 'ignored'],
    [
      'server: listen.loki and --listen.loki say where the Loki API answers, not this',
      'warning',
      'ignored',
    ],
    ['clients[0]: a, b: no effect here: x', 'warning', 'ignored'],
    ['memory_limiter: memory.budget bounds the whole program instead', 'warning', 'ignored'],
    ['subject: not a key of Alertmanager; read as headers', 'warning', 'changed'],
    ['rule_files[0]: no rule file is at x', 'warning', 'supported'],
    ['service_key: <key> is a placeholder: fill in', 'warning', 'supported'],
    ['service: pipelines.logs has no exporter to a store: what comes', 'warning', 'supported'],
    ['loki: is named nowhere in service: it has no effect', 'warning', 'supported'],
  ] as const)('%s (%s) is %s', (message, severity, verdict) =>
    expect(judgeFault(fault(message, { severity }))).toBe(verdict),
  )
})

describe('keys', () => {
  const verdicts = (file: string, faults: readonly ConfigFault[]): string[] =>
    listKeys(file, faults).map(({ path: key, verdict }) => `${key} ${verdict}`)

  it('below an ignored one are ignored with it, but for what is heeded', () => {
    const file = write(
      'a.yml',
      'a:\n  b: [{c: 1}]\nlist:\n  - {url: x, wait: 1}\n  - {url: y, wait: 2}\nd:\n  e: {f: 1, g: 2}\n  h: 3\n',
    )
    const faults = [
      fault('a: has no effect here', { file, line: 1 }),
      fault('list[1]: wait: no effect here: x', { file, line: 5 }),
      fault('d: only e.f has an effect here', { file, line: 6 }),
    ]
    expect(verdicts(file, faults)).toEqual([
      'a ignored',
      'a.b ignored',
      'a.b[0].c ignored',
      'list supported',
      'list[0].url supported',
      'list[0].wait supported',
      'list[1].url supported',
      'list[1].wait ignored',
      'd supported',
      'd.e supported',
      'd.e.f supported',
      'd.e.g ignored',
      'd.h ignored',
    ])
  })

  it('of what is no YAML, or not there, are none', () => {
    expect(verdicts(write('b.yml', 'a: ['), [])).toEqual([])
    expect(verdicts('/nowhere', [])).toEqual([])
  })
})

it('a score is rounded down, and counts what is supported', () => {
  const item = (verdict: Item['verdict']): Item => ({
    ...{ area: 'rules', what: 'rule', place: '', name: '', why: '' },
    verdict,
  })
  const tallies = tallyItems(
    [item('supported'), item('supported'), item('ignored'), item('wrong')],
    'rule',
  )
  expect(tallies).toEqual([
    { area: 'rules', what: 'rules', total: 4, supported: 2, changed: 0, ignored: 1 },
  ])
  expect([scoreOf(tallies), scoreOf([])]).toEqual([50, 100])
})

describe('a folder', () => {
  it.each([
    ['more/prometheus-old.yml', 'scrape_configs: []', /looks like a file of Prometheus/],
    ['r.yml', 'groups: []', /holds rules that are not evaluated/],
    ['x.rules', 'groups: []', /holds rules that are not evaluated/],
    ['am.yml', 'route: {}\nreceivers: []', /file of Alertmanager/],
    ['pt.yml', 'clients: []\nscrape_configs: []', /file of promtail/],
    ['otel.yml', 'receivers: {}\nservice: {}', /collector's file/],
    ['t.yml', 'distributor: {}\nstorage: {}', /file of Tempo/],
    ['l.yml', 'schema_config: {}', /file of Loki/],
    ['bb.yml', 'modules: {}', /blackbox_exporter/],
    ['g.yml', 'apiVersion: 1\ngroups: []', /Grafana-managed alert rules, which are not evaluated/],
    ['cp.yml', 'apiVersion: 1\ncontactPoints: []', /receivers and routes of Grafana/],
    ['ap.yml', 'apiVersion: 1\napps: []', /plugins of Grafana/],
    [
      'plugins/x/plugin.json',
      '{"id": "x-panel", "type": "panel"}',
      /is the plugin x-panel of Grafana/,
    ],
    ['d.json', '{"dashboard": {"title": "T", "panels": []}}', /vedette dashboards import d\.json/],
    ['grafana.ini', '[server]', /is not read: GF_SERVER_ROOT_URL/],
  ])('%s is named', (name, text, expected) => {
    const file = write(name, text)
    const [found, ...others] = examineFolder(folder, [])
    expect([found?.place, found?.text, others]).toEqual([file, expect.stringMatching(expected), []])
    expect(examineFolder(folder, [file])).toEqual([])
  })

  it.each([
    ['docker-compose.yml', 'services: {a: {image: b}}'],
    ['deployment.yml', 'apiVersion: v1\nkind: Pod'],
    ['package.json', '{"name": "x"}'],
    ['a.yml', '- 1'],
    ['b.yml', '['],
    ['node_modules/x/prometheus.yml', 'scrape_configs: []'],
    ['a/b/c/d/e/f/prometheus.yml', 'scrape_configs: []'],
    ['php.ini', 'x=1'],
  ])('%s is nothing to speak of', (name, text) => {
    write(name, text)
    expect(examineFolder(folder, [])).toEqual([])
  })
})

describe('the end of lines', () => {
  const judge = (text: string, days = 30): string => {
    const file = write('loki.yml', text)
    const logs = { file, retention: { timeMs: days * 86_400_000 } }
    return examineDifferences({ logs }, readLokiRetention)
      .map((finding) => finding.text)
      .join()
  }
  it.each([
    ['limits_config: {retention_period: 720h}', /lines go after 30 days, as it says/],
    ['auth_enabled: false', /are kept for 30 days, and Loki keeps them for ever/],
    ['compactor: {retention_enabled: true}\nlimits_config: {retention_period: 720h}', /^$/],
    ['table_manager: {retention_deletes_enabled: true}', /^$/],
  ])('%s', (text, expected) => expect(judge(text)).toMatch(expected))

  it('for ever is for ever', () => {
    expect(judge('limits_config: {retention_period: 0}', Number.POSITIVE_INFINITY)).toBe('')
  })
})

describe('clocks', () => {
  const told = async (timex: Parameters<typeof examineClock>[0]): Promise<string> =>
    (await examineClock(timex)).map(({ gravity, text }) => `${gravity} ${text}`).join('\n')

  it('are judged by what NTP says of them', async () => {
    expect(await told({ syncStatus: 1, offsetS: 0.001 })).toBe('')
    expect(await told({ syncStatus: 0, offsetS: 0 })).toMatch(/^advice no NTP keeps it right/)
    expect(await told({ syncStatus: 1, offsetS: -0.4 })).toMatch(/^advice it is -0\.400 s off/)
  })

  it.each([
    [-60_000, /^60 s behind|is 60 s behind this machine's/],
    [3_600_000, /is 3600 s ahead of this machine's/],
    [0, /^$/],
  ])('of a server that is %d ms apart', async (apartMs, expected) => {
    const server = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() + apartMs).toUTCString())
      response.end('ok')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const found = await examineServerClock(`http://127.0.0.1:${port}`)
    expect(found.map(({ text }) => text).join()).toMatch(expected)
  })

  it('of a server that is not there are not looked at', async () => {
    expect(await examineServerClock('http://127.0.0.1:1')).toEqual([])
  })
})

it.each([
  ['up{job="a"} == 0', ['up{job="a"}']],
  ['rate(x{a="b"}[5m] offset 1h) / y', ['x{a="b"}']],
  ['sum(x) or {__name__="y"}', []],
  ['nonsense(', []],
])('selectors of %s', (expr, expected) => expect(selectorsIn(expr)).toEqual(expected))
