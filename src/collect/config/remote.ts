import type { NameValidation, RelabelConfig } from '../../ingest/relabel.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { Secret } from '../../yaml/secret.ts'
import { atMostOne, readUrl, unlessZero, type ReadContext } from '../../yaml/context.ts'
import {
  checkFixedHeaders,
  readHttpClient,
  type HttpClientConfig,
} from '../../outbound/http-client.ts'
import { readLabelSet } from './label-set.ts'
import { readRelabelConfigs } from './relabel.ts'
import { AZUREAD_SECTION, GOOGLE_IAM_SECTION, SIGV4_SECTION } from './remote-auth.ts'
import type { PlainRecord } from '../../yaml/section.ts'

export interface QueueConfig {
  readonly capacity: number
  readonly maxShards: number
  readonly minShards: number
  readonly maxSamplesPerSend: number
  readonly batchSendDeadlineMs: number
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
  readonly retryOnHttp429: boolean
  /** 0 keeps samples of any age. */
  readonly sampleAgeLimitMs: number
}

/** What `remote_write` and `remote_read` have in common. */
interface RemoteConfig {
  /** A URL, which may hold a password. */
  readonly url: Secret
  readonly name: string
  readonly remoteTimeoutMs: number
  readonly headers: Readonly<Record<string, string>>
  readonly http: HttpClientConfig
}

export interface RemoteWriteConfig extends RemoteConfig {
  readonly protobufMessage: string
  readonly sendExemplars: boolean
  readonly sendNativeHistograms: boolean
  readonly roundRobinDns: boolean
  readonly failedRequestLogging: boolean
  readonly queue: QueueConfig
  readonly metadata: {
    readonly send: boolean
    readonly sendIntervalMs: number
    readonly maxSamplesPerSend: number
  }
  readonly sigv4: PlainRecord | undefined
  readonly azuread: PlainRecord | undefined
  readonly googleIam: PlainRecord | undefined
  readonly writeRelabelConfigs: readonly RelabelConfig[]
}

export interface RemoteReadConfig extends RemoteConfig {
  readonly chunkedReadLimitBytes: number
  readonly readRecent: boolean
  readonly requiredMatchers: Readonly<Record<string, string>>
  readonly filterExternalLabels: boolean
}

const WRITE_MESSAGES = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const

/** Reads `remote_write:` (config.go, RemoteWriteConfig). */
export function readRemoteWrite(
  node: YamlNode,
  validation: NameValidation,
  context: ReadContext,
): readonly RemoteWriteConfig[] {
  return readEndpoints(node, 'samples are not sent on', (map) => {
    atMostOne(map, ['basic_auth', 'authorization', 'oauth2', 'sigv4', 'azuread', 'google_iam'])
    return {
      ...readCommon(map, 30_000, { enableHttp2: false }, context),
      protobufMessage: map.key('protobuf_message').asOneOf(WRITE_MESSAGES) ?? WRITE_MESSAGES[0],
      sendExemplars: map.key('send_exemplars').asBool() ?? false,
      sendNativeHistograms: map.key('send_native_histograms').asBool() ?? false,
      roundRobinDns: map.key('round_robin_dns').asBool() ?? false,
      failedRequestLogging: map.key('failed_request_logging').asBool() ?? false,
      queue: readQueue(map.key('queue_config')),
      metadata: readMetadata(map.key('metadata_config')),
      sigv4: SIGV4_SECTION.read(map.key('sigv4'), context),
      azuread: AZUREAD_SECTION.read(map.key('azuread'), context),
      googleIam: GOOGLE_IAM_SECTION.read(map.key('google_iam'), context),
      writeRelabelConfigs: readRelabelConfigs(map.key('write_relabel_configs'), validation),
    }
  })
}

/** Reads `remote_read:` (config.go, RemoteReadConfig). */
export function readRemoteRead(node: YamlNode, context: ReadContext): readonly RemoteReadConfig[] {
  return readEndpoints(node, 'queries are answered from here only', (map) => ({
    ...readCommon(map, 60_000, { enableHttp2: true }, context),
    chunkedReadLimitBytes: map.key('chunked_read_limit').asInteger({ min: 0 }) ?? 50_000_000,
    readRecent: map.key('read_recent').asBool() ?? false,
    requiredMatchers: readLabelSet(map.key('required_matchers'), 'utf8'),
    filterExternalLabels: map.key('filter_external_labels').asBool() ?? true,
  }))
}

function readEndpoints<T extends RemoteConfig>(
  node: YamlNode,
  effect: string,
  read: (map: YamlMap) => T,
): readonly T[] {
  const out: T[] = []
  const names = new Map<string, number>()
  if (!node.isEmpty) node.warnAtKey(`not supported yet; ${effect}`)
  for (const item of node.asList() ?? []) {
    if (item.isEmpty) item.error('an empty endpoint')
    const map = item.asMap()
    if (!map) continue
    const config = read(map)
    const first = names.get(config.name)
    if (config.name !== '' && first !== undefined) {
      map.key('name').error(`"${config.name}" is used twice; first on line ${first}`)
    }
    names.set(config.name, map.key('name').line)
    map.finish()
    out.push(config)
  }
  return out
}

function readCommon(
  map: YamlMap,
  timeoutMs: number,
  defaults: { readonly enableHttp2: boolean },
  context: ReadContext,
): RemoteConfig {
  const url = map.key('url')
  if (url.isEmpty) map.node.error('url must be set')
  return {
    url: new Secret(readUrl(url)?.href ?? ''),
    name: map.key('name').asString() ?? '',
    remoteTimeoutMs: unlessZero(map.key('remote_timeout').durationMs()) ?? timeoutMs,
    headers: checkFixedHeaders(map.key('headers')),
    // The endpoint as a whole is warned about already.
    http: readHttpClient(map, { ...context, warnsUnsupported: false }, defaults),
  }
}

function readQueue(node: YamlNode): QueueConfig {
  const map = node.asMap()
  const count = (name: string, fallback: number): number =>
    map?.key(name).asInteger({ min: 1 }) ?? fallback
  const config: QueueConfig = {
    capacity: count('capacity', 10_000),
    maxShards: count('max_shards', 50),
    minShards: count('min_shards', 1),
    maxSamplesPerSend: count('max_samples_per_send', 2000),
    batchSendDeadlineMs: map?.key('batch_send_deadline').durationMs() ?? 5000,
    minBackoffMs: map?.key('min_backoff').durationMs() ?? 30,
    maxBackoffMs: map?.key('max_backoff').durationMs() ?? 5000,
    retryOnHttp429: map?.key('retry_on_http_429').asBool() ?? false,
    sampleAgeLimitMs: map?.key('sample_age_limit').durationMs() ?? 0,
  }
  if (config.minShards > config.maxShards) {
    map?.key('min_shards').error(`exceeds max_shards ${config.maxShards}`)
  }
  if (config.maxBackoffMs < config.minBackoffMs) {
    map?.key('max_backoff').error(`is below min_backoff ${config.minBackoffMs}ms`)
  }
  map?.finish()
  return config
}

function readMetadata(node: YamlNode): RemoteWriteConfig['metadata'] {
  const map = node.asMap()
  const config = {
    send: map?.key('send').asBool() ?? true,
    sendIntervalMs: map?.key('send_interval').durationMs() ?? 60_000,
    maxSamplesPerSend: map?.key('max_samples_per_send').asInteger({ min: 0 }) ?? 2000,
  }
  map?.finish()
  return config
}
