import type { StoreClient } from '../client.ts'
import { makeBuckets, type SampleSlice, whereSlice } from './bucket-sql.ts'
import { DAY_MS } from './day-ledger.ts'

const CHUNK_MS = 7_200_000
const ID_SPACE = 2n ** 64n

/** A UTC day of one retention class, to be made in one resolution. */
export interface DayToMake {
  readonly keepSeconds: number
  readonly resolutionMs: number
  readonly day: number
  readonly made: number
}

/** Raw samples of one metric name, by the hash of the name. */
interface MetricSize {
  readonly hash: number
  readonly samples: number
}

/**
 * Makes the buckets of a day, slice by slice; resolves to how many raw samples there were. They count when the day is noted as made;
 * what an interruption leaves has a number that never will be. Rejects as the client does, and when `signal` is aborted.
 */
export async function makeDay(
  client: StoreClient,
  toMake: DayToMake,
  signal: AbortSignal,
  samplesPerSlice: number,
): Promise<number> {
  const { keepSeconds, resolutionMs, day, made } = toMake
  const whole = { keepSeconds, afterMs: day * DAY_MS, untilMs: (day + 1) * DAY_MS }
  const metrics = await countByMetric(client, whole)
  for (const slice of slicesOf(whole, metrics, samplesPerSlice)) {
    signal.throwIfAborted()
    await client.command(makeBuckets(slice, resolutionMs, made), {
      max_threads: 1,
      // What is deleted is left out before the engine has rewritten its parts.
      apply_mutations_on_fly: 1,
    })
  }
  await keepLabels(client, keepSeconds, day)
  return metrics.reduce((sum, { samples }) => sum + samples, 0)
}

async function countByMetric(
  client: StoreClient,
  whole: SampleSlice,
): Promise<readonly MetricSize[]> {
  const rows = await client.rows(
    `SELECT mh, count() AS n FROM {db}.samples WHERE ${whereSlice(whole)} GROUP BY mh ORDER BY mh`,
  )
  return rows.map((row) => ({ hash: Number(row['mh']), samples: Number(row['n']) }))
}

/** Small metrics together, large ones in stretches of time and, where these are large, of ids, which are hashes. */
export function* slicesOf(
  whole: SampleSlice,
  metrics: readonly MetricSize[],
  samplesPerSlice: number,
): Iterable<SampleSlice> {
  let from = 0
  let sum = 0
  for (const [i, { samples }] of metrics.entries()) {
    if (sum + samples > samplesPerSlice && i > from) {
      yield sliceOf(whole, metrics[from], metrics[i - 1])
      from = i
      sum = 0
    }
    if (samples > samplesPerSlice) {
      yield* piecesOf(sliceOf(whole, metrics[i], metrics[i]), samples, samplesPerSlice)
      from = i + 1
    } else sum += samples
  }
  if (from < metrics.length) yield sliceOf(whole, metrics[from], metrics.at(-1))
}

function sliceOf(
  whole: SampleSlice,
  first: MetricSize | undefined,
  last: MetricSize | undefined,
): SampleSlice {
  return { ...whole, hashes: [first?.hash ?? 0, last?.hash ?? 0] }
}

function* piecesOf(
  slice: SampleSlice,
  samples: number,
  samplesPerSlice: number,
): Iterable<SampleSlice> {
  const chunks = (slice.untilMs - slice.afterMs) / CHUNK_MS
  const parts = BigInt(Math.ceil(samples / chunks / samplesPerSlice))
  for (let afterMs = slice.afterMs; afterMs < slice.untilMs; afterMs += CHUNK_MS) {
    const chunk = { ...slice, afterMs, untilMs: afterMs + CHUNK_MS }
    for (let part = 0n; part < parts; part++) {
      const ids = [(ID_SPACE * part) / parts, (ID_SPACE * (part + 1n)) / parts - 1n] as const
      yield parts === 1n ? chunk : { ...chunk, ids }
    }
  }
}

/** The labels outlive those that stand beside the raw samples. Those of the next day may be of its midnight. */
async function keepLabels(client: StoreClient, keepSeconds: number, day: number): Promise<void> {
  const date = `toDate(${day})`
  await client.command(
    `INSERT INTO {db}.bucket_series_days (keep, month, id, labels, first_day, last_day)
     SELECT keep, toStartOfMonth(${date}), id, any(labels), ${date}, ${date} FROM {db}.series_days
     WHERE keep = ${keepSeconds} AND day IN (${date}, toDate(${day + 1})) GROUP BY keep, id`,
  )
}
