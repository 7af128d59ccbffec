import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type VedetteConfig } from '../../src/config.ts'
import type { RuleJson } from '../../src/contract/prometheus.ts'
import { examineDashboards } from '../../src/operate/doctor/examine-dashboards.ts'
import { examineFiles } from '../../src/operate/doctor/examine-files.ts'
import { examineMachine } from '../../src/operate/doctor/examine-machine.ts'
import { examineServer, type SeenServer } from '../../src/operate/doctor/examine-server.ts'
import { scoreOf, type Finding } from '../../src/operate/doctor/finding.ts'
import { isOftenAbsent, metricNamesIn } from '../../src/operate/doctor/metric-names.ts'

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

function load(text: string): VedetteConfig {
  const loaded = loadConfig({ path: write('vedette.yml', text), flags: {}, env: {} })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
  return loaded.config
}

const told = (findings: readonly Finding[]): string =>
  findings.map(({ gravity, place, text }) => `${gravity} ${place} ${text}`).join('\n')

describe('files', () => {
  it('are counted by keys and rules, and what is ignored is said with its place', () => {
    write(
      'prometheus/rules.yml',
      'groups: [{name: g, rules: [{alert: A, expr: up == 0}, {record: b, expr: up}]}]',
    )
    write(
      'prometheus/prometheus.yml',
      'rule_files: [rules.yml]\nstorage: {exemplars: {max_exemplars: 5}}\nscrape_configs: []\n',
    )
    write('loki/loki.yml', 'auth_enabled: false\nschema_config: {configs: []}\n')
    const loaded = loadConfig({ flags: { config: folder }, env: {} })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
    const { findings, tallies } = examineFiles({
      config: loaded.config,
      files: [],
      faults: loaded.warnings,
    })
    expect(told(findings)).toMatch(/advice .*loki\.yml:2:1 schema_config/)
    expect(tallies.find(({ area }) => area === 'rules')).toMatchObject({ total: 2, supported: 2 })
    const keys = tallies.find(({ what }) => what === 'keys')
    // What stands below a key that is ignored is ignored with it.
    expect(keys).toMatchObject({ total: 8, supported: 5, changed: 0, ignored: 3 })
    expect(scoreOf(tallies)).toBeLessThan(100)
  })
})

describe('dashboards', () => {
  it('are read, and what their panels ask for in vain is said', async () => {
    write(
      'd/a.json',
      JSON.stringify({
        title: 'Web',
        panels: [
          {
            id: 1,
            type: 'timeseries',
            title: 'Load',
            targets: [{ expr: 'rate(http_requests_total[$__rate_interval])' }],
          },
          { id: 2, type: 'grafana-worldmap-panel', title: 'Map', targets: [] },
        ],
      }),
    )
    write('d/broken.json', '{')
    const config = load(`dashboards: {providers: [{name: own, options: {path: d}}]}`)
    const examined = await examineDashboards({
      providers: config.dashboards.providers,
      datasources: config.dashboards.datasources,
    })
    expect(told(examined.findings)).toMatch(/advice .*a\.json: Web, panel Map panel type geomap/)
    expect(told(examined.findings)).toMatch(/fault .*broken\.json the dashboard is not JSON/)
    expect(examined.tallies).toEqual([
      { area: 'dashboards', what: 'panels', total: 3, supported: 1, changed: 0, ignored: 1 },
    ])
    expect(examined.expressions).toEqual(['rate(http_requests_total[$__rate_interval])'])
  })

  it('of an SQL database stay empty, which is said', async () => {
    const { dashboards } = load(
      `datasources: [{name: warehouse, type: postgres, url: 'http://db:5432'}]`,
    )
    const { findings } = await examineDashboards(dashboards)
    expect(told(findings)).toMatch(/advice data source warehouse postgres is not asked/)
  })
})

