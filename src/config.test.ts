import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type StartFlags, type VedetteConfig } from './config.ts'
import { formatFault } from './yaml/fault.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'))
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

function load(
  flags: StartFlags,
  env: Record<string, string> = {},
): { config: VedetteConfig; warnings: string[] } {
  const loaded = loadConfig({ flags, env })
  if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join('\n'))
  return { config: loaded.config, warnings: loaded.warnings.map(formatFault) }
}

/** The errors of a vedette.yml, without the name of the file. */
function errorsOf(text: string, flags: StartFlags = {}): string[] {
  const file = write('vedette.yml', text)
  const loaded = loadConfig({ path: file, flags, env: {} })
  const faults = loaded.ok ? [] : loaded.faults
  return faults
    .filter((fault) => fault.severity === 'error')
    .map((fault) => formatFault(fault).replace(`${file}:`, ''))
}

const vedette = (text: string, flags: StartFlags = {}): VedetteConfig =>
  load({ ...flags, config: write('vedette.yml', text) }).config

describe('without a path', () => {
  it('watches this host and itself every 15 s', () => {
    const { config, warnings } = load({})
    expect(warnings).toEqual([])
    expect(config.files).toEqual([])
    const jobs = config.prometheus.scrapeConfigs.map((job) => [
      job.jobName,
      job.intervalMs,
      job.discovery.static.flatMap((group) => group.targets),
    ])
    expect(jobs).toEqual([
      ['prometheus', 15_000, ['localhost:9090']],
      ['node', 15_000, ['localhost:9100']],
    ])
    expect(config).toMatchObject({
      dataFolder: path.resolve('data'),
      storage: {
        maxSeries: 102_000,
        maxPendingBytes: 64 * 1024 * 1024,
        minFreeBytes: undefined,
      },
      retention: { timeMs: 15 * 86_400_000, sizeBytes: 0, rules: [] },
      memoryBudgetBytes: 450 * 1024 * 1024,
      clickhouse: undefined,
      query: {
        lookbackMs: 300_000,
        timeoutMs: 120_000,
        maxSamples: 50_000_000,
        maxConcurrency: 20,
      },
      web: { lifecycle: false, adminApi: false },
    })
    expect(config.listen.prometheus).toEqual({ host: '127.0.0.1', port: 9090 })
    expect(config.listen.zipkin).toBeUndefined()
    expect(config.host.paths.procfs).toBe('/proc')
  })
  it('scrapes itself where it listens', () => {
    const { config } = load({ listen: { prometheus: '[::1]:19090' } })
    const [self] = config.prometheus.scrapeConfigs
    expect(self?.discovery.static[0]?.targets).toEqual(['localhost:19090'])
    expect(config.listen.prometheus).toEqual({ host: '::1', port: 19_090 })
  })

  it.each(['off', '127.0.0.1:0'])('scrapes itself also with a listener at %s', (prometheus) => {
    const { config } = load({ listen: { prometheus } })
    const [self] = config.prometheus.scrapeConfigs
    expect(self?.discovery.static).toEqual([
      { targets: ['localhost:0'], labels: { instance: 'vedette' } },
    ])
  })
})

