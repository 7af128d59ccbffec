import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { KahanSum } from './kahan.ts'
import { Pace } from './pace.ts'
import { Stop } from './stop.ts'
import { type Slice, type WindowKernel, WindowRows, type WindowSource } from './window.ts'
import { MadOverTime, QuantileOverTime } from './window-order.ts'
import { CountSteps, ExtrapolatedRate } from './window-rate.ts'
import { ExtremeOverTime, FactOverTime, SumOverTime } from './window-sums.ts'

/** A reproducible series of numbers in 0 … 1. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

interface Sample {
  readonly timestampMs: number
  readonly value: number
}

function randomSeries(seed: number, length: number): Sample[] {
  const next = randomNumbers(seed)
  let timestampMs = 0
  let counter = 0
  return Array.from({ length }, () => {
    timestampMs += 1 + Math.floor(next() * 30_000)
    const kind = next()
    counter = kind < 0.1 ? 0 : kind < 0.2 ? counter : counter + Math.floor(next() * 10)
    return { timestampMs, value: kind > 0.97 ? NaN : counter }
  })
}

class OneSeries implements WindowSource {
  readonly labels = [Labels.EMPTY]
  readonly #samples: readonly Sample[]

  constructor(samples: readonly Sample[]) {
    this.#samples = samples
  }

  load(_row: number, slice: Slice): void {
    slice.timestampsMs = Float64Array.from(this.#samples, ({ timestampMs }) => timestampMs)
    slice.values = Float64Array.from(this.#samples, ({ value }) => value)
    slice.from = 0
    slice.to = this.#samples.length
  }
}

/** Evaluates a kernel over a grid and compares every window with a function of the samples in it. */
async function compare(
  kernel: WindowKernel,
  samples: readonly Sample[],
  rangeMs: number,
  reference: (window: readonly Sample[], endMs: number) => number | undefined,
): Promise<void> {
  const steps = 300
  const stepMs = 17_000
  const stop = new Stop({ query: '', startMs: 0, endMs: 0, stepMs: 0 }, 60_000)
  const pace = new Pace(stop)
  const times = { firstMs: 5000, stepMs }
  const rows = new WindowRows(new OneSeries(samples), kernel, times, rangeMs, steps, pace)
  const values = new Float64Array(steps)
  const present = new Uint8Array(steps)
  await rows.fill(0, values, present, 0)
  stop.release()
  const faults: string[] = []
  for (let step = 0; step < steps; step++) {
    const endMs = times.firstMs + step * stepMs
    const window = samples.filter(
      ({ timestampMs }) => timestampMs > endMs - rangeMs && timestampMs <= endMs,
    )
    const wanted = window.length === 0 ? undefined : reference(window, endMs)
    if ((present[step] === 1) !== (wanted !== undefined)) {
      faults.push(`step ${step}: want ${wanted}, present ${present[step]}`)
    }
    if (wanted !== undefined && !isClose(values[step] as number, wanted)) {
      faults.push(`step ${step}: want ${wanted}, got ${values[step]}`)
    }
  }
  expect(faults).toEqual([])
}

function isClose(value: number, wanted: number): boolean {
  return Object.is(value, wanted) || Math.abs(value - wanted) <= 1e-9
}

const valuesOf = (window: readonly Sample[]) => window.map(({ value }) => value)
const numbersOf = (window: readonly Sample[]) => valuesOf(window).filter((v) => !Number.isNaN(v))

function quantile(q: number, values: readonly number[]): number {
  const nans = values.filter(Number.isNaN)
  const sorted = [...nans, ...values.filter((v) => !Number.isNaN(v)).sort((a, b) => a - b)]
  const rank = q * (sorted.length - 1)
  const low = sorted[Math.floor(rank)] as number
  const high = sorted[Math.min(sorted.length - 1, Math.floor(rank) + 1)] as number
  const weight = rank - Math.floor(rank)
  return low * (1 - weight) + high * weight
}

function sum(window: readonly Sample[]): number {
  const total = new KahanSum()
  for (const value of valuesOf(window)) total.add(value)
  return total.total + total.compensation
}