describe('the machine', () => {
  it('says which port is taken, unless the server has it itself', async () => {
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const names = ['ui', 'alertmanager', 'loki', 'tempo', 'otlp-grpc', 'otlp-http', 'webhook']
    const off = names.map((name) => `${name}: off`).join(', ')
    const config = load(`listen: {prometheus: '127.0.0.1:${port}', ${off}}`)
    expect(told(await examineMachine({ ...config, defaultFreeBytes: () => 0 }, false))).toMatch(
      /fault 127\.0\.0\.1:\d+ the listener prometheus cannot open it: a program answers there/,
    )
    expect(
      told(await examineMachine({ ...config, defaultFreeBytes: () => 0 }, true)),
    ).not.toContain('listener')
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('expressions', () => {
  it.each([
    ['rate(a[5m]) / on(x) b{y="1"}', ['a', 'b']],
    ['sum by (job) ({__name__=~"x.*"}) > c', ['c']],
    ['max_over_time((d > 0)[1h:5m])', ['d']],
    ['not promql(', []],
  ])('%s reads %j', (expr, names) => expect(metricNamesIn(expr)).toEqual(names))

  it.each([
    ['absent(up{job="x"})', true],
    ['a or b', true],
    ['a > 1', false],
    ['floor(a)', false],
  ])('%s may have a missing part: %s', (expr, expected) =>
    expect(isOftenAbsent(expr)).toBe(expected),
  )
})

describe('a running server', () => {
  const rule = (changes: Partial<RuleJson> & { readonly query: string }): RuleJson => ({
    ...{
      type: 'recording',
      name: 'r',
      labels: {},
      health: 'ok',
      evaluationTime: 0,
      lastEvaluation: '',
    },
    ...changes,
    type: 'recording',
  })
  const seen: SeenServer = {
    targets: { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} },
    rules: { groups: [] },
    tsdb: {
      headStats: { numSeries: 10, numLabelPairs: 0, chunkCount: 0, minTime: 0, maxTime: 0 },
      seriesCountByMetricName: [],
      labelValueCountByLabelName: [],
      memoryInBytesByLabelName: [],
      seriesCountByLabelValuePair: [],
    },
    metrics: new Set(['up', 'known', 'lonely']),
    empty: new Set(['known{a="b"}']),
    asked: new Set(['known']),
  }
  const group = {
    name: 'g',
    file: 'f.yml',
    interval: 10,
    limit: 0,
    evaluationTime: 0.1,
    lastEvaluation: '',
  }

  it('says which rules fail, are slow, or have nothing to read', () => {
    const rules = [
      rule({ query: 'known > 0' }),
      rule({ query: 'gone > 0' }),
      rule({ query: 'absent(gone)' }),
      rule({ query: 'rate(known{a="b"}[5m] offset 1m) > 0 and known{a="c"}' }),
      rule({ query: 'known', health: 'err', lastError: 'boom' }),
    ]
    const findings = examineServer({
      ...seen,
      rules: { groups: [{ ...group, evaluationTime: 7, rules }] },
    })
    expect(told(findings).split('\n')).toEqual([
      'advice f.yml, group g takes 7.0 s of its 10 s: write what its rules share into a recording rule, or give it a longer interval',
      'advice f.yml, group g, r stays empty: no series is called gone',
      'advice f.yml, group g, r stays empty: no series fits known{a="b"}',
      'fault f.yml, group g, r boom',
      'note metrics 1 of 3 are named by no rule and no dashboard that was looked at: lonely',
    ])
  })

  it('leaves out what the rules that ship wait for', () => {
    const rules = [rule({ query: 'gone > 0' })]
    const shipped = { ...group, file: 'pack:host/disk.yml', rules }
    expect(told(examineServer({ ...seen, rules: { groups: [shipped] } }))).not.toContain('gone')
  })

  it('says what most of the series are, where there are many', () => {
    const tsdb = {
      ...seen.tsdb,
      headStats: { ...seen.tsdb.headStats, numSeries: 10_000 },
      seriesCountByMetricName: [
        { name: 'big', value: 4000 },
        { name: 'small', value: 40 },
      ],
      seriesCountByLabelValuePair: [
        { name: 'job=api', value: 9000 },
        { name: 'le=+Inf', value: 3000 },
      ],
    }
    expect(told(examineServer({ ...seen, tsdb, metrics: new Set() }))).toMatch(
      /^advice metric big 4,000 of 10,000 series.*\nadvice label le=\+Inf 3,000 of 10,000 series.*$/,
    )
  })
})