describe('a path', () => {
  it('may be a prometheus.yml', () => {
    const file = write('my.yml', 'scrape_configs: [{job_name: a}]\nrule_files: ["*.yml"]\n')
    const { config } = load({ config: file })
    expect(config.files).toEqual([file])
    expect(config.prometheusFile).toBe(file)
    expect(config.prometheus.scrapeConfigs.map((job) => [job.jobName, job.file])).toEqual([
      ['a', file],
    ])
    expect(config.prometheus.ruleFiles[0]?.files).toEqual([])
  })
  it('may be a folder with the usual names', () => {
    const file = write('prometheus.yml', 'scrape_configs: [{job_name: a}]\n')
    const alerts = write('alertmanager.yml', 'route: {receiver: a}\nreceivers: [{name: a}]\n')
    const loki = write('loki-config.yaml', 'limits_config: {retention_period: 7d}\n')
    const promtail = write('promtail-local.yaml', 'scrape_configs: []\n')
    const tempo = write('tempo.yml', 'compactor: {compaction: {block_retention: 48h}}\n')
    const otel = write(
      'otel-collector.yml',
      `receivers: {otlp: {protocols: {grpc: }}}
exporters: {otlp: {endpoint: tempo:4317}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}
`,
    )
    write('other.yml', '')
    for (const name of ['rules/a.yml', 'alerts/a.yml']) write(name, '')
    const { config, warnings } = load({ config: folder })
    expect(config.prometheusFile).toBe(file)
    expect(config.alertmanager?.file).toBe(alerts)
    expect(config.rules.files).toEqual([`${folder}/alerts/a.yml`, `${folder}/rules/a.yml`])
    expect(config.logs).toMatchObject({ file: loki, retention: { timeMs: 7 * 86_400_000 } })
    expect(config.tail).toMatchObject({ file: promtail, isHost: false })
    expect(config.traces).toMatchObject({ file: tempo, retentionMs: 2 * 86_400_000 })
    expect(config.collector?.pipelines.map(({ id }) => id)).toEqual(['traces'])
    expect(config.files).toEqual([file, alerts, loki, promtail, tempo, otel])
    expect(warnings).toEqual([])
  })
  it('may be a folder with a vedette.yml', () => {
    write('prometheus.yml', 'scrape_configs: [{job_name: a}]\n')
    write('vedette.yml', 'storage: {path: d}\n')
    const { config } = load({ config: folder })
    expect(config.dataFolder).toBe(path.join(folder, 'd'))
    expect(config.prometheus.scrapeConfigs[0]?.jobName).toBe('a')
    expect(config.files.map((file) => path.basename(file))).toEqual([
      'vedette.yml',
      'prometheus.yml',
    ])
  })
  it('may be a folder without anything, which is said', () => {
    const { config, warnings } = load({ config: folder })
    expect(warnings).toEqual([
      `${folder}: warning: no known configuration is in this folder; the defaults hold`,
    ])
    expect(config.prometheus.scrapeConfigs).toHaveLength(2)
  })
  it('must lead somewhere', () => {
    const loaded = loadConfig({ path: path.join(folder, 'none'), flags: {}, env: {} })
    expect(loaded.ok ? [] : loaded.faults.map(formatFault)).toEqual([
      `${folder}/none: there is no such file or folder`,
    ])
  })
})

