import { statSync } from 'node:fs'
import path from 'node:path'
import { readOtlpReceiver } from './collect/collector/receiver-kinds.ts'
import type { FoundFiles } from './collect/config/find-config.ts'
import { readSpanLimits, type SpanLimitSettings } from './ingest/span-limits-section.ts'
import type { SpanGeneratorSettings } from './ingest/span-metrics/settings.ts'
import { readTempoGenerator } from './ingest/span-metrics/tempo-section.ts'
import { TEMPO_WITHOUT_EFFECT } from './without-effect.ts'
import { readGoDuration } from './yaml/go-duration.ts'
import type { FaultList } from './yaml/fault.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'
import { readYamlFile } from './yaml/read-file.ts'

/** What a file of Tempo says that has an effect here. */
export interface TracesConfig {
  /** How long traces are kept; undefined: as long as metrics. Infinity: for ever. */
  readonly retentionMs: number | undefined
  /** Metrics that are made of spans; `unsaid` where the file does not speak of them, undefined where it switches them off. */
  readonly generator: SpanGeneratorSettings | undefined | 'unsaid'
  readonly limits: SpanLimitSettings
  /** Undefined when it stands in another file, or there is none. */
  readonly file: string | undefined
}

const DEFAULTS: TracesConfig = {
  ...{ retentionMs: undefined, generator: 'unsaid', limits: {}, file: undefined },
}

export interface TracesSource {
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Without a word: they change nothing that a person could miss. */
const WITHOUT_NEED = ['stream_over_http_enabled', 'usage_report']

/** `tempo:` of a vedette.yml (the content of a file of Tempo, or its path), or else the file of the folder; without one the defaults. */
export function readTracesPart(
  node: YamlNode | undefined,
  found: FoundFiles,
  source: TracesSource,
): TracesConfig {
  if (node?.isMap === true) return readTempo(node, node.file)
  const written = node?.asString()
  const folder = path.dirname(path.resolve(found.main ?? '.'))
  const file = written === undefined ? found.tempo : path.resolve(folder, written)
  if (file === undefined) return DEFAULTS
  if (written !== undefined && !statSync(file, { throwIfNoEntry: false })) {
    node?.error(`there is no file ${file}`)
    return DEFAULTS
  }
  return readTempoFile(file, source)
}

/** Reads one file of Tempo; the defaults when it is not YAML, which is then among the faults. */
export function readTempoFile(file: string, source: TracesSource): TracesConfig {
  const root = readYamlFile(file, source)
  return root === undefined ? DEFAULTS : readTempo(root, file)
}

function readTempo(root: YamlNode, file: string): TracesConfig {
  const map = root.asMap()
  if (map === undefined) return { ...DEFAULTS, file }
  for (const name of ['multitenancy_enabled', 'auth_enabled']) {
    const key = map.key(name)
    if (key.asBool() === true) key.warn('there are no tenants here: X-Scope-OrgID is not looked at')
  }
  readServer(map.key('server'))
  const maxAttributeBytes = readDistributor(map.key('distributor'))
  readStorage(map.key('storage'))
  for (const [name, reason] of TEMPO_WITHOUT_EFFECT) {
    const key = map.key(name)
    if (key.isPresent) key.warnAtKey(`has no effect here: ${reason}`)
  }
  for (const name of WITHOUT_NEED) map.key(name)
  const kept = readCompaction(map.key('compactor'), 'compaction')
  const overrides = readOverrides(map.key('overrides'), map.key('metrics_generator'))
  map.finish((allowed) => `${allowed.slice(0, 5).join(', ')}, …`)
  return {
    retentionMs: overrides.retentionMs ?? kept,
    generator: overrides.generator,
    limits: { ...(maxAttributeBytes && { maxAttributeBytes }), ...overrides.limits },
    file,
  }
}

function readServer(node: YamlNode): void {
  const port = node.isMap ? node.asMap()?.key('http_listen_port').asInteger() : undefined
  if (port !== undefined && port !== 3200) {
    node.warnAtKey('listen.tempo and --listen.tempo say where the Tempo API answers, not this')
  }
}

/** Receivers are those of the collector; only which listeners they mean is read. Answers `max_attribute_bytes`. */
function readDistributor(node: YamlNode): number | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  for (const receiver of map.key('receivers').asMap()?.entries() ?? []) {
    const [type] = receiver.name.split('/')
    if (type === 'otlp') readOtlpReceiver(receiver)
    else if (type === 'jaeger' || type === 'zipkin') {
      receiver.warnAtKey(`is answered where listen says so, under names that begin with ${type}`)
    } else if (type === 'opencensus' || type === 'kafka') {
      receiver.warnAtKey('is not supported: no spans are received by it')
    } else receiver.errorAtKey('there is no such receiver. There are otlp, jaeger, zipkin')
  }
  const maxAttributeBytes = map.key('max_attribute_bytes').asInteger({ min: 0 })
  const isRest = map.unread.length > 0
  map.entries()
  if (isRest) node.warnAtKey('only receivers and max_attribute_bytes have an effect here')
  return maxAttributeBytes
}

/** Traces are in the program's own store, wherever Tempo would have put them. */
function readStorage(node: YamlNode): void {
  const trace = node.asMap()?.key('trace').asMap()
  if (trace === undefined) return
  const backend = trace.key('backend')
  backend.asOneOf(['local', 's3', 'gcs', 'azure'])
  const names = trace.entries().map(({ name }) => name)
  const rest = names.filter((name) => name !== 'backend')
  const shown = rest.length === 0 ? '' : ` (${rest.join(', ')})`
  trace.node.warnAtKey(
    `no block storage is used${shown}: traces are in the store of the program, at storage.path or clickhouse.url`,
  )
}

/** `block_retention`, in milliseconds; 0 is Tempo's word for ever. */
function readCompaction(node: YamlNode, section: string): number | undefined {
  const map = node.asMap()
  const inner = map?.key(section).asMap()
  const kept = inner && readRetention(inner)
  const isRest = (map?.unread.length ?? 0) > 0 || (inner?.unread.length ?? 0) > 0
  if (isRest) node.warnAtKey('only compaction.block_retention has an effect here')
  return kept
}

function readRetention(map: YamlMap): number | undefined {
  const node = map.key('block_retention')
  const kept = readGoDuration(node)
  if (kept !== undefined && kept > 0 && kept < 60_000) return node.error('must be at least 1m')
  return kept === 0 ? Number.POSITIVE_INFINITY : kept
}

/** Limits, of the newer form under `defaults` or of the older flat one. */
function readOverrides(
  node: YamlNode,
  generator: YamlNode,
): Pick<TracesConfig, 'retentionMs' | 'generator' | 'limits'> {
  const map = node.asMap()
  const defaults = map?.key('defaults').asMap()
  const made = readTempoGenerator({
    generator,
    overrides: defaults?.key('metrics_generator'),
    flat: map,
  })
  const limits = readSpanLimits(defaults, map)
  const compaction = defaults?.key('compaction').asMap()
  const retentionMs = (compaction && readRetention(compaction)) ?? (map && readRetention(map))
  for (const name of [
    'per_tenant_override_config',
    'per_tenant_override_period',
    'user_configurable_overrides',
  ]) {
    const key = map?.key(name)
    if (key?.isPresent === true) key.warnAtKey('has no effect: there are no tenants here')
  }
  for (const each of [defaults, map]) {
    const unread = each?.unread ?? []
    for (const name of unread) each?.key(name).warnAtKey('has no effect here')
  }
  return { retentionMs, generator: made, limits }
}
