import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { readPrometheusFile, type PrometheusConfig } from './prometheus-config.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'prometheus-config-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** Reads a configuration that must have no errors. */
function read(
  text: string,
  env: Record<string, string> = {},
): { config: PrometheusConfig; warnings: string[] } {
  const faults = new FaultList()
  const file = write('prometheus.yml', text)
  const config = readPrometheusFile(file, { faults, shownAs: 'prometheus.yml', env })
  expect(faults.items.filter((fault) => fault.severity === 'error')).toEqual([])
  if (!config) throw new Error('not read')
  return { config, warnings: faults.items.map(formatFault) }
}

function job(text: string, global = ''): PrometheusConfig['scrapeConfigs'][number] {
  const indented = text.replaceAll('\n', '\n    ')
  const { config } = read(`${global}\nscrape_configs:\n  - job_name: a\n    ${indented}\n`)
  const [first] = config.scrapeConfigs
  if (!first) throw new Error('no job')
  return first
}

describe('defaults', () => {
  it('are those of Prometheus for an empty file', () => {
    for (const text of ['', 'global:\n', 'global: {}\nscrape_configs:\n']) {
      const { config, warnings } = read(text)
      expect(warnings).toEqual([])
      expect(config.global).toMatchObject({
        intervalMs: 60_000,
        timeoutMs: 10_000,
        evaluationIntervalMs: 60_000,
        metricNameValidation: 'utf8',
      })
      expect(config.scrapeConfigs).toEqual([])
      expect(config.storage.retentionTimeMs).toBeUndefined()
    }
  })
  it('fill a job', () => {
    expect(job('honor_labels: false')).toMatchObject({
      jobName: 'a',
      intervalMs: 60_000,
      timeoutMs: 10_000,
      metricsPath: '/metrics',
      scheme: 'http',
      honorLabels: false,
      honorTimestamps: true,
      enableCompression: true,
      scrapeProtocols: [
        'OpenMetricsText1.0.0',
        'OpenMetricsText0.0.1',
        'PrometheusText1.0.0',
        'PrometheusText0.0.4',
      ],
      metricNameEscaping: 'allow-utf-8',
      http: { followRedirects: true, enableHttp2: true, tls: undefined },
      sampleLimit: 0,
    })
  })
  it('come from global where it speaks', () => {
    const global =
      'global: {scrape_interval: 5s, sample_limit: 7, body_size_limit: 1MB, scrape_protocols: [PrometheusText0.0.4], extra_scrape_metrics: true}'
    expect(job('label_limit: 3', global)).toMatchObject({
      intervalMs: 5000,
      timeoutMs: 5000,
      sampleLimit: 7,
      bodySizeLimitBytes: 1_048_576,
      labelLimit: 3,
      scrapeProtocols: ['PrometheusText0.0.4'],
      extraScrapeMetrics: true,
    })
  })
  it('ask for protobuf first where native histograms are scraped and no protocols are said', () => {
    const global = 'global: {scrape_native_histograms: true}'
    const first = (keys: string, text = ''): string | undefined =>
      job(keys, text).scrapeProtocols[0]
    expect(first('scrape_native_histograms: true')).toBe('PrometheusProto')
    expect(first('honor_labels: false', global)).toBe('PrometheusProto')
    expect(first('scrape_native_histograms: false', global)).toBe('OpenMetricsText1.0.0')
    const both = 'global: {scrape_native_histograms: true, scrape_protocols: [PrometheusText0.0.4]}'
    expect(first('honor_labels: false', both)).toBe('PrometheusText0.0.4')
    expect(first('scrape_protocols: [PrometheusProto]', both)).toBe('PrometheusProto')
  })
  it('take the settings of histograms from global or the job', () => {
    const global =
      'global: {scrape_native_histograms: true, always_scrape_classic_histograms: true}'
    const keys =
      'always_scrape_classic_histograms: false\nnative_histogram_bucket_limit: 160\nnative_histogram_min_bucket_factor: 1.1'
    expect(job(keys, global)).toMatchObject({
      scrapeNativeHistograms: true,
      alwaysScrapeClassicHistograms: false,
      nativeHistogramBucketLimit: 160,
      nativeHistogramMinBucketFactor: 1.1,
    })
    const text =
      'scrape_configs: [{job_name: a, scrape_native_histograms: true, scrape_protocols: [PrometheusProto], native_histogram_bucket_limit: 5}]'
    expect(read(text).warnings).toEqual([])
  })
  it('give a legacy job its own escaping', () => {
    expect(job('metric_name_validation_scheme: legacy').metricNameEscaping).toBe('underscores')
    const global =
      'global: {metric_name_validation_scheme: legacy, metric_name_escaping_scheme: dots}'
    expect(job('honor_labels: false', global).metricNameEscaping).toBe('dots')
  })
})

