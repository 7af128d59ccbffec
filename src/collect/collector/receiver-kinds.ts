import type { ComponentKind } from '../../ingest/collector/component.ts'
import { SIGNALS } from '../../ingest/processors/processor.ts'
import { readFileLog, type FileLogSettings } from '../filelog/read-file-log.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** A receiver of the collector, as it is here. */
export type ReceiverSpec =
  /** One of the listeners of the program: all of them give to all pipelines that have such a receiver. */
  | { readonly kind: 'listener' }
  /** Jobs of the scraper. */
  | { readonly kind: 'scrape'; readonly jobs: readonly ScrapeConfig[] }
  /** A job that reads this host. */
  | { readonly kind: 'host'; readonly job: ScrapeConfig }
  /** Log files that are followed. */
  | { readonly kind: 'files'; readonly settings: FileLogSettings }

/** Where a protocol is answered. */
interface Door {
  readonly protocol: string
  readonly port: number
  /** The name of its listener here. */
  readonly listener: string
}

const OTLP: readonly Door[] = [
  { protocol: 'grpc', port: 4317, listener: 'otlp-grpc' },
  { protocol: 'http', port: 4318, listener: 'otlp-http' },
]

/** Keys of the server of a receiver that are settled elsewhere or are not needed. */
const SERVER_KEYS: Readonly<Record<string, string>> = {
  tls: 'has no effect: listen.otlp-grpc and listen.otlp-http take TLS',
  cors: 'has no effect: pages of other origins cannot send to this listener',
  auth: 'has no effect: access says who may send',
  include_metadata: '',
  traces_url_path: 'has no effect: the path is /v1/traces',
  metrics_url_path: 'has no effect: the path is /v1/metrics',
  logs_url_path: 'has no effect: the path is /v1/logs',
  profiles_url_path: '',
}

const SERVER_KEYS_WITHOUT_NEED = [
  ...['max_recv_msg_size_mib', 'max_concurrent_streams', 'read_buffer_size', 'write_buffer_size'],
  ...['keepalive', 'max_request_body_size', 'response_headers', 'compression_algorithms'],
  ...['read_timeout', 'read_header_timeout', 'write_timeout', 'idle_timeout', 'transport'],
  ...['keep_alives_enabled', 'middlewares'],
]

/** `otlp`, and the receivers of spans in other forms: listeners that are there already. */
export const LISTENER_RECEIVERS: readonly ComponentKind<ReceiverSpec>[] = [
  { name: 'otlp', signals: SIGNALS, read: readOtlpReceiver },
  { name: 'zipkin', signals: ['traces'], read: (node) => readOther(node, 'zipkin') },
  {
    name: 'jaeger',
    signals: ['traces'],
    read: (node) => readOther(node, 'jaeger-grpc, jaeger-http and jaeger-udp'),
  },
]

/** `filelog`, which newer versions of the collector call `file_log`, too. */
export const FILE_RECEIVERS: readonly ComponentKind<ReceiverSpec>[] = ['filelog', 'file_log'].map(
  (name) => ({ name, signals: ['logs'], read: readFiles }),
)

function readFiles(node: YamlNode): ReceiverSpec | undefined {
  const settings = readFileLog(node)
  return settings && { kind: 'files', settings }
}

/** Reads `protocols` of a receiver of OTLP, of a collector's file and of Tempo's `distributor.receivers`. */
export function readOtlpReceiver(node: YamlNode): ReceiverSpec | undefined {
  const map = node.asMap()
  const section = map?.key('protocols')
  const protocols = section?.asMap()
  if (protocols === undefined) {
    return node.errorAtKey('protocols must be set: grpc, http or both')
  }
  if (OTLP.every(({ protocol }) => !protocols.key(protocol).isPresent)) {
    section?.errorAtKey('must have grpc, http or both')
  }
  for (const door of OTLP) readServer(protocols.key(door.protocol), door)
  protocols.finish()
  map?.finish()
  return { kind: 'listener' }
}

function readServer(node: YamlNode, { port, listener }: Door): void {
  const map = node.asMap()
  if (map === undefined) return
  const endpoint = map.key('endpoint')
  const written = /:([0-9]+)$/.exec(endpoint.asString() ?? '')?.[1]
  if (written !== undefined && Number(written) !== port) {
    endpoint.warn(`listen.${listener} and --listen.${listener} say where it answers, not this`)
  }
  warnServerKeys(map)
  map.finish()
}

function warnServerKeys(map: YamlMap): void {
  for (const [name, message] of Object.entries(SERVER_KEYS)) {
    const key = map.key(name)
    if (key.isPresent && !key.isEmpty && message !== '') key.warnAtKey(message)
  }
  for (const name of SERVER_KEYS_WITHOUT_NEED) map.key(name)
}

function readOther(node: YamlNode, listeners: string): ReceiverSpec {
  if (node.isMap) node.asMap()?.entries()
  node.warnAtKey(`is answered where listen says so: switch on ${listeners}`)
  return { kind: 'listener' }
}
