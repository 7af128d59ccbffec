import {
  DEDUP,
  LINE_BLOCKS,
  LINE_BUCKET_NS,
  LINE_MERGES,
  MERGES,
  MIGRATIONS,
  SPAN_BUCKET_NS,
  SYNC,
  type Migration,
} from './schema.ts'

/**
 * All tables as the migrations leave them, for a database that has none yet: made in a fourth of the time that the migrations take. That both
 * are the same, to the last setting, is tested (test/integration/newest-tables.test.ts); repeated by the migrations after an interruption
 * they stay what they are.
 */
export const NEWEST_TABLES: Migration = {
  version: MIGRATIONS.at(-1)?.version ?? 0,
  statements: [
    ...['samples', 'series_days', 'exemplars', 'histograms', 'metric_metadata'].map(asMade),
    `CREATE TABLE IF NOT EXISTS {db}.lines (
      keep UInt32 CODEC(ZSTD(1)),
      id UInt64 CODEC(ZSTD(3)) SETTINGS (${LINE_BLOCKS}),
      ts DateTime64(9, 'UTC') CODEC(GCD, Delta, ZSTD(3)) SETTINGS (${LINE_BLOCKS}),
      seq UInt16 CODEC(ZSTD(1)),
      body String CODEC(ZSTD(3)),
      meta Map(LowCardinality(String), String) CODEC(ZSTD(1)),
      INDEX words body TYPE tokenbf_v1(16384, 2, 0) GRANULARITY 1,
      INDEX metas mapValues(meta) TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = ReplacingMergeTree
    PARTITION BY (keep, toDate(ts))
    PRIMARY KEY (intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}), id, ts)
    ORDER BY (intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}), id, ts, cityHash64(body, meta))
    SETTINGS ${SYNC}, ${DEDUP}, merge_selector_base = 24, min_parts_to_merge_at_once = 6, merge_max_block_size = 8192,
      merge_max_block_size_bytes = 1048576, max_parts_to_merge_at_once = 7, index_granularity = 8192, default_compression_codec = 'ZSTD(1)'`,
    asMade('stream_days'),
    `CREATE TABLE IF NOT EXISTS {db}.spans (
      keep UInt32 CODEC(ZSTD(1)),
      res UInt64 CODEC(ZSTD(1)),
      ts DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
      dur Int64 CODEC(T64, ZSTD(1)),
      trace FixedString(16) CODEC(ZSTD(1)),
      span UInt64 CODEC(NONE),
      parent UInt64 CODEC(ZSTD(1)),
      name LowCardinality(String) CODEC(ZSTD(1)),
      kind UInt8 CODEC(ZSTD(1)),
      status UInt8 CODEC(ZSTD(1)),
      message String CODEC(ZSTD(1)),
      state String CODEC(ZSTD(1)),
      scope LowCardinality(String) CODEC(ZSTD(1)),
      attrs Map(LowCardinality(String), String) CODEC(ZSTD(1)),
      events String CODEC(ZSTD(1)),
      links String CODEC(ZSTD(1)),
      lists UInt8 DEFAULT arrayExists(v -> substring(v, 1, 1) IN ('S', 'I', 'F', 'B'), mapValues(attrs)) CODEC(ZSTD(1)),
      INDEX traces trace TYPE bloom_filter(0.001) GRANULARITY 1,
      INDEX vals mapValues(attrs) TYPE bloom_filter(0.005) GRANULARITY 1,
      INDEX lists lists TYPE minmax GRANULARITY 1,
      INDEX event_words events TYPE tokenbf_v1(4096, 2, 0) GRANULARITY 1,
      INDEX link_words links TYPE tokenbf_v1(4096, 2, 0) GRANULARITY 1,
      INDEX statuses status TYPE minmax GRANULARITY 1
    ) ENGINE = ReplacingMergeTree
    PARTITION BY (keep, toDate(ts))
    PRIMARY KEY (intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS}), res, ts)
    ORDER BY (intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS}), res, ts, trace, span)
    SETTINGS ${SYNC}, ${DEDUP}, ${MERGES}, ${LINE_MERGES}, index_granularity = 1024, index_granularity_bytes = 1048576`,
    `CREATE TABLE IF NOT EXISTS {db}.trace_times (
      keep UInt32 CODEC(ZSTD(1)),
      day Date CODEC(ZSTD(1)),
      trace FixedString(16) CODEC(ZSTD(1)),
      first Int64 CODEC(ZSTD(1)),
      last Int64 CODEC(ZSTD(1))
    ) ENGINE = MergeTree
    PARTITION BY (keep, day)
    ORDER BY trace
    SETTINGS ${SYNC}, ${DEDUP}, ${MERGES}, index_granularity = 256`,
    asMade('resource_days'),
    ...['doomed_lines', 'sample_buckets', 'bucket_days', 'bucket_series_days'].map(asMade),
  ],
}

/** The statement that made a table which no migration has changed since. */
function asMade(table: string): string {
  const beginning = `CREATE TABLE IF NOT EXISTS {db}.${table} (`
  const made = MIGRATIONS.flatMap(({ statements }) => statements).find((statement) =>
    statement.startsWith(beginning),
  )
  if (made === undefined) throw new Error(`no migration makes ${table}`)
  return made
}
