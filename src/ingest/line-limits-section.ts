import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import { DEFAULT_LINE_LIMITS, type LineLimits } from './line-limits.ts'

const UNITS = ['', 'k', 'm', 'g', 't', 'p']

/** A size as Loki writes it (`256KB`, `64kb`, `4MiB`, plain bytes), in units of 1024. */
function readSize(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const found = /^([0-9]+(?:\.[0-9]+)?)\s*(?:([kmgtp]?)i?b?)$/i.exec(text)
  if (found === null) return node.error(`must be a size such as 256KB, not ${JSON.stringify(text)}`)
  const unit = UNITS.indexOf((found[2] ?? '').toLowerCase())
  return Math.floor(Number(found[1]) * 1024 ** unit)
}

const count = (node: YamlNode): number | undefined => node.asInteger({ min: 0 })

/** Megabytes of 1024² bytes. */
function readMegabytes(node: YamlNode): number | undefined {
  const value = node.asNumber()
  if (value !== undefined && value < 0) return node.error(`must not be negative`)
  return value === undefined ? undefined : Math.floor(value * 1024 * 1024)
}

/** The keys of Loki's `limits_config` that decide about pushes; what is not written has the default. */
export function readLineLimits(map: YamlMap): LineLimits {
  const d = DEFAULT_LINE_LIMITS
  const key = (name: string): YamlNode => map.key(name)
  return {
    maxLineBytes: readSize(key('max_line_size')) ?? d.maxLineBytes,
    truncatesLines: key('max_line_size_truncate').asBool() ?? d.truncatesLines,
    truncateIdentifier: key('max_line_size_truncate_identifier').asString() ?? d.truncateIdentifier,
    maxLabelNames: count(key('max_label_names_per_series')) ?? d.maxLabelNames,
    maxLabelNameBytes: count(key('max_label_name_length')) ?? d.maxLabelNameBytes,
    maxLabelValueBytes: count(key('max_label_value_length')) ?? d.maxLabelValueBytes,
    spreadsEqualTimes: key('increment_duplicate_timestamp').asBool() ?? d.spreadsEqualTimes,
    rejectsOldLines: key('reject_old_samples').asBool() ?? d.rejectsOldLines,
    maxAgeMs: key('reject_old_samples_max_age').durationMs() ?? d.maxAgeMs,
    maxAheadMs: key('creation_grace_period').durationMs() ?? d.maxAheadMs,
    allowsStructuredMetadata:
      key('allow_structured_metadata').asBool() ?? d.allowsStructuredMetadata,
    maxStructuredMetadataBytes:
      readSize(key('max_structured_metadata_size')) ?? d.maxStructuredMetadataBytes,
    maxStructuredMetadataEntries:
      count(key('max_structured_metadata_entries_count')) ?? d.maxStructuredMetadataEntries,
    maxStreams: count(key('max_global_streams_per_user')) ?? d.maxStreams,
    ratePerSecondBytes: readMegabytes(key('ingestion_rate_mb')) ?? d.ratePerSecondBytes,
    burstBytes: readMegabytes(key('ingestion_burst_size_mb')) ?? d.burstBytes,
    discoverServiceName: key('discover_service_name').asStrings() ?? d.discoverServiceName,
    discoversLevels: key('discover_log_levels').asBool() ?? d.discoversLevels,
    levelFields: {
      names: orDefault(key('log_level_fields').asStrings(), d.levelFields.names),
      jsonDepth: key('log_level_from_json_max_depth').asInteger() ?? d.levelFields.jsonDepth,
    },
  }
}

/** An empty list means the default, as in Loki. */
function orDefault(
  given: readonly string[] | undefined,
  names: readonly string[],
): readonly string[] {
  return given === undefined || given.length === 0 ? names : given
}
