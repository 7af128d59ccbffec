import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from '../outbound/http-client.ts'
import type { TlsConfig, TlsVersion } from '../outbound/tls.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import { Secret } from '../yaml/secret.ts'
import { readGoDuration } from '../yaml/go-duration.ts'
import type { QueueSettings, RetrySettings } from './remote-settings.ts'

const MIB = 1024 * 1024
const DEFAULT_QUEUE_BYTES = 256 * MIB
/** More would fill small disks while nobody looks. */
const MAX_QUEUE_BYTES = 16 * 1024 * MIB

const TLS_VERSIONS: Readonly<Record<string, TlsVersion>> = {
  ...{ '1.0': 'TLS10', '1.1': 'TLS11', '1.2': 'TLS12', '1.3': 'TLS13' },
}

/** Keys of exporters that are about buffers and connections which are other here. */
const WITHOUT_NEED = [
  ...['keepalive', 'read_buffer_size', 'write_buffer_size', 'wait_for_ready', 'balancer_name'],
  ...['max_idle_conns', 'max_idle_conns_per_host', 'max_conns_per_host', 'idle_conn_timeout'],
  ...[
    'http2_read_idle_timeout',
    'http2_ping_timeout',
    'disable_keep_alives',
    'force_attempt_http2',
  ],
  ...['authority', 'cookies', 'compression_params'],
]

/** What all exporters to others have in common. */
export interface RemoteCommon {
  readonly http: HttpClientConfig
  readonly isCompressed: boolean
  readonly timeoutMs: number
  readonly retry: RetrySettings
  readonly queue: QueueSettings
}

/** Reads the keys that all exporters to others have (collector, confighttp, configgrpc, exporterhelper). */
export function readRemoteCommon(
  map: YamlMap,
  folder: string,
  defaultTimeoutMs: number,
): RemoteCommon {
  for (const name of WITHOUT_NEED) map.key(name)
  const auth = map.key('auth')
  if (!auth.isEmpty) {
    auth.errorAtKey('is not supported: write the credentials under headers, such as Authorization')
  }
  auth.asMap()?.entries()
  const proxy = map.key('proxy_url')
  if (!proxy.isEmpty) proxy.warnAtKey('has no effect')
  const compression = map
    .key('compression')
    .asOneOf(['gzip', 'none', '', 'snappy', 'zstd', 'zlib', 'deflate', 'lz4'])
  if (compression !== undefined && !['gzip', 'none', ''].includes(compression)) {
    map.key('compression').warn('gzip is used instead, which every receiver reads')
  }
  const tls = readTls(map.key('tls'), folder)
  const headers = readHeaders(map.key('headers'))
  return {
    http: { ...PLAIN_HTTP_CLIENT, tls, headers },
    isCompressed: compression !== 'none' && compression !== '',
    timeoutMs: readTimeout(map.key('timeout')) ?? defaultTimeoutMs,
    retry: readRetry(map.key('retry_on_failure')),
    queue: readQueue(map.key('sending_queue')),
  }
}

/** 0 is nothing said, as in Go. */
function readTimeout(node: YamlNode): number | undefined {
  const timeoutMs = readGoDuration(node)
  return timeoutMs === 0 ? undefined : timeoutMs
}

/** Whether `tls.insecure` asks for a connection without TLS; of gRPC, which has no scheme to say it. */
export function isInsecure(map: YamlMap): boolean {
  const tls = map.key('tls')
  return tls.isMap && tls.asMap()?.key('insecure').asBool() === true
}