describe('a job', () => {
  it('has credentials that do not show, and files relative to the configuration', () => {
    write('token', 't')
    const { http } = job(
      'authorization: {credentials_file: token}\ntls_config: {ca_file: /none/ca.pem, insecure_skip_verify: true, min_version: TLS12}\nhttp_headers: {x-a: {values: [v], secrets: [s]}}',
    )
    expect(http.authorization).toEqual({
      type: 'Bearer',
      credentials: undefined,
      credentialsFile: path.join(folder, 'token'),
    })
    expect(http.tls).toMatchObject({ caFile: '/none/ca.pem', minVersion: 'TLS12' })
    expect(http.headers[0]?.secrets[0]?.reveal()).toBe('s')
    expect(JSON.stringify(http)).not.toContain('"s"')
  })
  it('takes the deprecated bearer_token as authorization', () => {
    const { authorization } = job('bearer_token: abc').http
    expect([authorization?.type, authorization?.credentials?.reveal()]).toEqual(['Bearer', 'abc'])
  })
  it('reads relabelling with its defaults and its empty values', () => {
    const rules = job(
      'relabel_configs:\n  - {source_labels: [a, b], target_label: c}\n  - {regex: , action: DROP, separator: "", replacement: }\n  - {target_label: "x${A}", replacement: "${A}$$"}\n  - {action: hashmod, source_labels: [a], target_label: m, modulus: 18446744073709551615}',
    ).relabelConfigs
    expect(rules).toMatchObject([
      {
        action: 'replace',
        separator: ';',
        regex: '(.*)',
        replacement: '$1',
        nameValidation: 'utf8',
      },
      { action: 'drop', separator: '', regex: '', replacement: '' },
      { targetLabel: 'x${A}', replacement: '${A}$$' },
      { action: 'hashmod', modulus: 18446744073709551615n },
    ])
  })
  it('reads static and file discovery, and warns of the others by name and line', () => {
    const { config, warnings } = read(
      'scrape_configs:\n  - job_name: a\n    static_configs: [{targets: ["h:1"], labels: {x: y}}]\n    file_sd_configs: [{files: [t/*.json], refresh_interval: 1m}]\n    consul_sd_configs: [{server: x}]\n',
    )
    expect(config.scrapeConfigs[0]?.discovery).toMatchObject({
      static: [{ targets: ['h:1'], labels: { x: 'y' } }],
      file: [{ files: [path.join(folder, 't/*.json')], refreshIntervalMs: 60_000 }],
      others: [{ key: 'consul_sd_configs', settings: { server: 'x' } }],
    })
    expect(warnings).toEqual([
      `prometheus.yml:4:32: warning: files[0]: no file is at ${folder}/t/*.json now`,
      'prometheus.yml:5:5: warning: consul_sd_configs: consul service discovery is not supported yet; no targets come from it',
    ])
  })
  it('lets a URL pass that relabelling turns into an address, as blackbox jobs do', () => {
    const rules =
      'relabel_configs:\n  - {source_labels: [__address__], target_label: __param_target}\n  - {target_label: __address__, replacement: "blackbox:9115"}'
    expect(job(`static_configs: [{targets: ["http://a/"]}]\n${rules}`).relabelConfigs).toHaveLength(
      2,
    )
  })
})

describe('variables', () => {
  it('are expanded in values, and in external labels as Prometheus does too', () => {
    const { config, warnings } = read(
      'global:\n  external_labels: {a: "${HOST}", b: "$HOST-$lower", c: "$$x", d: "${lower}", e: "${NONE:-z}", f: $GONE}\nscrape_configs: [{job_name: "${HOST}"}]\n',
      { HOST: 'h1', lower: 'low' },
    )
    expect(config.global.externalLabels).toEqual({
      a: 'h1',
      b: 'h1-low',
      c: '$x',
      d: 'low',
      e: 'z',
    })
    expect(config.scrapeConfigs[0]?.jobName).toBe('h1')
    expect(warnings).toEqual([
      'prometheus.yml:2:99: warning: f: the environment variable GONE is empty or not set; nothing takes its place',
    ])
  })
})

