import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPrometheusConfig } from './collect/config/prometheus-config.ts'
import { readCollectorFile, withCollectorJobs } from './collector-config.ts'
import { readTempoFile } from './tempo-config.ts'
import { FaultList, formatFault } from './yaml/fault.ts'
import { parseYaml } from './yaml/parse.ts'

const DATA = path.join(import.meta.dirname, '../../shared/data')
const folder = mkdtempSync(path.join(tmpdir(), 'vedette-otel-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(text: string): { part: ReturnType<typeof readCollectorFile>; faults: string[] } {
  const file = path.join(folder, 'otel.yaml')
  writeFileSync(file, text)
  const faults = new FaultList()
  const part = readCollectorFile(file, { faults, env: { HOST: 'far' }, aliases: {} })
  const shown = faults.items.map((fault) => formatFault(fault).replace(`${folder}/`, ''))
  return { part, faults: shown }
}

const PIPELINE = (exporter: string, processors = ''): string => `
receivers: {otlp: {protocols: {grpc: }}}
processors: {batch: , ${processors}}
exporters: {${exporter}}
service: {pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [otlp]}}}
`

const POLICY = (section: string): string =>
  `tail_sampling: {policies: [{name: a, type: ${section.split(':')[0]}, ${section}}]}`
const ALL = '{name: all, type: always_sample}'
const COMPOSITE = (policies: string, more = ''): string =>
  `composite: {max_total_spans_per_second: 9, composite_sub_policy: [${policies}], ${more}}`

describe('a file of the collector', () => {
  it('says where data goes', () => {
    const own = read(PIPELINE('otlp: {endpoint: "tempo:4317", tls: {insecure: true}}'))
    expect(own.faults).toEqual([])
    expect(own.part?.pipelines).toMatchObject([
      { id: 'traces', exporters: [{ id: 'otlp', spec: { kind: 'own' } }] },
    ])
    const far = read(PIPELINE('otlp: {endpoint: "${env:HOST}:4317"}'))
    const [exporter] = far.part?.pipelines[0]?.exporters ?? []
    expect(exporter?.spec).toMatchObject({ kind: 'remote', protocol: 'otlp-grpc' })
    expect(exporter?.spec.kind === 'remote' && exporter.spec.urls.traces?.reveal()).toBe(
      'https://far:4317',
    )
    expect(JSON.stringify(far.part)).not.toContain('far:4317')
  })

  it.each([
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}').replace('exporters: [otlp]', 'exporters: [otpl]'),
      'otel.yaml:5:84: exporters[0]: there is no exporter otpl; defined: otlp',
    ],
    [PIPELINE('otlp: {}'), 'otel.yaml:4:19: otlp: endpoint must be set'],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', 'redaction: {}'),
      'otel.yaml:3:23: redaction: there is no processor redaction here. There are batch,',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', 'attributes: {actions: [{key: a, action: add}]}'),
      'action: must be one of insert, update, upsert, delete, hash, extract, convert, not "add"',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', `filter: {traces: {span: ['name = "a"']}}`),
      'otel.yaml:3:54: span[0]: unexpected =',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', `filter: {traces: {span: ['nam == "a"']}}`),
      'span[0]: there is no nam of a span; there is attributes["KEY"], name,',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', 'filter: {logs: {log_record: [Nope(body)]}}'),
      'there is no function Nope; there are IsMatch,',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', POLICY('bytes_limiting: {burst_capacity: 5}')),
      'otel.yaml:3:98: bytes_limiting: bytes_per_second must be set',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', POLICY('trace_state: {key: vendor}')),
      'otel.yaml:3:92: trace_state: values must have at least one value',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', POLICY('composite: {composite_sub_policy: []}')),
      'otel.yaml:3:88: composite: max_total_spans_per_second must be set',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', POLICY(COMPOSITE('{name: b, type: not}'))),
      'otel.yaml:3:159: type: not cannot stand within another policy',
    ],
    [
      PIPELINE(
        'otlp: {endpoint: "tempo:4317"}',
        POLICY(COMPOSITE(ALL, 'rate_allocation: [{policy: al, percent: 101}]')),
      ),
      'percent: must be at most 100',
    ],
    [
      PIPELINE(
        'otlp: {endpoint: "tempo:4317"}',
        POLICY(COMPOSITE(ALL, 'policy_order: [other], rate_allocation: [{policy: al}]')),
      ),
      'policy: has no effect: it names no sub policy: all',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}', POLICY(COMPOSITE(ALL, 'policy_order: [other]'))),
      'policy_order: has no effect: sub policies are asked as they stand in composite_sub_policy: all',
    ],
    ['receivers: {}', 'otel.yaml:1:1: service must be set'],
    ['', 'otel.yaml:1:1: is empty'],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}').replace('traces:', 'spans:'),
      'spans: is no pipeline: a pipeline is one of traces, metrics, logs',
    ],
    [
      PIPELINE('otlp: {endpoint: "tempo:4317"}').replace('traces:', 'profiles:'),
      'profiles are not collected here',
    ],
  ])('%# is refused where it is wrong', (text, wanted) => {
    expect(read(text).faults.join('\n')).toContain(wanted)
  })
})

