import type { PrometheusConfig } from './collect/config/prometheus-config.ts'
import { parseSeriesSelector } from './lang/promql/parse.ts'
import { matcher, type Matcher } from './model/matcher.ts'
import { messageOf } from './model/problem.ts'
import { DEFAULT_LIMITS, defaultMaxSeries, type Retention } from './store/limits.ts'
import type { FaultList } from './yaml/fault.ts'
import { BYTE_COUNT, COUNT, DURATION, readFlag, SIZE, type FlagRule } from './yaml/flag.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'

/** The flags of `--storage.*`, as text; each goes before the configuration file. */
export interface StorageFlags {
  /** `--storage.tsdb.retention.time` and `.size`. */
  readonly retentionTime?: string
  readonly retentionSize?: string
  /** `--storage.max-series`, `--storage.max-pending-bytes` and `--storage.min-free-bytes`. */
  readonly storageMaxSeries?: string
  readonly storageMaxPendingBytes?: string
  readonly storageMinFreeBytes?: string
}

/** Bounds of what the store takes. */
export interface StorageLimits {
  /** Series known at once; further ones are refused. */
  readonly maxSeries: number
  /** Samples accepted but not yet durable, in bytes. */
  readonly maxPendingBytes: number
  /** What must stay free on the disk; undefined: the engine's own rule (engine/disk-watermark.ts). */
  readonly minFreeBytes: number | undefined
}

const PENDING_BYTES = {
  parse: (text: string): number | undefined => {
    const sizeBytes = BYTE_COUNT.parse(text)
    return sizeBytes === undefined || sizeBytes < LEAST_PENDING_BYTES ? undefined : sizeBytes
  },
  must: 'at least 1MiB (less holds no push)',
}

const DAY_MS = 86_400_000
const DEFAULT_RETENTION_MS = 15 * DAY_MS
/** Prometheus's own bound: without a bound by time, everything is kept this long. */
const LONGEST_RETENTION_MS = 100 * 365 * DAY_MS

/** Flags go before vedette.yml, which goes before `storage.tsdb.retention` of prometheus.yml; 0 is no bound. */
export function readRetention(
  storage: YamlMap | undefined,
  flags: StorageFlags,
  prometheus: PrometheusConfig,
  faults: FaultList,
): Retention {
  const time = storage?.key('retention_time').durationMs()
  const size = storage?.key('retention_size').bytes()
  if (size !== undefined && size < 0) storage?.key('retention_size').error('must not be negative')
  const timeMs =
    readFlag('storage.tsdb.retention.time', flags.retentionTime, faults, DURATION) ??
    time ??
    prometheus.storage.retentionTimeMs ??
    0
  const sizeBytes =
    readFlag('storage.tsdb.retention.size', flags.retentionSize, faults, SIZE) ??
    size ??
    prometheus.storage.retentionSizeBytes ??
    0
  const otherwise = sizeBytes === 0 ? DEFAULT_RETENTION_MS : LONGEST_RETENTION_MS
  return {
    timeMs: timeMs === 0 ? otherwise : Math.min(timeMs, LONGEST_RETENTION_MS),
    sizeBytes,
    rules:
      storage === undefined
        ? []
        : readRetentionRules(storage.key('retention'), (rule) =>
            readMatch(rule, readSeriesSelector),
          ),
  }
}

/** Less than one large push would make every push fail. */
const LEAST_PENDING_BYTES = 1024 * 1024
const TOO_LITTLE_PENDING = 'must be at least 1MiB: less holds no push'

export function readStorageLimits(
  storage: YamlMap | undefined,
  memoryBudgetBytes: number,
  flags: StorageFlags,
  faults: FaultList,
): StorageLimits {
  const pending = storage?.key('max_pending_bytes')
  const free = storage?.key('min_free_bytes')
  const own = {
    maxSeries: storage?.key('max_series').asInteger({ min: 1 }),
    maxPendingBytes: pending?.bytes(),
    minFreeBytes: free?.bytes(),
  }
  if ((own.maxPendingBytes ?? Infinity) < LEAST_PENDING_BYTES) pending?.error(TOO_LITTLE_PENDING)
  if ((own.minFreeBytes ?? 0) < 0) free?.error('must not be negative')
  const flag = (name: string, text: string | undefined, rule: FlagRule): number | undefined =>
    readFlag(`storage.${name}`, text, faults, rule)
  return {
    maxSeries:
      flag('max-series', flags.storageMaxSeries, COUNT) ??
      own.maxSeries ??
      defaultMaxSeries(memoryBudgetBytes),
    maxPendingBytes:
      flag('max-pending-bytes', flags.storageMaxPendingBytes, PENDING_BYTES) ??
      own.maxPendingBytes ??
      DEFAULT_LIMITS.maxPendingBytes,
    minFreeBytes: flag('min-free-bytes', flags.storageMinFreeBytes, BYTE_COUNT) ?? own.minFreeBytes,
  }
}

/** A list of rules, each with `time` and what `readMatchers` reads of it: which series, streams or resources it is for. */
export function readRetentionRules(
  node: YamlNode,
  readMatchers: (rule: YamlMap) => readonly Matcher[] | undefined,
): Retention['rules'] {
  return (node.asList() ?? []).flatMap((item) => readRetentionRule(item, readMatchers) ?? [])
}

function readRetentionRule(
  node: YamlNode,
  readMatchers: (rule: YamlMap) => readonly Matcher[] | undefined,
): Retention['rules'][number] | undefined {
  const map = node.asMap()
  if (!map) return node.isEmpty ? node.error('an empty rule') : undefined
  const time = map.key('time')
  const matchers = readMatchers(map)
  const timeMs = time.durationMs()
  if (time.isEmpty) map.node.error('time must be set')
  else if (timeMs === 0) time.error('must be above 0')
  map.finish()
  return matchers && timeMs ? { matchers, timeMs } : undefined
}

/** The `match` of a rule, which must be there. */
export function readMatch(
  rule: YamlMap,
  readSelector: (node: YamlNode) => readonly Matcher[] | undefined,
): readonly Matcher[] | undefined {
  const match = rule.key('match')
  return match.isEmpty ? rule.node.error('match must be set') : readSelector(match)
}

/** A selector of PromQL. */
export function readSeriesSelector(node: YamlNode): readonly Matcher[] | undefined {
  const text = node.asRawString() ?? ''
  const parsed = parseSeriesSelector(text)
  if (!parsed.ok) {
    const reason = parsed.faults[0]?.message ?? 'cannot be parsed'
    return node.error(`not a series selector such as {job="a"}: ${reason}`)
  }
  try {
    return parsed.matchers.map(({ name, op, value }) => matcher(name, op, value))
  } catch (thrown) {
    return node.error(messageOf(thrown))
  }
}
