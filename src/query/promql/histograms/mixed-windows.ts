import type { Labels } from '../../../model/labels.ts'
import type { Rows } from '../grid.ts'
import type { Pace } from '../pace.ts'
import { firstAfter } from '../instant-rows.ts'
import type { LookTimes } from '../times.ts'
import type { Slice, WindowKernel } from '../window.ts'
import { FLOAT, HISTOGRAM, type HistogramWork, NOTHING } from './histogram-work.ts'
import {
  emptyHistogramSlice,
  emptySlice,
  type HistogramSlice,
  type MixedSource,
} from './mixed-source.ts'

/** One window of a series: floats `floatFrom` to `floatTo` and histograms `from` to `to` of its slices. */
export interface MixedWindow {
  readonly floats: Slice
  readonly histograms: HistogramSlice
  floatFrom: number
  floatTo: number
  from: number
  to: number
  endMs: number
  step: number
}

/** A function of windows that have at least one histogram. It is given one series by `load`, then its windows in ascending order. */
export interface MixedKernel {
  load(labels: Labels, window: MixedWindow): void
  /** Returns what the result is (histogram-work.ts), which then is in `value`. */
  compute(window: MixedWindow): number
  readonly value: number
}

/** What a bucket costs, compared with a float. */
const UNITS_PER_HISTOGRAM = 30
const UNITS_PER_PIECE = 20_000

export interface MixedWindowOptions {
  readonly source: MixedSource
  /** For windows without histograms. */
  readonly floats: WindowKernel
  readonly mixed: MixedKernel
  readonly times: LookTimes
  readonly rangeMs: number
  readonly rangeAt: ((endMs: number) => number) | undefined
  readonly steps: number
  readonly pace: Pace
  readonly work: HistogramWork
}

/** A range function over a whole grid, of series that have histograms. */
export class MixedWindowRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #options: MixedWindowOptions
  readonly #window: MixedWindow = {
    floats: emptySlice(),
    histograms: emptyHistogramSlice(),
    floatFrom: 0,
    floatTo: 0,
    from: 0,
    to: 0,
    endMs: 0,
    step: 0,
  }

  constructor(options: MixedWindowOptions) {
    this.#options = options
    this.labels = options.source.labels
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const { floats, histograms } = this.#window
    const waiting = this.#options.source.load(row, floats, histograms)
    if (waiting !== undefined) return waiting.then(() => this.#begin(row, values, present, at))
    return this.#begin(row, values, present, at)
  }

  #begin(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const window = this.#window
    const { floats, mixed } = this.#options
    floats.load(window.floats)
    mixed.load(this.labels[row] as Labels, window)
    window.floatFrom = window.floats.from
    window.floatTo = window.floats.from
    window.from = window.histograms.from
    window.to = window.histograms.from
    window.step = 0
    if (this.#advance(values, present, at)) return
    return this.#continue(values, present, at)
  }

  async #continue(values: Float64Array, present: Uint8Array, at: number): Promise<void> {
    do await this.#options.pace.rest()
    while (!this.#advance(values, present, at))
  }

  /** Walks on; true when the row is complete, false when it is time to rest. */
  #advance(values: Float64Array, present: Uint8Array, at: number): boolean {
    const { floats, mixed, times, rangeMs, rangeAt, steps, pace, work } = this.#options
    const window = this.#window
    let units = 0
    for (let { step } = window; step < steps; step++) {
      const endMs = times.firstMs + step * times.stepMs
      this.#moveTo(endMs - (rangeAt?.(endMs) ?? rangeMs), endMs)
      window.endMs = endMs
      window.step = step
      const { floatFrom, floatTo, from, to } = window
      if (to === from) {
        const isPresent =
          floatTo - floatFrom >= floats.minSamples &&
          (floats.hasResult?.(floatFrom, floatTo, endMs) ?? true)
        present[at + step] = isPresent ? FLOAT : NOTHING
        if (isPresent) values[at + step] = floats.compute(floatFrom, floatTo, endMs, step)
      } else {
        const kind = mixed.compute(window)
        present[at + step] = kind
        if (kind !== NOTHING) values[at + step] = mixed.value
        if (kind === HISTOGRAM) work.checkSize()
      }
      units += floatTo - floatFrom + (to - from) * UNITS_PER_HISTOGRAM + 1
      if (units < UNITS_PER_PIECE) continue
      const isTired = pace.spend(units)
      units = 0
      window.step = step + 1
      if (isTired) return step + 1 === steps
    }
    pace.spend(units)
    return true
  }

  /** Moves both ends of the window on; where it begins also moves back for the first one of a series. */
  #moveTo(afterMs: number, endMs: number): void {
    const window = this.#window
    const { floats, histograms } = window
    window.floatFrom = firstAfter(floats.timestampsMs, window.floatFrom, floats.to, afterMs)
    window.floatTo = firstAfter(
      floats.timestampsMs,
      Math.max(window.floatTo, window.floatFrom),
      floats.to,
      endMs,
    )
    window.from = firstAfter(histograms.timestampsMs, window.from, histograms.to, afterMs)
    window.to = firstAfter(
      histograms.timestampsMs,
      Math.max(window.to, window.from),
      histograms.to,
      endMs,
    )
  }
}