describe('receivers that are collectors here', () => {
  const text = (job: string): string => `
receivers:
  hostmetrics: {collection_interval: 30s, scrapers: {cpu: }}
  prometheus: {config: {scrape_configs: [{job_name: ${job}, static_configs: [{targets: ['a:1']}]}]}}
exporters: {prometheus: {endpoint: '0.0.0.0:8889'}}
service: {pipelines: {metrics: {receivers: [hostmetrics, prometheus], exporters: [prometheus]}}}
`

  it('add their jobs to those of prometheus.yml, unless these are there', () => {
    const { part } = read(text('app'))
    const faults = new FaultList()
    const jobsOf = (yaml: string): readonly (readonly [string, number])[] => {
      const node = parseYaml(yaml, { file: 'prometheus.yml', faults })
      if (node === undefined) throw new Error('not YAML')
      const prometheus = readPrometheusConfig(node, { faults, folder })
      return withCollectorJobs(prometheus, part, {}).scrapeConfigs.map(
        ({ jobName, intervalMs }) => [jobName, intervalMs] as const,
      )
    }
    expect(jobsOf('scrape_configs: []')).toEqual([
      ['hostmetrics', 30_000],
      ['app', 60_000],
    ])
    const own =
      'scrape_configs: [{job_name: app, static_configs: [{targets: [node-exporter:9100]}]}]'
    expect(jobsOf(own)).toEqual([['app', 60_000]])
  })
})

/** What was found by hand in each file: its errors and warnings, by line and key. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'configs/otel-collector/HarshavardhanBhosale__production-observability-platform/otel-collector-config.yml':
    [],
  'configs/otel-collector/coplane__monitoring-stack/otel-collector-config.yml': [
    '13 warning endpoint',
    '16 warning loki',
    '23 warning debug',
    '27 warning telemetry',
  ],
  'configs/otel-collector/job-agent__infrastructure/otel-collector-config.yaml': [],
  'configs/otel-collector/tfsantosbr__observability-grafana-stack/config.yaml': [
    '16 warning cors',
    '32 warning memory_limiter',
    '59 warning default_labels_enabled',
    '76 warning telemetry',
  ],
  'configs/otel-collector/vvnfrnds__Observability/otel-collector-config.yml': [
    '14 warning endpoint',
    '18 warning service',
    '18 warning service',
  ],
  'seeds/jips/otel-collector.RECONSTRUCTED.yaml': [
    '13 warning memory_limiter',
    '34 warning endpoint',
  ],
  // Tempo itself refuses this key: it is stream_over_http_enabled.
  'configs/tempo/HarshavardhanBhosale__production-observability-platform/tempo.yml': [
    '1 error stream_over_http',
    '14 warning ingester',
    '22 warning trace',
  ],
  'configs/tempo/job-agent__infrastructure/tempo-config.yaml': [
    '13 warning ingester',
    '21 warning trace',
  ],
  'configs/tempo/tfsantosbr__observability-grafana-stack/config.yaml': [
    '14 warning ingester',
    '19 warning compactor',
    '27 warning trace',
  ],
  'seeds/provisioning/tempo/tempo.yml': ['13 warning trace', '18 warning query_frontend'],
}

describe.skipIf(!existsSync(DATA))('files of the field', () => {
  it.each(Object.entries(EXPECTED))('%s', (name, wanted) => {
    const file = path.join(DATA, name)
    const faults = new FaultList()
    const source = { faults, env: {}, aliases: {} }
    if (name.includes('/tempo/')) readTempoFile(file, source)
    else readCollectorFile(file, source)
    const found = faults.items.map(
      ({ line, severity, message }) => `${line} ${severity} ${message.split(':')[0]}`,
    )
    expect(found.sort()).toEqual([...wanted].sort())
  })

  it('are all looked at', () => {
    const files = ['configs/otel-collector', 'configs/tempo'].flatMap((kind) =>
      readdirSync(path.join(DATA, kind), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.ya?ml$/.test(name))
        .map((name) => `${kind}/${name}`),
    )
    for (const file of files) expect(Object.keys(EXPECTED)).toContain(file)
  })
})

if (!existsSync(DATA)) console.log('skipped: ../shared/data is not there')
