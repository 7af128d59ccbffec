import { readUrl } from '../yaml/context.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import { Secret } from '../yaml/secret.ts'
import { isInsecure, readRemoteCommon } from './remote-section.ts'
import type { ExporterSpec, RemoteProtocol, RemoteUrls } from './remote-settings.ts'

type Signal = 'traces' | 'metrics' | 'logs'

/** An exporter of the collector by its name, and what reads its section. */
export interface ExporterKind {
  readonly name: string
  readonly signals: readonly Signal[]
  readonly read: (node: YamlNode) => ExporterSpec | undefined
}

export interface ExporterSurroundings {
  /** The folder of the file: files that it names are looked for there. */
  readonly folder: string
  /** Whether `host:port` is an address that this program plays (its aliases). */
  readonly isOwn: (address: string) => boolean
}

const ALL: readonly Signal[] = ['traces', 'metrics', 'logs']
const OTLP_PATHS: Readonly<Record<Signal, string>> = {
  ...{ traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' },
}

/** The exporters of the collector that are known here. */
export function exporterKinds(around: ExporterSurroundings): readonly ExporterKind[] {
  return [
    ...['otlp', 'otlp_grpc'].map((name) => kind(name, ALL, (node) => readOtlp(node, around))),
    ...['otlphttp', 'otlp_http'].map((name) =>
      kind(name, ALL, (node) => readOtlpHttp(node, around)),
    ),
    kind('prometheusremotewrite', ['metrics'], (node) => readRemoteWrite(node, around)),
    kind('loki', ['logs'], (node) => readLoki(node, around)),
    kind('prometheus', ['metrics'], readPrometheus),
    kind('debug', ALL, readDebug),
    kind('logging', ALL, readDebug),
    kind('nop', ALL, (node) => {
      node.asMap()?.finish()
      return { kind: 'nop' }
    }),
  ]
}

function kind(name: string, signals: readonly Signal[], read: ExporterKind['read']): ExporterKind {
  return { name, signals, read }
}

/** `otlp`: gRPC to `host:port`, which may have a scheme. */
function readOtlp(node: YamlNode, around: ExporterSurroundings): ExporterSpec | undefined {
  const map = needMap(node)
  if (map === undefined) return undefined
  const place = map.key('endpoint')
  const text = place.asString()?.replace(/^dns:\/{0,3}/, '')
  if (text === undefined || text === '') return node.error('endpoint must be set')
  const scheme = /^https?:\/\//.exec(text)?.[0]
  const isPlain = scheme === 'http://' || (scheme === undefined && isInsecure(map))
  const address = `${isPlain ? 'http' : 'https'}://${text.replace(/^https?:\/\//, '')}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || url.hostname === '') {
    return place.error('must be host:port, such as tempo:4317')
  }
  const port = /:([0-9]+)\/?$/.exec(address)?.[1]
  const isOwn = around.isOwn(`${url.hostname}:${port ?? '4317'}`)
  const common = readRemoteCommon(map, around.folder, 5000)
  map.finish()
  if (isOwn) return { kind: 'own' }
  if (port === undefined) return place.error('has no port: gRPC has no port of its own')
  const secret = new Secret(url.origin)
  const urls = { traces: secret, metrics: secret, logs: secret }
  return { kind: 'remote', protocol: 'otlp-grpc', urls, ...common, externalLabels: {} }
}

function readOtlpHttp(node: YamlNode, around: ExporterSurroundings): ExporterSpec | undefined {
  const map = needMap(node)
  if (map === undefined) return undefined
  const base = readUrl(map.key('endpoint'))
  const own = new Map(ALL.map((signal) => [signal, readUrl(map.key(`${signal}_endpoint`))]))
  map.key('profiles_endpoint').asString()
  if (map.key('encoding').asOneOf(['proto', 'json']) === 'json') {
    map.key('encoding').warn('requests are sent as protobuf, which every receiver of OTLP reads')
  }
  const common = readRemoteCommon(map, around.folder, 30_000)
  map.finish()
  const urls: [Signal, URL][] = ALL.flatMap((signal): [Signal, URL][] => {
    const url = own.get(signal) ?? (base && pathUnder(base, OTLP_PATHS[signal]))
    return url === undefined ? [] : [[signal, url]]
  })
  const [first] = urls
  if (first === undefined) {
    return map.key('endpoint').isPresent ? undefined : node.error('endpoint must be set')
  }
  if (urls.every(([, url]) => around.isOwn(addressOf(url)))) return { kind: 'own' }
  return remote('otlp-http', urls, common, {})
}

function readRemoteWrite(node: YamlNode, around: ExporterSurroundings): ExporterSpec | undefined {
  const map = needMap(node)
  if (map === undefined) return undefined
  const url = readEndpoint(map)
  const labels = map.key('external_labels').asMap()?.entries() ?? []
  const externalLabels = Object.fromEntries(
    labels.map((each) => [each.name, each.asString() ?? '']),
  )
  const isOwn = url !== undefined && around.isOwn(addressOf(url))
  const settled = [
    'namespace',
    'add_metric_suffixes',
    'translation_strategy',
    'target_info',
    'resource_to_telemetry_conversion',
    'export_created_metric',
    'disable_scope_info',
  ]
  for (const name of settled) {
    const key = map.key(name)
    if (key.isPresent) {
      key.warnAtKey('has no effect: the section otlp of prometheus.yml says how metrics are named')
    }
    if (key.isMap) key.asMap()?.entries()
  }
  for (const name of [
    'send_metadata',
    'max_batch_size_bytes',
    'max_batch_request_parallelism',
    'protobuf_message',
  ]) {
    map.key(name)
  }
  for (const name of ['remote_write_queue', 'wal']) map.key(name).asMap()?.entries()
  const common = readRemoteCommon(map, around.folder, 5000)
  map.finish()
  if (url === undefined) return undefined
  if (!isOwn) return remote('remote-write', [['metrics', url]], common, externalLabels)
  if (labels.length > 0) {
    map
      .key('external_labels')
      .warnAtKey('has no effect: the data stays here; the processor resource adds attributes')
  }
  return { kind: 'own' }
}

function readLoki(node: YamlNode, around: ExporterSurroundings): ExporterSpec | undefined {
  const map = needMap(node)
  if (map === undefined) return undefined
  const url = readEndpoint(map)
  for (const name of ['default_labels_enabled', 'labels', 'tenant_id', 'tenant', 'format']) {
    const key = map.key(name)
    if (key.isPresent) {
      key.warnAtKey(
        'has no effect: limits_config.otlp_config of a Loki file says which attributes become labels',
      )
    }
    if (key.isMap) key.asMap()?.entries()
  }
  const common = readRemoteCommon(map, around.folder, 30_000)
  map.finish()
  if (url === undefined) return undefined
  if (around.isOwn(addressOf(url))) return { kind: 'own' }
  return remote('loki', [['logs', url]], common, {})
}

/** `prometheus`: what a Prometheus would scrape there is in the store here. */
function readPrometheus(node: YamlNode): ExporterSpec | undefined {
  const map = needMap(node)
  if (map === undefined) return undefined
  const endpoint = map.key('endpoint')
  if (endpoint.isEmpty) node.error('endpoint must be set')
  else
    endpoint.warn(
      'nothing listens there: metrics go straight into the store, where a Prometheus would have scraped them to',
    )
  endpoint.asString()
  const settled = [
    'namespace',
    'const_labels',
    'send_timestamps',
    'metric_expiration',
    'resource_to_telemetry_conversion',
    'enable_open_metrics',
    'add_metric_suffixes',
    'translation_strategy',
    'without_scope_info',
    'tls',
  ]
  for (const name of settled) {
    const key = map.key(name)
    if (key.isMap) key.asMap()?.entries()
    if (key.isPresent && name !== 'enable_open_metrics' && name !== 'metric_expiration') {
      key.warnAtKey('has no effect: the section otlp of prometheus.yml says how metrics are named')
    }
  }
  map.finish()
  return { kind: 'own' }
}

function readDebug(node: YamlNode): ExporterSpec {
  const map = node.asMap()
  const verbosity = map?.key('verbosity').asOneOf(['basic', 'normal', 'detailed']) ?? 'basic'
  for (const name of ['sampling_initial', 'sampling_thereafter']) {
    map?.key(name).asInteger({ min: 0 })
  }
  map?.key('use_internal_logger').asBool()
  map?.key('output_paths').asStrings()
  map?.key('loglevel').asString()
  map?.key('sending_queue').asMap()?.entries()
  map?.finish()
  return { kind: 'debug', verbosity }
}

function remote(
  protocol: RemoteProtocol,
  urls: readonly (readonly [Signal, URL])[],
  common: ReturnType<typeof readRemoteCommon>,
  externalLabels: Readonly<Record<string, string>>,
): ExporterSpec {
  const secrets: RemoteUrls = Object.fromEntries(
    urls.map(([signal, url]) => [signal, new Secret(url.href)]),
  )
  return { kind: 'remote', protocol, urls: secrets, ...common, externalLabels }
}

function needMap(node: YamlNode): YamlMap | undefined {
  return node.isEmpty ? node.errorAtKey('endpoint must be set') : node.asMap()
}

function readEndpoint(map: YamlMap): URL | undefined {
  const place = map.key('endpoint')
  return place.isEmpty ? map.node.error('endpoint must be set') : readUrl(place)
}

function pathUnder(base: URL, path: string): URL {
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/$/, '')}${path}`
  return url
}

function addressOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`
}
