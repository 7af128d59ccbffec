/**
 * The tables of metrics, logs and traces. Statements are templates: `{db}` is the quoted database name. The order of a list is the order of
 * execution; a statement is never edited once released: a change is a new migration at the end of `MIGRATIONS`, and the same in `NEWEST_TABLES`.
 *
 * - `samples`: one row a sample. Differences of the bits of successive values compress counters a quarter to two thirds better than
 *   the values themselves, gauges about the same, and keep every bit. `keep` is the retention in seconds of the rule that matched when the sample was written (0: the
 *   default), so that retention drops whole partitions. Sorted by metric, two-hour bucket, series, time: a query reads the
 *   granules of its metrics and its hours.
 * - `series_days`: the labels of each series, once a UTC day on which it has samples.
 * - `lines`: one row a log line, `stream_days` its labels as `series_days` has those of series. Sorted by ten minutes, stream, time:
 *   the newest lines of many streams are in few granules, and those of one stream in one a bucket. Two rows of one stream with the
 *   same time, text and structured metadata are one line: they are folded by merges, and by whoever reads until then.
 * - `spans`: one row a span, `resource_days` the attributes of its resource as `stream_days` has the labels of streams. Sorted by ten minutes,
 *   resource, time. Attributes are typed texts (model/attribute-value.ts). Rows with the same trace and span id at one time are one span.
 * - `trace_times`: from when to when a trace has spans, a row for each batch that had some of it: where to look for the spans of an id.
 * - `sample_buckets`: what became of the samples of five minutes or of an hour (docs/downsampling.md). A bucket is open at its start, as the
 *   ranges of PromQL are. Rows of one UTC day, resolution and retention class carry the number of their making, `made`; they count when
 *   `bucket_days` names that number. `bucket_series_days` has the labels of their series, once a month.
 * - `histograms`: native histograms as they were received (prometheus.Histogram protobuf); reading decodes them.
 */
export interface Migration {
  readonly version: number
  readonly statements: readonly string[]
}

/** Merged parts are synced, too: then the parts that they replace need not be kept as a precaution for long. */
export const SYNC =
  'fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, old_parts_lifetime = 30'
export const DEDUP = 'non_replicated_deduplication_window = 1000'
/**
 * Inserts come often and small. With the engine's own choice a row is merged seventeen times over 180 inserts; with these, twice,
 * for some tens of parts in the partition of today.
 */
export const MERGES =
  'merge_selector_base = 24, min_parts_to_merge_at_once = 10, merge_max_block_size = 8192'

/**
 * Lines are long: a merge holds a block of every part it reads. With the engine's own choice its memory rose by 200 MiB while a
 * million lines came in, with these by 60 to 110.
 */
export const LINE_MERGES = 'merge_max_block_size_bytes = 1048576, max_parts_to_merge_at_once = 12'

/** Of the columns of a line that are short: four granules. */
export const LINE_BLOCKS = 'min_compress_block_size = 262144, max_compress_block_size = 262144'
/** Buckets have twenty columns: a merge holds a block of each, of every part that it reads and of the one that it writes. */
const BUCKET_MERGES =
  'merge_max_block_size = 2048, max_parts_to_merge_at_once = 8, max_compress_block_size = 262144'
const IN_BACKGROUND = 'alter_sync = 0, mutations_sync = 0'

/** Lines are sorted by this many nanoseconds first. Part of the data on disk: in the text of a migration. */
export const LINE_BUCKET_NS = 600_000_000_000n