/** rate by the letter of Prometheus's description, sample by sample. */
function rate(window: readonly Sample[], endMs: number, rangeMs: number): number | undefined {
  if (window.length < 2) return undefined
  const [first, last] = [window[0] as Sample, window.at(-1) as Sample]
  let increase = last.value - first.value
  window.slice(1).forEach(({ value }, i) => {
    const before = (window[i] as Sample).value
    if (value < before) increase += before
  })
  const sampled = (last.timestampMs - first.timestampMs) / 1000
  const average = sampled / (window.length - 1)
  let toStart = (first.timestampMs - (endMs - rangeMs)) / 1000
  let toEnd = (endMs - last.timestampMs) / 1000
  if (toStart >= average * 1.1) toStart = average / 2
  if (increase > 0 && first.value >= 0) {
    toStart = Math.min(toStart, sampled * (first.value / increase))
  }
  if (toEnd >= average * 1.1) toEnd = average / 2
  return (increase * ((sampled + toStart + toEnd) / sampled)) / (rangeMs / 1000)
}

const MINUTE = 60_000

describe('windows that slide over a series', () => {
  // Narrow, wider than a block of sums, wider than the whole grid.
  for (const rangeMs of [MINUTE, 20 * MINUTE, 6 * 60 * MINUTE, 40 * 60 * MINUTE]) {
    const samples = randomSeries(rangeMs, 1500)
    const step = { rangeMs, samples }
    it.each([
      ['rate', new ExtrapolatedRate(true, true, rangeMs), rate],
      ['sum', new SumOverTime(false), sum],
      ['avg', new SumOverTime(true), (w: readonly Sample[]) => sum(w) / w.length],
      ['count', new FactOverTime('count'), (w: readonly Sample[]) => w.length],
      ['first', new FactOverTime('first'), (w: readonly Sample[]) => w[0]?.value],
      ['last', new FactOverTime('last'), (w: readonly Sample[]) => w.at(-1)?.value],
      [
        'max',
        new ExtremeOverTime('max', 'value'),
        (w: readonly Sample[]) => (numbersOf(w).length > 0 ? Math.max(...numbersOf(w)) : NaN),
      ],
      [
        'min',
        new ExtremeOverTime('min', 'value'),
        (w: readonly Sample[]) => (numbersOf(w).length > 0 ? Math.min(...numbersOf(w)) : NaN),
      ],
      [
        'resets',
        new CountSteps('resets'),
        (w: readonly Sample[]) =>
          w.filter(({ value }, i) => i > 0 && value < (w[i - 1] as Sample).value).length,
      ],
      [
        'changes',
        new CountSteps('changes'),
        (w: readonly Sample[]) =>
          w.filter(({ value }, i) => i > 0 && !Object.is(value, (w[i - 1] as Sample).value)).length,
      ],
      [
        'quantile',
        new QuantileOverTime(new Float64Array(300).fill(0.3), () => undefined),
        (w: readonly Sample[]) => quantile(0.3, valuesOf(w)),
      ],
      [
        'mad',
        new MadOverTime(),
        (w: readonly Sample[]) => {
          if (numbersOf(w).length < w.length) return NaN
          const median = quantile(0.5, valuesOf(w))
          return quantile(
            0.5,
            valuesOf(w).map((v) => Math.abs(v - median)),
          )
        },
      ],
    ] as const)(`%s over ${rangeMs / MINUTE} minutes`, async (_name, kernel, reference) => {
      const of = (window: readonly Sample[], endMs: number) =>
        reference(window, endMs, step.rangeMs)
      await compare(kernel, step.samples, step.rangeMs, of)
    })
  }

  it('sums infinite and overflowing values as it does in narrow windows', async () => {
    const samples = Array.from({ length: 2000 }, (_, i) => ({
      timestampMs: i * 1000,
      value: i === 700 ? Infinity : i === 900 ? -Infinity : 1,
    }))
    await compare(new SumOverTime(false), samples, 600_000, (window) => {
      const values = valuesOf(window)
      const infinities = values.filter((v) => !Number.isFinite(v))
      return infinities.length === 0 ? values.length : infinities.reduce((a, b) => a + b)
    })
  })
})