describe('vedette.yml', () => {
  it('points at prometheus.yml or holds it', () => {
    const file = write('sub/p.yml', 'scrape_configs: [{job_name: a}]\n')
    expect(vedette('prometheus: sub/p.yml').prometheusFile).toBe(file)
    const inline = vedette('prometheus: {scrape_configs: [{job_name: b}]}')
    expect(inline.prometheus.scrapeConfigs[0]?.jobName).toBe('b')
    expect(inline.prometheusFile).toBe(path.join(folder, 'vedette.yml'))
    expect(vedette('storage: {}').prometheus.scrapeConfigs).toHaveLength(2)
  })
  it('reads every section', () => {
    const text = `
storage:
  path: store
  max_series: 1000
  max_pending_bytes: 2MiB
  min_free_bytes: 3GiB
  retention_time: 30d
  retention_size: 5GB
  retention: [{match: '{__name__=~"debug_.*"}', time: 2d}, {match: 'up{job="a"}', time: 1y}]
listen: {prometheus: "10.0.0.1:9090", ui: off}
access: {trusted: [{cidr: 10.0.0.0/8, listener: prometheus, write: true}], hosts: [v.example.org]}
aliases: {"n1:9100": node, "cadvisor:8080": none}
memory: {budget: 1GB}
clickhouse: {url: "https://user:\${PASSWORD}@ch:8443/"}
host: {path: {procfs: /host/proc}, collector: {wifi: false, arp: false, textfile.directory: [/a, /b]}}
`
    const { config } = load(
      { config: write('vedette.yml', text.replace('wifi: false, ', '')) },
      { PASSWORD: 'p w' },
    )
    expect(config).toMatchObject({
      dataFolder: path.join(folder, 'store'),
      listen: { prometheus: { host: '10.0.0.1', port: 9090 }, ui: undefined },
      access: {
        trusted: [{ cidr: '10.0.0.0/8', listener: 'prometheus', write: true }],
        hosts: ['v.example.org'],
      },
      aliases: { 'n1:9100': 'node', 'cadvisor:8080': 'none' },
      storage: { maxSeries: 1000, maxPendingBytes: 2 * 1024 ** 2, minFreeBytes: 3 * 1024 ** 3 },
      memoryBudgetBytes: 1024 ** 3,
      clickhouse: { url: 'https://ch:8443/', username: 'user' },
      host: { paths: { procfs: '/host/proc' }, textfile: { directories: ['/a', '/b'] } },
    })
    expect(config.host.collectors.has('arp')).toBe(false)
    expect(config.clickhouse?.password?.reveal()).toBe('p w')
    expect(config.retention).toMatchObject({
      timeMs: 30 * 86_400_000,
      sizeBytes: 5 * 1024 ** 3,
      rules: [{ timeMs: 2 * 86_400_000 }, { timeMs: 365 * 86_400_000 }],
    })
    const [debug, up] = config.retention.rules
    expect(debug?.matchers.map((m) => [m.name, m.matches('debug_x')])).toEqual([['__name__', true]])
    expect(up?.matchers.map((m) => `${m.name}${m.op}${m.value}`).sort()).toEqual([
      '__name__=up',
      'job=a',
    ])
  })
  it.each([
    ['storag: {}', '1:1: storag: unknown key; did you mean storage? Allowed here: access, '],
    ['prometheus: none.yml', '1:13: prometheus: there is no file '],
    ['prometheus: {scrape_configs: [{job_name: }]}', '1:32: job_name: must not be empty'],
    ['storage: {retention: [{time: 1d}]}', '1:23: retention[0]: match must be set'],
    ['storage: {retention: [{match: up}]}', '1:23: retention[0]: time must be set'],
    ['storage: {retention: [{match: up, time: 0s}]}', '1:41: time: must be above 0'],
    [
      'storage: {retention: [{match: "{", time: 1d}]}',
      '1:31: match: not a series selector such as {job="a"}: ',
    ],
    ['storage: {retention: [{match: "{a=~\\"(\\"}", time: 1d}]}', '1:31: match: '],
    ['storage: {retention_size: -1GB}', '1:27: retention_size: must not be negative'],
    ['storage: {max_series: 0}', '1:23: max_series: must be at least 1'],
    ['storage: {max_pending_bytes: 1MB}\nx: 1', '2:1: x: unknown key'],
    ['storage: {max_pending_bytes: 100KB}', '1:30: max_pending_bytes: must be at least 1MiB'],
    ['storage: {min_free_bytes: -1GB}', '1:27: min_free_bytes: must not be negative'],
    ['listen: {prometheus: 9090}', '1:22: prometheus: must be HOST:PORT'],
    ['listen: {prometheus: "127.0.0.1:99999"}', '1:22: prometheus: must be HOST:PORT'],
    ['listen: {promtheus: off}', '1:10: promtheus: unknown key; did you mean prometheus?'],
    [
      'listen: {prometheus: "127.0.0.1:3000", ui: "127.0.0.1:3000"}',
      '1:22: prometheus: 127.0.0.1:3000 is the address of listener ui too',
    ],
    [
      'listen: {prometheus: ":9090"}',
      '1:22: prometheus: the prometheus listener would be reachable from other machines',
    ],
    [
      'listen: {prometheus: "0.0.0.0:9090"}\naccess: {trusted: [{cidr: 10.0.0.0/8, listener: loki}]}',
      '1:22: prometheus: the prometheus listener would',
    ],
    [
      'access: {trusted: [{cidr: 10.0.0/8}]}',
      '1:27: cidr: access.trusted: "10.0.0/8" is not a network',
    ],
    ['access: {trusted: [{listener: loki}]}', '1:20: trusted[0]: cidr must be set'],
    [
      'access: {trusted: [{cidr: 10.0.0.0/8, listener: lokki}]}',
      '1:49: listener: must be one of ui, prometheus,',
    ],
    [
      'access: {trusted: [{cidr: 10.0.0.0/8, listener: ui}]}',
      '1:49: listener: the web UI needs a sign-in; access.anonymous',
    ],
    ['access: {proxies: [nginx]}', '1:20: proxies[0]: "nginx" is not a network'],
    ['access: {anonymous: admin}', '1:21: anonymous: must be one of viewer'],
    ['access: {sign_in: {idle: 2d, lifetime: 1d}}', '1:26: idle: must not be longer than lifetime'],
    ['metadata: {url: "mysql://a/b"}', '1:17: url: must be a URL such as postgres://'],
    ['listen: {tls: {cert_file: a.pem}}', '1:15: tls: key_file must be set'],
    ['listen: {prometheus: {address: 9090}}', '1:32: address: must be HOST:PORT'],
    ['aliases: {"a:1": nodes}', '1:18: a:1: must be one of self, node, cadvisor'],
    ['aliases: {node: node}', '1:11: node: an alias is for host:port'],
    ['memory: {budget: 64MB}', '1:18: budget: must be at least 256MiB'],
    ['memory: {budget: 64}', '1:18: budget: must be a size with its unit'],
    ['clickhouse: {url: "tcp://a:9000"}', '1:19: url: must be a URL such as https://'],
    ['host: {collector: {nope: true}}', '1:7: host: collector.nope: there is no collector "nope"'],
    ['host: {paths: {}}', '1:8: paths: unknown key; did you mean path?'],
  ])('%s', (text, message) => {
    const [first = ''] = errorsOf(text)
    expect(first.slice(0, message.length)).toBe(message)
  })
  it('is refused as a whole for one error', () => {
    const loaded = loadConfig({
      path: write('vedette.yml', 'x: 1\nmemory: {budget: 1}'),
      flags: {},
      env: {},
    })
    expect(loaded.ok).toBe(false)
    expect(errorsOf('x: 1\nmemory: {budget: 1}')).toHaveLength(2)
  })
})