/** Spans are sorted by this many nanoseconds first. Part of the data on disk. */
export const SPAN_BUCKET_NS = 600_000_000_000n

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: [
      `CREATE TABLE IF NOT EXISTS {db}.samples (
        keep UInt32 CODEC(ZSTD(1)),
        mh UInt32 CODEC(ZSTD(1)),
        id UInt64 CODEC(Delta, ZSTD(1)),
        ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
        v Float64 CODEC(Delta(8), ZSTD(1))
      ) ENGINE = MergeTree
      PARTITION BY (keep, toDate(ts))
      ORDER BY (mh, intDiv(toUnixTimestamp64Milli(ts), 7200000), id, ts)
      SETTINGS index_granularity = 2048, ${SYNC}, ${DEDUP}, ${MERGES}`,
      `CREATE TABLE IF NOT EXISTS {db}.series_days (
        keep UInt32 CODEC(ZSTD(1)),
        day Date CODEC(ZSTD(1)),
        id UInt64 CODEC(ZSTD(1)),
        mh UInt32 CODEC(ZSTD(1)),
        labels Map(LowCardinality(String), String) CODEC(ZSTD(1))
      ) ENGINE = ReplacingMergeTree
      PARTITION BY (keep, day)
      ORDER BY id
      SETTINGS ${SYNC}, ${DEDUP}`,
      `CREATE TABLE IF NOT EXISTS {db}.exemplars (
        mh UInt32 CODEC(ZSTD(1)),
        id UInt64 CODEC(ZSTD(1)),
        ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
        v Float64 CODEC(ZSTD(1)),
        labels Map(LowCardinality(String), String) CODEC(ZSTD(1))
      ) ENGINE = ReplacingMergeTree
      PARTITION BY toDate(ts)
      ORDER BY (mh, id, ts, v)
      SETTINGS ${SYNC}, ${DEDUP}`,
      `CREATE TABLE IF NOT EXISTS {db}.histograms (
        keep UInt32 CODEC(ZSTD(1)),
        mh UInt32 CODEC(ZSTD(1)),
        id UInt64 CODEC(ZSTD(1)),
        ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
        data String CODEC(ZSTD(1))
      ) ENGINE = ReplacingMergeTree
      PARTITION BY (keep, toDate(ts))
      ORDER BY (mh, id, ts)
      SETTINGS ${SYNC}, ${DEDUP}`,
      `CREATE TABLE IF NOT EXISTS {db}.metric_metadata (
        family String,
        type LowCardinality(String),
        help String,
        unit String,
        seen DateTime
      ) ENGINE = ReplacingMergeTree(seen)
      ORDER BY (family, type, help, unit)
      SETTINGS ${SYNC}, ${DEDUP}`,
    ],
  },
  {
    version: 2,
    statements: [
      `CREATE TABLE IF NOT EXISTS {db}.lines (
        keep UInt32 CODEC(ZSTD(1)),
        id UInt64 CODEC(Delta, ZSTD(1)),
        ts DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
        body String CODEC(ZSTD(3)),
        meta Map(LowCardinality(String), String) CODEC(ZSTD(1)),
        INDEX tokens body TYPE tokenbf_v1(65536, 3, 0) GRANULARITY 1
      ) ENGINE = ReplacingMergeTree
      PARTITION BY (keep, toDate(ts))
      PRIMARY KEY (intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}), id, ts)
      ORDER BY (intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}), id, ts, cityHash64(body, meta))
      SETTINGS ${SYNC}, ${DEDUP}, ${MERGES}, ${LINE_MERGES}`,
      `CREATE TABLE IF NOT EXISTS {db}.stream_days (
        keep UInt32 CODEC(ZSTD(1)),
        day Date CODEC(ZSTD(1)),
        id UInt64 CODEC(ZSTD(1)),
        mh UInt32 CODEC(ZSTD(1)),
        labels Map(LowCardinality(String), String) CODEC(ZSTD(1))
      ) ENGINE = ReplacingMergeTree
      PARTITION BY (keep, day)
      ORDER BY id
      SETTINGS ${SYNC}, ${DEDUP}`,
    ],
  },
  {
    // A filter of words a fourth as large and with two hashes rules out as much for the lines of services (a needle has several words),
    // and costs half as much to make. Larger blocks of times and ids compress to two thirds. What is stored already keeps its codecs
    // until it is merged; its filters are made anew in the background.
    version: 3,
    statements: [
      `ALTER TABLE {db}.lines MODIFY COLUMN id UInt64 CODEC(ZSTD(3))`,
      `ALTER TABLE {db}.lines MODIFY COLUMN ts DateTime64(9, 'UTC') CODEC(GCD, Delta, ZSTD(3))`,
      `ALTER TABLE {db}.lines MODIFY COLUMN id MODIFY SETTING ${LINE_BLOCKS}`,
      `ALTER TABLE {db}.lines MODIFY COLUMN ts MODIFY SETTING ${LINE_BLOCKS}`,
      `ALTER TABLE {db}.lines DROP INDEX IF EXISTS tokens SETTINGS ${IN_BACKGROUND}`,
      `ALTER TABLE {db}.lines ADD INDEX IF NOT EXISTS words body TYPE tokenbf_v1(16384, 2, 0) GRANULARITY 1`,
      `ALTER TABLE {db}.lines MATERIALIZE INDEX words SETTINGS ${IN_BACKGROUND}`,
    ],
  },
  {
    version: 4,
    statements: [
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
        INDEX traces trace TYPE bloom_filter(0.001) GRANULARITY 1
      ) ENGINE = ReplacingMergeTree
      PARTITION BY (keep, toDate(ts))
      PRIMARY KEY (intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS}), res, ts)
      ORDER BY (intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS}), res, ts, trace, span)
      SETTINGS ${SYNC}, ${DEDUP}, ${MERGES}, ${LINE_MERGES}`,
      `CREATE TABLE IF NOT EXISTS {db}.trace_times (
        keep UInt32 CODEC(ZSTD(1)),
        day Date CODEC(ZSTD(1)),
        trace FixedString(16) CODEC(ZSTD(1)),
        first Int64 CODEC(ZSTD(1)),
        last Int64 CODEC(ZSTD(1))
      ) ENGINE = MergeTree
      PARTITION BY (keep, day)
      ORDER BY trace
      SETTINGS ${SYNC}, ${DEDUP}, ${MERGES}`,
      `CREATE TABLE IF NOT EXISTS {db}.resource_days (
        keep UInt32 CODEC(ZSTD(1)),
        day Date CODEC(ZSTD(1)),
        id UInt64 CODEC(ZSTD(1)),
        mh UInt32 CODEC(ZSTD(1)),
        labels Map(LowCardinality(String), String) CODEC(ZSTD(1))
      ) ENGINE = ReplacingMergeTree
      PARTITION BY (keep, day)
      ORDER BY id
      SETTINGS ${SYNC}, ${DEDUP}`,
    ],
  },
  {
    // Lines of one stream and nanosecond keep the order in which they came. It tells no two lines apart, so it is not sorted by.
    version: 5,
    statements: [
      `ALTER TABLE {db}.lines ADD COLUMN IF NOT EXISTS seq UInt16 CODEC(ZSTD(1)) AFTER ts`,
    ],
  },
  {
    // A merge holds some granules of each part, a megabyte of lines apiece: 60 to 74 MiB with twelve parts, 35 to 40 with seven.
    version: 6,
    statements: [
      `ALTER TABLE {db}.lines MODIFY SETTING max_parts_to_merge_at_once = 7, min_parts_to_merge_at_once = 6`,
    ],
  },
  {
    // Ids of traces stand in the structured metadata of lines, and each is in few of them.
    version: 7,
    statements: [
      `ALTER TABLE {db}.lines ADD INDEX IF NOT EXISTS metas mapValues(meta) TYPE bloom_filter(0.01) GRANULARITY 1`,
      `ALTER TABLE {db}.lines MATERIALIZE INDEX metas SETTINGS ${IN_BACKGROUND}`,
    ],
  },
  {
    // Lines that a deletion has judged, until they are marked as deleted. Only while one is under way there is anything in it.
    version: 8,
    statements: [
      `CREATE TABLE IF NOT EXISTS {db}.doomed_lines (
        id UInt64,
        ts DateTime64(9, 'UTC'),
        hash UInt64
      ) ENGINE = MergeTree
      ORDER BY tuple()`,
    ],
  },
  {
    // A rare value of an attribute is in few granules: without the filters a search reads the attributes of all spans. Lists stand
    // in them as a whole, so that who looks for one of their items must know where lists are. Filters of words of events and links, because
    // an attribute without a scope may be theirs.
    version: 9,
    statements: [
      `ALTER TABLE {db}.spans ADD COLUMN IF NOT EXISTS lists UInt8 DEFAULT arrayExists(v -> substring(v, 1, 1) IN ('S', 'I', 'F', 'B'), mapValues(attrs)) CODEC(ZSTD(1))`,
      `ALTER TABLE {db}.spans ADD INDEX IF NOT EXISTS vals mapValues(attrs) TYPE bloom_filter(0.005) GRANULARITY 1`,
      `ALTER TABLE {db}.spans ADD INDEX IF NOT EXISTS lists lists TYPE minmax GRANULARITY 1`,
      `ALTER TABLE {db}.spans ADD INDEX IF NOT EXISTS event_words events TYPE tokenbf_v1(4096, 2, 0) GRANULARITY 1`,
      `ALTER TABLE {db}.spans ADD INDEX IF NOT EXISTS link_words links TYPE tokenbf_v1(4096, 2, 0) GRANULARITY 1`,
      `ALTER TABLE {db}.spans MATERIALIZE COLUMN lists SETTINGS ${IN_BACKGROUND}`,
      `ALTER TABLE {db}.spans MATERIALIZE INDEX vals SETTINGS ${IN_BACKGROUND}`,
      `ALTER TABLE {db}.spans MATERIALIZE INDEX lists SETTINGS ${IN_BACKGROUND}`,
      `ALTER TABLE {db}.spans MATERIALIZE INDEX event_words SETTINGS ${IN_BACKGROUND}`,
      `ALTER TABLE {db}.spans MATERIALIZE INDEX link_words SETTINGS ${IN_BACKGROUND}`,
    ],
  },
  {
    // A merge holds a granule of every part it reads, and who reads one trace holds those that it is in: 8192 spans with their attributes
    // are four megabytes. Merges of a dozen parts failed for want of memory, over and over. Parts go over as they are, and get the new
    // granules as they are merged. Repeated after an interruption this may bring spans twice, which read as one.
    version: 10,
    statements: [
      ...regrain(
        'spans',
        `ENGINE = ReplacingMergeTree
        PARTITION BY (keep, toDate(ts))
        PRIMARY KEY (intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS}), res, ts)
        ORDER BY (intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS}), res, ts, trace, span)
        SETTINGS ${SYNC}, ${DEDUP}, ${MERGES}, ${LINE_MERGES}, index_granularity = 1024, index_granularity_bytes = 1048576`,
      ),
      ...regrain(
        'trace_times',
        `ENGINE = MergeTree
        PARTITION BY (keep, day)
        ORDER BY trace
        SETTINGS ${SYNC}, ${DEDUP}, ${MERGES}, index_granularity = 256`,
      ),
    ],
  },
  {
    // Times of a bucket are milliseconds after its start, 0 where there is none. A month of hours has as many rows as two days and a
    // half of five minutes, and its partition as few parts.
    version: 11,
    statements: [
      `CREATE TABLE IF NOT EXISTS {db}.sample_buckets (
        keep UInt32 CODEC(ZSTD(1)),
        res UInt32 CODEC(ZSTD(1)),
        made UInt64 CODEC(ZSTD(1)),
        mh UInt32 CODEC(ZSTD(1)),
        id UInt64 CODEC(Delta, ZSTD(1)),
        start DateTime('UTC') CODEC(Delta, ZSTD(1)),
        n UInt32 CODEC(ZSTD(1)),
        first_at UInt32 CODEC(ZSTD(1)),
        last_at UInt32 CODEC(ZSTD(1)),
        before_at UInt32 CODEC(ZSTD(1)),
        stale_at UInt32 CODEC(ZSTD(1)),
        resets UInt32 CODEC(ZSTD(1)),
        changes UInt32 CODEC(ZSTD(1)),
        first Float64 CODEC(Delta(8), ZSTD(1)),
        last Float64 CODEC(Delta(8), ZSTD(1)),
        before Float64 CODEC(Delta(8), ZSTD(1)),
        min Float64 CODEC(Delta(8), ZSTD(1)),
        max Float64 CODEC(Delta(8), ZSTD(1)),
        sum Float64 CODEC(Delta(8), ZSTD(1)),
        lost Float64 CODEC(Delta(8), ZSTD(1))
      ) ENGINE = MergeTree
      PARTITION BY (keep, res, if(res < 3600, toDate(start), toStartOfMonth(start)))
      ORDER BY (mh, id, start)
      SETTINGS index_granularity = 2048, ${SYNC}, ${BUCKET_MERGES}`,
      `CREATE TABLE IF NOT EXISTS {db}.bucket_days (
        keep UInt32,
        res UInt32,
        day Date,
        made UInt64,
        block Int64,
        rows UInt64
      ) ENGINE = ReplacingMergeTree(made)
      ORDER BY (keep, res, day)
      SETTINGS ${SYNC}`,
      `CREATE TABLE IF NOT EXISTS {db}.bucket_series_days (
        keep UInt32 CODEC(ZSTD(1)),
        month Date CODEC(ZSTD(1)),
        id UInt64 CODEC(ZSTD(1)),
        labels SimpleAggregateFunction(any, Map(String, String)) CODEC(ZSTD(1)),
        first_day SimpleAggregateFunction(min, Date) CODEC(ZSTD(1)),
        last_day SimpleAggregateFunction(max, Date) CODEC(ZSTD(1))
      ) ENGINE = AggregatingMergeTree
      PARTITION BY (keep, month)
      ORDER BY id
      SETTINGS ${SYNC}`,
    ],
  },
  {
    // Failed spans are few: most granules have none, and who looks for those need not read the others. Two bytes a granule.
    version: 12,
    statements: [
      `ALTER TABLE {db}.spans ADD INDEX IF NOT EXISTS statuses status TYPE minmax GRANULARITY 1`,
      `ALTER TABLE {db}.spans MATERIALIZE INDEX statuses SETTINGS ${IN_BACKGROUND}`,
    ],
  },
  {
    // The files of indexes have the table's codec, LZ4 unless it is said, which leaves filters of words as large as they are. Every
    // column has its own. Parts that are there get it as they are merged.
    version: 13,
    statements: [`ALTER TABLE {db}.lines MODIFY SETTING default_compression_codec = 'ZSTD(1)'`],
  },
]

/** Gives a table granules of another size, which cannot be altered: another table takes its parts, which are linked, and its name. */
function regrain(table: string, engine: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS {db}.${table}_fine AS {db}.${table} ${engine}`,
    `ALTER TABLE {db}.${table}_fine ATTACH PARTITION ALL FROM {db}.${table}`,
    `EXCHANGE TABLES {db}.${table}_fine AND {db}.${table}`,
    `DROP TABLE {db}.${table}_fine SYNC`,
  ]
}
