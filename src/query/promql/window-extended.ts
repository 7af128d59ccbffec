import { firstAfter } from './instant-rows.ts'
import type { Slice } from './window.ts'
import { CountSteps, SliceKernel } from './window-rate.ts'

/** The value at a time between two samples, on the line through them. */
export function interpolate(
  fromMs: number,
  from: number,
  toMs: number,
  to: number,
  atMs: number,
): number {
  return from + ((to - from) * (atMs - fromMs)) / (toMs - fromMs)
}

/**
 * What `anchored` and `smoothed` (experimental) do to a range: windows reach further than the range, by the lookback, for the
 * samples that stand at its boundaries.
 */
export interface ExtendedRange {
  readonly isSmoothed: boolean
  readonly rangeMs: number
  /** How far windows go on after the range. */
  readonly afterMs: number
}

/**
 * rate, increase and delta of an anchored or smoothed range: the difference between its two boundaries, without
 * extrapolation (promql/functions.go, extendedRate).
 */
export class ExtendedRate extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = true
  readonly #isCounter: boolean
  readonly #isRate: boolean
  readonly #extended: ExtendedRange

  constructor(isCounter: boolean, isRate: boolean, extended: ExtendedRange) {
    super()
    this.#isCounter = isCounter
    this.#isRate = isRate
    this.#extended = extended
  }

  hasResult(lo: number, hi: number, windowEndMs: number): boolean {
    const endMs = windowEndMs - this.#extended.afterMs
    const startMs = endMs - this.#extended.rangeMs
    const { first, last } = this.#boundaries(lo, hi, startMs, endMs)
    if ((this.timestampsMs[last] as number) <= startMs) return false
    return !this.#extended.isSmoothed || (this.timestampsMs[first] as number) <= endMs
  }

  compute(lo: number, hi: number, windowEndMs: number): number {
    const { rangeMs, afterMs } = this.#extended
    const endMs = windowEndMs - afterMs
    const startMs = endMs - rangeMs
    const { first, last } = this.#boundaries(lo, hi, startMs, endMs)
    const left = this.#leftValue(first, startMs)
    const right = this.#rightValue(lo, last, endMs)
    let difference = right - left
    if (this.#isCounter) {
      const from = (this.timestampsMs[first] as number) <= startMs ? first + 1 : first
      const to = (this.timestampsMs[last] as number) >= endMs ? last - 1 : last
      difference += this.#lostInResets(left, right, from, to)
    }
    return this.#isRate ? difference / (rangeMs / 1000) : difference
  }

  /** The samples nearest to the boundaries: at or before the start, and for smoothed ranges at or after the end. */
  #boundaries(
    lo: number,
    hi: number,
    startMs: number,
    endMs: number,
  ): { first: number; last: number } {
    const first = Math.max(lo, firstAfter(this.timestampsMs, lo, hi - 1, startMs) - 1)
    // Times are whole milliseconds, so the first at or after the end is the first after the millisecond before it.
    const last = this.#extended.isSmoothed
      ? firstAfter(this.timestampsMs, lo, hi - 1, endMs - 1)
      : hi - 1
    return { first, last }
  }

  #leftValue(first: number, startMs: number): number {
    const value = this.values[first] as number
    const timestampMs = this.timestampsMs[first] as number
    if (!this.#extended.isSmoothed || timestampMs >= startMs) return value
    return this.#between(first, startMs)
  }

  #rightValue(lo: number, last: number, endMs: number): number {
    const isAfter = last > lo && (this.timestampsMs[last] as number) > endMs
    if (!this.#extended.isSmoothed || !isAfter) return this.values[last] as number
    return this.#between(last - 1, endMs)
  }

  /** The value between a sample and the next; a counter that was reset in between is taken to have started at 0. */
  #between(index: number, atMs: number): number {
    const to = this.values[index + 1] as number
    const value = this.values[index] as number
    const from = this.#isCounter && to < value ? 0 : value
    const fromMs = this.timestampsMs[index] as number
    return interpolate(fromMs, from, this.timestampsMs[index + 1] as number, to, atMs)
  }

  #lostInResets(left: number, right: number, from: number, to: number): number {
    let lost = 0
    let previous = left
    for (let i = from; i <= to; i++) {
      const value = this.values[i] as number
      if (value < previous) lost += previous
      previous = value
    }
    return right < previous ? lost + previous : lost
  }
}

/** resets and changes of an anchored range: the last sample at or before its start counts as the one to compare with. */
export class AnchoredCount extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = false
  readonly #counting: CountSteps
  readonly #rangeMs: number

  constructor(counts: 'resets' | 'changes', rangeMs: number) {
    super()
    this.#counting = new CountSteps(counts)
    this.#rangeMs = rangeMs
  }

  override load(slice: Slice): void {
    super.load(slice)
    this.#counting.load(slice)
  }

  hasResult(_lo: number, hi: number, endMs: number): boolean {
    return (this.timestampsMs[hi - 1] as number) > endMs - this.#rangeMs
  }

  compute(lo: number, hi: number, endMs: number): number {
    const anchor = firstAfter(this.timestampsMs, lo, hi, endMs - this.#rangeMs) - 1
    return this.#counting.compute(Math.max(lo, anchor), hi)
  }
}

/** A smoothed instant selector: the value on the line between the samples before and after, or the last one. */
export class SmoothedValue extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = false
  readonly #afterMs: number

  constructor(afterMs: number) {
    super()
    this.#afterMs = afterMs
  }

  hasResult(lo: number, _hi: number, windowEndMs: number): boolean {
    return (this.timestampsMs[lo] as number) <= windowEndMs - this.#afterMs
  }

  compute(lo: number, hi: number, windowEndMs: number): number {
    const atMs = windowEndMs - this.#afterMs
    const next = firstAfter(this.timestampsMs, lo, hi, atMs)
    const value = this.values[next - 1] as number
    const timestampMs = this.timestampsMs[next - 1] as number
    if (timestampMs === atMs || next === hi) return value
    const to = this.values[next] as number
    return interpolate(timestampMs, value, this.timestampsMs[next] as number, to, atMs)
  }
}
