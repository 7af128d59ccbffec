import { Labels } from '../../src/model/labels.ts'
import type { SampleBatch } from '../../src/model/samples.ts'
import { wordsOf, writeStale } from '../../src/model/stale.ts'

/** A generator of the same numbers for the same seed, in 0 … 1. */
export type Random = () => number

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T
}

const MIDNIGHT_MS = 86_400_000

/**
 * Random counters (`c_total`) and gauges (`g`) in [startMs, endMs]: with resets, gaps, NaN, infinities, staleness markers, samples on the
 * borders of buckets and at midnight, and stretches of equal values.
 */
export function randomSeries(
  random: Random,
  count: number,
  startMs: number,
  endMs: number,
): SampleBatch {
  const series: Labels[] = []
  const rows: { index: number; timestampMs: number; value: number | 'stale' }[] = []
  for (let index = 0; index < count; index++) {
    const isCounter = random() < 0.5
    series.push(Labels.from({ __name__: isCounter ? 'c_total' : 'g', i: String(index) }))
    const intervalMs = pick(random, [15_000, 60_000, 77_000, 300_000, 1_000_000])
    let timestampMs = startMs + Math.floor(random() * intervalMs)
    let value = Math.floor(random() * 1000)
    while (timestampMs <= endMs) {
      const chance = random()
      if (chance < 0.004) timestampMs += Math.floor(random() * 5 * 3_600_000)
      else if (chance < 0.02) timestampMs = Math.ceil(timestampMs / 300_000) * 300_000
      else if (chance < 0.021) timestampMs = Math.ceil(timestampMs / MIDNIGHT_MS) * MIDNIGHT_MS
      if (timestampMs > endMs) break
      if (isCounter) value = random() < 0.01 ? Math.floor(random() * 5) : value + random() * 10
      else if (random() < 0.7) value = (random() - 0.3) * 100
      const special = random()
      let shown: number | 'stale' = value
      if (special < 0.01) shown = 'stale'
      else if (special < 0.013) shown = NaN
      else if (special < 0.0135) shown = pick(random, [Infinity, -Infinity])
      rows.push({ index, timestampMs, value: shown })
      timestampMs += intervalMs + (random() < 0.3 ? Math.floor(random() * 2000) : 0)
    }
  }
  return batchOf(series, rows)
}

function batchOf(
  series: readonly Labels[],
  rows: readonly { index: number; timestampMs: number; value: number | 'stale' }[],
): SampleBatch {
  const values = new Float64Array(rows.length)
  const words = wordsOf(values)
  for (const [i, { value }] of rows.entries()) {
    if (value === 'stale') writeStale(words, i)
    else values[i] = value
  }
  return {
    series,
    seriesIndex: Uint32Array.from(rows, ({ index }) => index),
    timestampsMs: Float64Array.from(rows, ({ timestampMs }) => timestampMs),
    values,
  }
}
