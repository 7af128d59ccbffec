import type { BucketColumn, BucketReading } from './bucket-columns.ts'

const RAW_BUCKET_MS = 7_200_000
const STALE = '0x7ff0000000000002'

/** Samples that one statement makes into buckets. Bounds of metric hashes and ids are inclusive. */
export interface SampleSlice {
  readonly keepSeconds: number
  /** Samples after `afterMs` up to and with `untilMs`; both on the border of buckets. */
  readonly afterMs: number
  readonly untilMs: number
  readonly hashes?: readonly [number, number]
  readonly ids?: readonly [bigint, bigint]
}

const COLUMNS =
  'keep, res, made, mh, id, start, n, first_at, last_at, before_at, stale_at, resets, changes, first, last, before, min, max, sum, lost'

/** The WHERE clause of a slice of the table of samples. All numbers in it are our own. */
export function whereSlice({ keepSeconds, afterMs, untilMs, hashes, ids }: SampleSlice): string {
  const clauses = [
    `keep = ${keepSeconds}`,
    `ts > fromUnixTimestamp64Milli(${afterMs}, 'UTC') AND ts <= fromUnixTimestamp64Milli(${untilMs}, 'UTC')`,
    `intDiv(toUnixTimestamp64Milli(ts), ${RAW_BUCKET_MS}) BETWEEN ${Math.floor(afterMs / RAW_BUCKET_MS)} AND ${Math.floor(untilMs / RAW_BUCKET_MS)}`,
  ]
  if (hashes !== undefined) clauses.push(`mh BETWEEN ${hashes[0]} AND ${hashes[1]}`)
  if (ids !== undefined) clauses.push(`id BETWEEN ${ids[0]} AND ${ids[1]}`)
  return clauses.join(' AND ')
}

/**
 * Makes the buckets of a slice, each of the samples after its start up to and with its end. Staleness markers are no samples: only the
 * time of one that no sample follows is kept. Copies of a sample, which an insert that was repeated may leave, count once. NaN is neither
 * the least nor the greatest where there is a number, and no reset comes from it, as in Prometheus.
 */
export function makeBuckets(slice: SampleSlice, resolutionMs: number, made: number): string {
  const seconds = resolutionMs / 1000
  return `INSERT INTO {db}.sample_buckets (${COLUMNS})
    SELECT ${slice.keepSeconds}, ${seconds}, ${made}, mh, id, toDateTime(b * ${seconds}, 'UTC'),
      countIf(NOT s) AS n,
      if(n = 0, 0, minIf(t, NOT s) - b * ${resolutionMs}) AS first_at,
      if(n = 0, 0, maxIf(t, NOT s) - b * ${resolutionMs}) AS last_at,
      if(n < 2, 0, argMaxIf(pt, t, NOT s) - b * ${resolutionMs}),
      if(maxIf(t, s) > maxIf(t, NOT s), maxIf(t, s) - b * ${resolutionMs}, 0),
      countIf(p AND v < pv),
      countIf(p AND v != pv AND NOT (isNaN(v) AND isNaN(pv))),
      argMinIf(v, t, NOT s),
      argMaxIf(v, t, NOT s),
      if(n < 2, 0, argMaxIf(pv, t, NOT s)),
      if(countIf(NOT isNaN(v)) = 0, nan, minIf(v, NOT isNaN(v))),
      if(countIf(NOT isNaN(v)) = 0, nan, maxIf(v, NOT isNaN(v))),
      if(isFinite(sumIf(v, NOT s)), sumKahanIf(v, NOT s), sumIf(v, NOT s)),
      sumIf(pv, p AND v < pv)
    FROM (
      SELECT mh, id, b, s, t, v, pv, pt, pt >= 0 AND NOT s AS p FROM (
        SELECT mh, id, b, s, t, v, lagInFrame(t, 1, -1) OVER w AS pt, lagInFrame(v, 1, 0) OVER w AS pv
        FROM (
          SELECT mh, id, v, toUnixTimestamp64Milli(ts) AS t, intDiv(t - 1, ${resolutionMs}) AS b,
            reinterpretAsUInt64(v) = ${STALE} AS s
          FROM {db}.samples WHERE ${whereSlice(slice)}
        )
        WINDOW w AS (PARTITION BY mh, id, b ORDER BY s, t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
      ) WHERE pt != t
    )
    GROUP BY mh, id, b`
}

const START_MS = 'toFloat64(toUnixTimestamp(start)) * 1000'

/** The columns of a reading, as expressions over a bucket. */
const EXTRA: Readonly<Record<BucketColumn, string>> = {
  counts: 'toFloat64(n)',
  sums: 'sum',
  firstTimesMs: `${START_MS} + first_at`,
  firsts: 'first',
  lost: 'lost',
  resets: 'toFloat64(resets)',
  changes: 'toFloat64(changes)',
  beforeTimesMs: `if(before_at = 0, 0, ${START_MS} + before_at)`,
  befores: 'before',
}

const EXTRAS_OF: Readonly<Record<BucketReading, readonly BucketColumn[]>> = {
  last: [],
  first: [],
  min: [],
  max: [],
  mean: [],
  counts: ['counts'],
  sums: ['sums', 'counts'],
  ranges: ['counts', 'firstTimesMs', 'firsts', 'lost'],
  resets: ['firsts', 'resets'],
  changes: ['firsts', 'changes'],
  pairs: ['beforeTimesMs', 'befores'],
}

/** What stands beside the value for a reading. */
export function extraColumns(reading: BucketReading): readonly BucketColumn[] {
  return EXTRAS_OF[reading]
}

function valueOf(reading: BucketReading): string {
  switch (reading) {
    case 'first':
    case 'min':
    case 'max':
      return reading
    case 'mean':
      return 'sum / n'
    default:
      return 'last'
  }
}

/**
 * The columns `t` (milliseconds), `v` and those of the reading, in a SELECT. For `last` there is `e`, too: the time of the staleness
 * marker behind the last sample, 0 for none; a bucket that has only the marker has it at `t`.
 */
export function selectReading(reading: BucketReading): string {
  const at = reading === 'first' ? 'first_at' : 'if(n = 0, stale_at, last_at)'
  const columns = [`${START_MS} + ${at} AS t`, `${valueOf(reading)} AS v`]
  for (const name of EXTRAS_OF[reading]) columns.push(`${EXTRA[name]} AS ${name}`)
  if (reading === 'last') columns.push(`if(stale_at = 0, 0, ${START_MS} + stale_at) AS e`)
  return columns.join(', ')
}
