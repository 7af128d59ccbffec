import { decodeNative } from '../formats/clickhouse-native/decode.ts'
import { Labels } from '../model/labels.ts'
import type { MetricMetadata, MetricType } from '../model/samples.ts'
import { wordsOf } from '../model/stale.ts'
import type { StoreClient } from './client.ts'

const DAY_MS = 86_400_000
const METRIC_TYPES: ReadonlySet<string> = new Set<MetricType>([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
])

/**
 * Reads every series (or stream of log lines, or resource of spans) back. The times given are those of its first and last UTC day: bounds around its samples. `last` tells where
 * its labels were stored last. In a store that is shared one id may come with several label sets, see `SeriesIndex.restore`; `where`
 * is a condition of SQL that the rows are to fulfil.
 */
export async function loadSeries(
  client: StoreClient,
  add: (
    labels: Labels,
    low: number,
    high: number,
    firstMs: number,
    lastMs: number,
    last: { readonly day: number; readonly keepSeconds: number },
  ) => void,
  table: 'series_days' | 'stream_days' | 'resource_days' = 'series_days',
  where = '1',
): Promise<void> {
  const labelsAndKeys = client.isShared
    ? { labels: 'labels', keys: 'id, labels' }
    : { labels: 'any(labels) AS labels', keys: 'id' }
  const bytes = await client.native(
    `SELECT id, ${labelsAndKeys.labels}, toUInt32(min(day)) AS first_day, toUInt32(max(day)) AS last_day,
       argMax(keep, day) AS last_keep
     FROM {db}.${table} WHERE ${where} GROUP BY ${labelsAndKeys.keys}`,
  )
  for (const block of decodeNative(bytes)) {
    const id = block.uint64Words('id')
    const first = block.uint32('first_day')
    const last = block.uint32('last_day')
    const keep = block.uint32('last_keep')
    const { offsets, keys, values } = block.stringMap('labels')
    for (let row = 0; row < block.rows; row++) {
      const pairs: [string, string][] = []
      for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) {
        pairs.push([keys[i] as string, values[i] as string])
      }
      const lastDay = last[row] as number
      add(
        Labels.fromPairs(pairs),
        id[row * 2] as number,
        id[row * 2 + 1] as number,
        (first[row] as number) * DAY_MS,
        (lastDay + 1) * DAY_MS - 1,
        { day: lastDay, keepSeconds: keep[row] as number },
      )
    }
  }
}

export interface RecentSamples {
  readonly fromMs: number
  readonly untilMs: number
  /** When the range holds more, it is shortened from its beginning. */
  readonly maxRows: number
  readonly refOf: (low: number, high: number) => number
  readonly add: (ref: number, timestampMs: number, low: number, high: number) => void
}

/** Reads the newest samples of all series; resolves to the time from which on all were read. */
export async function loadRecentSamples(
  client: StoreClient,
  recent: RecentSamples,
): Promise<number> {
  const fromMs = await startThatFits(client, recent)
  const bytes = await client.native(
    `SELECT id, ts, v FROM {db}.samples WHERE ${from(fromMs)} ORDER BY mh, intDiv(toUnixTimestamp64Milli(ts), 7200000), id, ts`,
  )
  for (const block of decodeNative(bytes)) {
    const id = block.uint64Words('id')
    const ts = block.float64('ts')
    const words = wordsOf(block.float64('v'))
    for (let row = 0; row < block.rows; row++) {
      const ref = recent.refOf(id[row * 2] as number, id[row * 2 + 1] as number)
      if (ref >= 0)
        recent.add(ref, ts[row] as number, words[row * 2] as number, words[row * 2 + 1] as number)
    }
  }
  return fromMs
}

async function startThatFits(client: StoreClient, recent: RecentSamples): Promise<number> {
  for (let spanMs = recent.untilMs - recent.fromMs; spanMs > 60_000; spanMs /= 2) {
    const fromMs = Math.floor(recent.untilMs - spanMs)
    const rows = await client.rows(`SELECT count() AS n FROM {db}.samples WHERE ${from(fromMs)}`)
    if (Number(rows[0]?.['n'] ?? 0) <= recent.maxRows) return fromMs
  }
  return recent.untilMs
}

function from(fromMs: number): string {
  return `ts >= fromUnixTimestamp64Milli(${fromMs}, 'UTC') AND intDiv(toUnixTimestamp64Milli(ts), 7200000) >= ${Math.floor(fromMs / 7_200_000)}`
}

/** `where` is a condition of SQL that the rows are to fulfil. */
export async function loadMetadata(client: StoreClient, where: string): Promise<MetricMetadata[]> {
  const rows = await client.rows(
    `SELECT family, type, help, unit FROM {db}.metric_metadata FINAL WHERE ${where} ORDER BY family, seen LIMIT 50000`,
  )
  return rows.map((row) => ({
    family: String(row['family']),
    type: toMetricType(String(row['type'])),
    help: String(row['help']),
    unit: String(row['unit']),
  }))
}

function toMetricType(text: string): MetricType {
  return isMetricType(text) ? text : 'unknown'
}

function isMetricType(text: string): text is MetricType {
  return METRIC_TYPES.has(text)
}
