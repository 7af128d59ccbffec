import { readGoDuration } from '../yaml/go-duration.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'

/** Limits that a file of Tempo sets; what it does not say is not limited so. */
export interface SpanLimitSettings {
  /** Bytes of spans a second, as OTLP's protobuf. */
  readonly rateBytes?: number
  readonly burstBytes?: number
  readonly maxBytesPerTrace?: number
  readonly maxLiveTraces?: number
  /** Keys and texts of attributes are cut there. */
  readonly maxAttributeBytes?: number
  /** The longest range of a search. */
  readonly maxSearchMs?: number
  /** The longest range of a metrics query. */
  readonly maxMetricsMs?: number
}

/** By the name of a limit its section under `defaults`, its key there, and its flat name in older files. */
const INTEGERS = [
  ['rateBytes', 'ingestion', 'rate_limit_bytes', 'ingestion_rate_limit_bytes'],
  ['burstBytes', 'ingestion', 'burst_size_bytes', 'ingestion_burst_size_bytes'],
  ['maxLiveTraces', 'ingestion', 'max_traces_per_user', 'max_traces_per_user'],
  ['maxAttributeBytes', 'ingestion', 'max_attribute_bytes', 'ingestion_max_attribute_bytes'],
  ['maxBytesPerTrace', 'global', 'max_bytes_per_trace', 'max_bytes_per_trace'],
] as const
const DURATIONS = [
  ['maxSearchMs', 'read', 'max_search_duration', 'max_search_duration'],
  ['maxMetricsMs', 'read', 'max_metrics_duration', 'max_metrics_duration'],
] as const
const SECTIONS = ['ingestion', 'global', 'read'] as const
/** Keys that mean nothing where there is one process. */
const WITHOUT_NEED = [
  ...['rate_strategy', 'tenant_shard_size', 'retry_info_enabled'],
  ...['ingestion_rate_strategy', 'ingestion_tenant_shard_size'],
]

/**
 * Reads the limits of Tempo's `overrides`, of the newer form under `defaults` or of the older flat one (modules/overrides); 0 is Tempo's
 * word for none.
 */
export function readSpanLimits(
  defaults: YamlMap | undefined,
  flat: YamlMap | undefined,
): SpanLimitSettings {
  const sections = new Map<string, YamlMap | undefined>(
    SECTIONS.map((name) => [name, defaults?.key(name).asMap()]),
  )
  const nodeOf = ([, section, key, old]: Place): YamlNode | undefined => {
    const own = sections.get(section)?.key(key)
    return own?.isEmpty === false ? own : flat?.key(old)
  }
  const limits: Partial<Record<keyof SpanLimitSettings, number>> = {}
  for (const place of INTEGERS) note(limits, place[0], nodeOf(place)?.asInteger({ min: 0 }))
  for (const place of DURATIONS) {
    const node = nodeOf(place)
    note(limits, place[0], node && readGoDuration(node))
  }
  for (const name of WITHOUT_NEED) flat?.key(name)
  for (const section of sections.values()) {
    for (const name of section?.unread ?? []) {
      const key = section?.key(name)
      if (!WITHOUT_NEED.includes(name)) key?.warnAtKey('has no effect here')
    }
  }
  return limits
}

type Place = readonly [name: keyof SpanLimitSettings, section: string, key: string, old: string]

function note(
  limits: Partial<Record<keyof SpanLimitSettings, number>>,
  name: keyof SpanLimitSettings,
  value: number | undefined,
): void {
  if (value !== undefined && value > 0) limits[name] = value
}
