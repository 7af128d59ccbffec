import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** What a query may ask for: the keys of Loki's `limits_config` that decide about queries. 0 is no limit, but for tails. */
export interface QueryLimits {
  /** `max_entries_limit_per_query`: lines of one answer. */
  readonly maxEntries: number
  /** `max_query_series` of metric queries. */
  readonly maxSeries: number
  /** `max_query_length`: from start to end. */
  readonly maxLengthMs: number
  /** `max_query_range`: of a range in brackets. */
  readonly maxRangeMs: number
  /** `max_query_lookback`: what is older is not looked at. */
  readonly maxLookbackMs: number
  /** `max_streams_matchers_per_query` */
  readonly maxMatchers: number
  /** `query_timeout` */
  readonly timeoutMs: number
  /** `max_concurrent_tail_requests` */
  readonly maxTails: number
  /** `volume_enabled` */
  readonly answersVolume: boolean
  /** `volume_max_series` */
  readonly maxVolumeSeries: number
}

/** Loki's (pkg/validation/limits.go). */
export const DEFAULT_QUERY_LIMITS: QueryLimits = {
  maxEntries: 5000,
  maxSeries: 500,
  maxLengthMs: 721 * 3_600_000,
  maxRangeMs: 0,
  maxLookbackMs: 0,
  maxMatchers: 1000,
  timeoutMs: 60_000,
  maxTails: 10,
  answersVolume: true,
  maxVolumeSeries: 1000,
}

const count = (node: YamlNode): number | undefined => node.asInteger({ min: 0 })

/** Reads the keys of `limits_config` that decide about queries; what is not written has the default. */
export function readQueryLimits(map: YamlMap): QueryLimits {
  const d = DEFAULT_QUERY_LIMITS
  return {
    maxEntries: count(map.key('max_entries_limit_per_query')) ?? d.maxEntries,
    maxSeries: count(map.key('max_query_series')) ?? d.maxSeries,
    maxLengthMs: map.key('max_query_length').durationMs() ?? d.maxLengthMs,
    maxRangeMs: map.key('max_query_range').durationMs() ?? d.maxRangeMs,
    maxLookbackMs: map.key('max_query_lookback').durationMs() ?? d.maxLookbackMs,
    maxMatchers: count(map.key('max_streams_matchers_per_query')) ?? d.maxMatchers,
    timeoutMs: map.key('query_timeout').durationMs() ?? d.timeoutMs,
    maxTails: count(map.key('max_concurrent_tail_requests')) ?? d.maxTails,
    answersVolume: map.key('volume_enabled').asBool() ?? d.answersVolume,
    maxVolumeSeries: count(map.key('volume_max_series')) ?? d.maxVolumeSeries,
  }
}