describe('files', () => {
  it('of rules are found relative to the configuration, each once', () => {
    const own = write('alerts/b.yml', '')
    const other = write('alerts/a.yml', '')
    const { config, warnings } = read(
      `rule_files:\n  - alerts/*.yml\n  - ${other}\n  - /no-such-root/alerts/b.yml\n  - none.yml\n  - "*.yml"\n`,
    )
    expect(config.ruleFiles.map((rule) => rule.files)).toEqual([[other, own], [], [], [], []])
    expect(warnings).toEqual([
      `prometheus.yml:5:5: warning: rule_files[3]: no rule file is at ${folder}/none.yml`,
    ])
  })
  it('named by the path of a container are found beside the configuration', () => {
    const file = write('rules/x.yml', '')
    const { config } = read('rule_files: [/no-such-root/prometheus/rules/*.yml]\n')
    expect(config.ruleFiles).toEqual([{ pattern: `${folder}/rules/*.yml`, files: [file] }])
  })
  it('of jobs are read with paths relative to themselves', () => {
    const more = write(
      'jobs/more.yml',
      'scrape_configs:\n  - job_name: b\n    basic_auth: {username: u, password_file: pw}\n',
    )
    write('jobs/pw', 'x')
    const { config } = read('scrape_config_files: [jobs/*.yml]\nscrape_configs: [{job_name: a}]\n')
    expect(config.scrapeConfigs.map((entry) => [entry.jobName, path.basename(entry.file)])).toEqual(
      [
        ['a', 'prometheus.yml'],
        ['b', 'more.yml'],
      ],
    )
    expect(config.scrapeConfigs[1]).toMatchObject({
      file: more,
      http: { basicAuth: { passwordFile: path.join(folder, 'jobs/pw') } },
    })
  })
  it('of jobs must not use a name again', () => {
    write('jobs/more.yml', 'scrape_configs:\n  - job_name: a\n')
    const file = write(
      'prometheus.yml',
      'scrape_config_files: [jobs/*.yml]\nscrape_configs: [{job_name: a}]\n',
    )
    const faults = new FaultList()
    readPrometheusFile(file, { faults, shownAs: 'p.yml', env: {} })
    expect(faults.items.map(formatFault)).toEqual([
      `${folder}/jobs/more.yml:2:15: job_name: "a" is used twice; first on p.yml:2`,
    ])
  })
  it('that cannot be read are faults without a line', () => {
    const faults = new FaultList()
    expect(readPrometheusFile(path.join(folder, 'none.yml'), { faults })).toBeUndefined()
    expect(readPrometheusFile(folder, { faults })).toBeUndefined()
    const latin = write('latin.yml', '')
    writeFileSync(latin, Buffer.from([0x61, 0x3a, 0x20, 0xff]))
    expect(readPrometheusFile(latin, { faults })).toBeUndefined()
    expect(faults.items.map(formatFault)).toEqual([
      `${folder}/none.yml: there is no such file`,
      `${folder}: is a folder, not a file`,
      `${folder}/latin.yml: the file is not valid UTF-8`,
    ])
  })
})

describe('what small teams write', () => {
  it('accepts dotted retention with the canonical form', () => {
    const { config, warnings } = read(
      'storage:\n  tsdb:\n    retention.time: 30d\n    retention.size: 50GB\n',
    )
    expect(config.storage).toMatchObject({
      retentionTimeMs: 30 * 86_400_000,
      retentionSizeBytes: 50 * 1024 ** 3,
    })
    expect(warnings).toEqual([
      'prometheus.yml:3:5: warning: retention.time: is read as part of retention; write retention: {time: 30d, size: 50GB}',
      'prometheus.yml:4:5: warning: retention.size: is read as part of retention; write retention: {time: 30d, size: 50GB}',
    ])
  })
  it('takes labels beside static_configs for all targets of the job', () => {
    const { config, warnings } = read(
      'scrape_configs:\n  - job_name: a\n    static_configs:\n      - targets: ["h:1"]\n      - targets: ["h:2"]\n        labels: {env: dev}\n    labels: {env: prod, x: y}\n',
    )
    expect(config.scrapeConfigs[0]?.discovery.static).toEqual([
      { targets: ['h:1'], labels: { env: 'prod', x: 'y' } },
      { targets: ['h:2'], labels: { env: 'dev', x: 'y' } },
    ])
    expect(warnings).toEqual([
      'prometheus.yml:7:5: warning: labels: belongs into the items of static_configs; taken for all targets of this job. Write static_configs: [{targets: ["h:1"], labels: {"env":"prod","x":"y"}}, {targets: ["h:2"], labels: {"env":"dev","x":"y"}}]',
    ])
  })
  it('understands YAML 1.1: yes and no, anchors and merges', () => {
    const { config } = read(
      'scrape_configs:\n  - &base {job_name: a, honor_labels: yes, scrape_interval: 7s}\n  - <<: *base\n    job_name: b\n    honor_labels: no\n',
    )
    expect(config.scrapeConfigs.map((entry) => [entry.honorLabels, entry.intervalMs])).toEqual([
      [true, 7000],
      [false, 7000],
    ])
  })
})

describe('a key that has no effect yet', () => {
  it.each([
    ['remote_write: [{url: "http://a"}]', 'remote_write'],
    ['remote_read: [{url: "http://a"}]', 'remote_read'],
    ['tracing: {endpoint: a}', 'tracing'],
    ['runtime: {gogc: 50}', 'gogc'],
    ['global: {query_log_file: q}', 'query_log_file'],
    ['global: {convert_classic_histograms_to_nhcb: true}', 'convert_classic_histograms_to_nhcb'],
    ['scrape_configs: [{job_name: a, proxy_url: "http://p"}]', 'proxy_url'],
    ['scrape_configs: [{job_name: a, basic_auth: {username_ref: r}}]', 'username_ref'],
    ['storage: {exemplars: {max_exemplars: 5}}', 'max_exemplars'],
  ])('%s', (text, name) => {
    const { warnings } = read(text)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(name)
    expect(warnings[0]).toMatch(
      /^prometheus\.yml:1:\d+: warning: .*(?:not supported yet|no effect)/,
    )
  })
})
