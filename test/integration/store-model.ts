import type { Labels } from '../../src/model/labels.ts'
import type { SampleBatch } from '../../src/model/samples.ts'
import { wordsOf } from '../../src/model/stale.ts'
import type { SeriesColumns } from '../../src/store/metrics-source.ts'

/** A sample as the store must give it back: the value by its bits. */
export interface Sample {
  readonly series: Labels
  readonly timestampMs: number
  readonly low: number
  readonly high: number
}

/** Numbers that look random and come again with the same seed (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}

const DAY_MS = 86_400_000

export type Verdict = 'new' | 'same' | 'conflict' | 'out_of_bounds'

/** What the store must hold, in plain maps: by series, by time, the bits of the value. */
export class StoreModel {
  readonly samples = new Map<string, Map<number, string>>()
  readonly #keepMs: (series: Labels) => number

  constructor(keepMs: (series: Labels) => number) {
    this.#keepMs = keepMs
  }

  /** What the store has to say to a sample. */
  judge(sample: Sample, nowMs: number): Verdict {
    const { series, timestampMs } = sample
    if (timestampMs < 0 || timestampMs > nowMs + 600_000) return 'out_of_bounds'
    if (timestampMs < nowMs - this.#keepMs(series)) return 'out_of_bounds'
    const known = this.samples.get(series.key)?.get(timestampMs)
    if (known === undefined) return 'new'
    return known === bitsOf(sample) ? 'same' : 'conflict'
  }

  take(sample: Sample): void {
    const { key } = sample.series
    const times = this.samples.get(key) ?? new Map<number, string>()
    this.samples.set(key, times)
    times.set(sample.timestampMs, bitsOf(sample))
  }

  delete(isWanted: (labels: string) => boolean, startMs: number, endMs: number): void {
    for (const [key, times] of this.samples) {
      if (!isWanted(key)) continue
      for (const time of times.keys()) if (time >= startMs && time <= endMs) times.delete(time)
    }
  }

  /** Days that ended before the retention of the series are dropped whole. */
  expire(nowMs: number, keepMs: (key: string) => number): void {
    for (const [key, times] of this.samples) {
      for (const time of times.keys()) {
        const dayEndMs = (Math.floor(time / DAY_MS) + 1) * DAY_MS
        if (dayEndMs <= nowMs - keepMs(key)) times.delete(time)
      }
    }
  }

  get size(): number {
    let size = 0
    for (const times of this.samples.values()) size += times.size
    return size
  }
}

export function bitsOf({ low, high }: { low: number; high: number }): string {
  return `${low}:${high}`
}

export function batchOf(samples: readonly Sample[]): SampleBatch {
  const series: Labels[] = []
  const places = new Map<string, number>()
  const values = new Float64Array(samples.length)
  const words = wordsOf(values)
  const seriesIndex = new Uint32Array(samples.length)
  for (const [row, sample] of samples.entries()) {
    const { key } = sample.series
    const place = places.get(key) ?? series.push(sample.series) - 1
    places.set(key, place)
    seriesIndex[row] = place
    words[row * 2] = sample.low
    words[row * 2 + 1] = sample.high
  }
  const timestampsMs = Float64Array.from(samples, (sample) => sample.timestampMs)
  return { series, seriesIndex, timestampsMs, values }
}

/** An answer as maps. Throws where it breaks the promises of `SeriesColumns`. */
export function readColumns(columns: SeriesColumns): Map<string, Map<number, string>> {
  const { labels, offsets, timestampsMs, values } = columns
  if (offsets.length !== labels.length + 1 || offsets[0] !== 0) {
    throw new Error(`${labels.length} series with ${offsets.length} offsets from ${offsets[0]}`)
  }
  if (offsets[labels.length] !== values.length || values.length !== timestampsMs.length) {
    throw new Error(`offsets end at ${offsets[labels.length]}, there are ${values.length} values`)
  }
  const words = wordsOf(values)
  const out = new Map<string, Map<number, string>>()
  for (const [i, one] of labels.entries()) {
    if (out.has(one.key)) throw new Error(`${one.toString()} comes twice`)
    const times = new Map<number, string>()
    out.set(one.key, times)
    let last = Number.NEGATIVE_INFINITY
    for (let row = offsets[i] as number; row < (offsets[i + 1] as number); row++) {
      const time = timestampsMs[row] as number
      if (!(time > last)) throw new Error(`${one.toString()}: ${time} comes after ${last}`)
      last = time
      const [low, high] = [words[row * 2] as number, words[row * 2 + 1] as number]
      times.set(time, bitsOf({ low, high }))
    }
    if (times.size === 0) throw new Error(`${one.toString()} has no samples`)
  }
  return out
}
