import { LOG_LEVEL_FIELDS } from '../model/log-level.ts'
import type { LevelFields } from './line-level.ts'

/** The part of Loki's `limits_config` that decides about pushes. Bytes are of UTF-8. */
export interface LineLimits {
  /** `max_line_size`; 0: none. */
  readonly maxLineBytes: number
  /** `max_line_size_truncate`: longer lines are cut instead of refused. */
  readonly truncatesLines: boolean
  /** `max_line_size_truncate_identifier`: what a line that was cut ends with. */
  readonly truncateIdentifier: string
  /** `max_label_names_per_series` */
  readonly maxLabelNames: number
  /** `max_label_name_length` */
  readonly maxLabelNameBytes: number
  /** `max_label_value_length` */
  readonly maxLabelValueBytes: number
  /** `increment_duplicate_timestamp`: lines of a stream that have one time get nanoseconds more, in their order. */
  readonly spreadsEqualTimes: boolean
  /** `reject_old_samples` */
  readonly rejectsOldLines: boolean
  /** `reject_old_samples_max_age` */
  readonly maxAgeMs: number
  /** `creation_grace_period` */
  readonly maxAheadMs: number
  /** `allow_structured_metadata` */
  readonly allowsStructuredMetadata: boolean
  /** `max_structured_metadata_size`; 0: none. */
  readonly maxStructuredMetadataBytes: number
  /** `max_structured_metadata_entries_count`; 0: none. */
  readonly maxStructuredMetadataEntries: number
  /** `max_global_streams_per_user`: streams with a line in the last hour; 0: none. */
  readonly maxStreams: number
  /** `ingestion_rate_mb` in bytes a second; 0: none. */
  readonly ratePerSecondBytes: number
  /** `ingestion_burst_size_mb` in bytes. */
  readonly burstBytes: number
  /**
   * `discover_service_name`: label `service_name` of streams that have none is the first of these labels that they have, or
   * `unknown_service`; none are looked for when the list is empty.
   */
  readonly discoverServiceName: readonly string[]
  /** `discover_log_levels`: structured metadata `detected_level` is made for lines that have none. */
  readonly discoversLevels: boolean
  /** `log_level_fields` and `log_level_from_json_max_depth`: where a level is looked for. */
  readonly levelFields: LevelFields
}

/**
 * Loki's own defaults (pkg/validation/limits.go), but for three that change what a sender sends or stop a server that has room: no label
 * `service_name` and no metadata `detected_level` is added, and there is no limit to the rate, until a configuration asks for them.
 */
export const DEFAULT_LINE_LIMITS: LineLimits = {
  maxLineBytes: 256 * 1024,
  truncatesLines: false,
  truncateIdentifier: '',
  maxLabelNames: 15,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 2048,
  spreadsEqualTimes: false,
  rejectsOldLines: true,
  maxAgeMs: 7 * 86_400_000,
  maxAheadMs: 10 * 60_000,
  allowsStructuredMetadata: true,
  maxStructuredMetadataBytes: 64 * 1024,
  maxStructuredMetadataEntries: 128,
  maxStreams: 5000,
  ratePerSecondBytes: 0,
  burstBytes: 6 * 1024 * 1024,
  discoverServiceName: [],
  discoversLevels: false,
  levelFields: { names: LOG_LEVEL_FIELDS, jsonDepth: 2 },
}