describe('flags', () => {
  it('go before the files', () => {
    const text =
      'storage: {path: d, retention_time: 1d, retention_size: 1GB}\nlisten: {prometheus: "127.0.0.1:1"}\nmemory: {budget: 1GB}\nhost: {path: {procfs: /a}, collector: {arp: false}}\nclickhouse: {url: "http://a"}'
    const config = vedette(text, {
      data: '/data',
      retentionTime: '2d',
      retentionSize: '2GB',
      storageMaxSeries: '12',
      storageMaxPendingBytes: '8388608',
      storageMinFreeBytes: '2GiB',
      memoryBudget: '512MB',
      listen: { prometheus: '127.0.0.1:2', ui: 'off' },
      clickhouseUrl: 'http://b',
      host: new Map<string, string | boolean>([
        ['path.procfs', '/b'],
        ['collector.arp', true],
        ['no-collector.cpu', true],
      ]),
      queryTimeout: '1m',
      queryLookbackDelta: '10m',
      queryMaxSamples: '100',
      queryMaxConcurrency: '2',
      webEnableLifecycle: true,
      enableFeature: ['promql-experimental-functions,native-histograms'],
    })
    expect(config).toMatchObject({
      dataFolder: '/data',
      retention: { timeMs: 2 * 86_400_000, sizeBytes: 2 * 1024 ** 3 },
      storage: { maxSeries: 12, maxPendingBytes: 8 * 1024 ** 2, minFreeBytes: 2 * 1024 ** 3 },
      memoryBudgetBytes: 512 * 1024 * 1024,
      listen: { prometheus: { port: 2 }, ui: undefined },
      clickhouse: { url: 'http://b/' },
      host: { paths: { procfs: '/b' } },
      query: { timeoutMs: 60_000, lookbackMs: 600_000, maxSamples: 100, maxConcurrency: 2 },
      web: { lifecycle: true, adminApi: false },
    })
    expect([config.host.collectors.has('arp'), config.host.collectors.has('cpu')]).toEqual([
      true,
      false,
    ])
    expect([...config.features]).toEqual(['promql-experimental-functions', 'native-histograms'])
  })
  it('of a wrong value are named', () => {
    const flags: StartFlags = {
      retentionTime: '15',
      retentionSize: '-1GB',
      storageMaxSeries: 'many',
      storageMaxPendingBytes: '100',
      storageMinFreeBytes: '5 GB',
      memoryBudget: '1MB',
      clickhouseUrl: 'ch:9000',
      queryTimeout: '0',
      queryMaxSamples: '1e6',
      listen: { prometheus: 'localhost', tempo: '0.0.0.0:3200', postgres: '127.0.0.1:9187' },
      host: new Map([['collector.nope', true]]),
    }
    const loaded = loadConfig({ flags, env: {} })
    const texts = loaded.ok ? [] : loaded.faults.map(formatFault).sort()
    expect(texts.map((text) => text.slice(0, 60))).toEqual([
      '--clickhouse.url: must be a URL such as https://clickhouse.e',
      '--collector.nope: there is no collector "nope"; there are ar',
      '--listen.prometheus: must be HOST:PORT, such as 127.0.0.1:90',
      '--listen.tempo: the tempo listener would be reachable from o',
      '--memory.budget: must be at least 256MiB: the engine does no',
      '--query.max-samples: must be a whole number above 0, not "1e',
      '--query.timeout: must be a duration above 0, such as 5m, not',
      '--storage.max-pending-bytes: must be at least 1MiB (less hol',
      '--storage.max-series: must be a whole number above 0, not "m',
      '--storage.min-free-bytes: must be a number of bytes or a siz',
      '--storage.tsdb.retention.size: must be a size with its unit,',
      '--storage.tsdb.retention.time: must be a duration such as 15',
    ])
  })
  it('of features that have no effect or no meaning are warned about', () => {
    const { warnings } = load({ enableFeature: ['native-histogram', 'exemplar-storage'] })
    expect(warnings).toEqual([
      '--enable-feature: warning: unknown feature "native-histogram"; did you mean native-histograms?',
      '--enable-feature: warning: exemplar-storage has no effect here',
    ])
    const { warnings: moved } = load({ enableFeature: ['native-histograms'] })
    expect(moved).toEqual([
      '--enable-feature: warning: native-histograms has no effect here; scrape_native_histograms: true says that histograms are scraped so',
    ])
  })
})