function readTls(node: YamlNode, folder: string): TlsConfig | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  map.key('insecure').asBool()
  const pathOf = (name: string): string | undefined => {
    const written = map.key(name).asString()
    return written === undefined || written === '' ? undefined : resolveIn(folder, written)
  }
  const config: TlsConfig = {
    ca: map.key('ca_pem').asString(),
    caFile: pathOf('ca_file'),
    cert: map.key('cert_pem').asString(),
    certFile: pathOf('cert_file'),
    key: map.key('key_pem').asSecret(),
    keyFile: pathOf('key_file'),
    serverName: map.key('server_name_override').asString(),
    insecureSkipVerify: map.key('insecure_skip_verify').asBool() ?? false,
    minVersion: readVersion(map.key('min_version')),
    maxVersion: readVersion(map.key('max_version')),
  }
  for (const name of [
    'include_system_ca_certs_pool',
    'cipher_suites',
    'reload_interval',
    'curve_preferences',
  ]) {
    const key = map.key(name)
    if (key.isPresent) key.warnAtKey('has no effect')
  }
  map.finish()
  const hasCert = config.cert !== undefined || config.certFile !== undefined
  const hasKey = config.key !== undefined || config.keyFile !== undefined
  if (hasCert !== hasKey) node.errorAtKey('a client certificate and its key are needed together')
  return config
}

function resolveIn(folder: string, written: string): string {
  return written.startsWith('/') ? written : `${folder}/${written}`
}

function readVersion(node: YamlNode): TlsVersion | undefined {
  const text = node.asOneOf(Object.keys(TLS_VERSIONS))
  return text === undefined ? undefined : TLS_VERSIONS[text]
}

/** A mapping, or the newer list of `name` and `value`. Values are secrets: they carry tokens. */
function readHeaders(node: YamlNode): HttpClientConfig['headers'] {
  const entries = node.isMap
    ? (node.asMap()?.entries() ?? []).map((entry) => [entry.name, entry.asSecret()] as const)
    : (node.asList() ?? []).map((item) => {
        const map = item.asMap()
        const read = [map?.key('name').asString() ?? '', map?.key('value').asSecret()] as const
        map?.finish()
        return read
      })
  return entries.map(([name, value]) => {
    const secrets = [value ?? new Secret('')]
    return { name, values: [], files: [], secrets }
  })
}

function readRetry(node: YamlNode): RetrySettings {
  const map = node.asMap()
  const isOn = map?.key('enabled').asBool() ?? true
  const initialMs = (map && readGoDuration(map.key('initial_interval'))) ?? 5000
  const maxMs = (map && readGoDuration(map.key('max_interval'))) ?? 30_000
  const elapsed = (map && readGoDuration(map.key('max_elapsed_time'))) ?? 0
  map?.key('randomization_factor').asNumber()
  map?.key('multiplier').asNumber()
  map?.finish()
  const maxElapsedMs = elapsed === 0 ? Number.POSITIVE_INFINITY : elapsed
  return { initialMs, maxMs: Math.max(initialMs, maxMs), maxElapsedMs: isOn ? maxElapsedMs : 0 }
}

function readQueue(node: YamlNode): QueueSettings {
  const map = node.asMap()
  const defaults = { maxBytes: DEFAULT_QUEUE_BYTES, maxRequests: Number.POSITIVE_INFINITY }
  if (map === undefined) return defaults
  const isOn = map.key('enabled').asBool() ?? true
  if (!isOn)
    map.key('enabled').warn('there is always a queue: it is on disk, and what is accepted is in it')
  const size = map.key('queue_size').asInteger({ min: 1 })
  const sizer = map.key('sizer').asOneOf(['requests', 'items', 'bytes']) ?? 'requests'
  map.key('num_consumers').asInteger({ min: 1 })
  map.key('storage').asString()
  for (const name of ['block_on_overflow', 'wait_for_result']) map.key(name).asBool()
  map.key('batch').asMap()?.entries()
  map.finish()
  if (size === undefined) return defaults
  if (sizer === 'bytes') return { ...defaults, maxBytes: Math.min(size, MAX_QUEUE_BYTES) }
  if (sizer === 'items')
    map.key('sizer').warn('items are not counted: the queue is bounded by 256 MiB')
  return sizer === 'requests' ? { ...defaults, maxRequests: size } : defaults
}
