import type { Slice, WindowKernel } from './window.ts'

/** A kernel that looks at samples in place. */
export abstract class SliceKernel implements WindowKernel {
  abstract readonly minSamples: number
  abstract readonly isLinear: boolean
  protected timestampsMs: Float64Array = new Float64Array(0)
  protected values: Float64Array = new Float64Array(0)

  load(slice: Slice): void {
    this.timestampsMs = slice.timestampsMs
    this.values = slice.values
  }

  abstract compute(lo: number, hi: number, endMs: number, step: number): number
}

/**
 * rate, increase and delta: the difference over the window, with counter resets added back, extrapolated to the window's
 * boundaries (promql/functions.go, extrapolatedRate).
 */
export class ExtrapolatedRate extends SliceKernel {
  readonly minSamples = 2
  readonly isLinear = false
  readonly #isCounter: boolean
  readonly #isRate: boolean
  readonly #rangeMs: number
  /** Samples before this index have been looked at for resets. */
  #scanned = 0
  /** The newest sample that is below its predecessor. */
  #lastReset = -1

  constructor(isCounter: boolean, isRate: boolean, rangeMs: number) {
    super()
    this.#isCounter = isCounter
    this.#isRate = isRate
    this.#rangeMs = rangeMs
  }

  override load(slice: Slice): void {
    super.load(slice)
    this.#scanned = slice.from
    this.#lastReset = -1
  }

  compute(lo: number, hi: number, endMs: number): number {
    const { timestampsMs, values } = this
    const first = values[lo] as number
    let difference = (values[hi - 1] as number) - first
    if (this.#isCounter && this.#hasReset(lo, hi)) difference += this.#lostInResets(lo, hi)

    const firstMs = timestampsMs[lo] as number
    const newestMs = timestampsMs[hi - 1] as number
    const sampled = (newestMs - firstMs) / 1000
    const average = sampled / (hi - lo - 1)
    const threshold = average * 1.1
    let toStart = (firstMs - (endMs - this.#rangeMs)) / 1000
    let toEnd = (endMs - newestMs) / 1000
    if (toStart >= threshold) toStart = average / 2
    if (this.#isCounter && difference > 0 && first >= 0) {
      // A counter cannot be negative: it began no earlier than where its slope meets zero.
      const toZero = sampled * (first / difference)
      if (toZero < toStart) toStart = toZero
    }
    if (toEnd >= threshold) toEnd = average / 2
    let factor = (sampled + toStart + toEnd) / sampled
    if (this.#isRate) factor /= this.#rangeMs / 1000
    return difference * factor
  }

  #hasReset(lo: number, hi: number): boolean {
    const { values } = this
    for (let i = Math.max(this.#scanned, lo + 1); i < hi; i++) {
      if ((values[i] as number) < (values[i - 1] as number)) this.#lastReset = i
    }
    this.#scanned = hi
    return this.#lastReset > lo
  }

  #lostInResets(lo: number, hi: number): number {
    const { values } = this
    let lost = 0
    for (let i = lo + 1; i < hi; i++) {
      const previous = values[i - 1] as number
      if ((values[i] as number) < previous) lost += previous
    }
    return lost
  }
}

/** irate and idelta: the last two samples of the window (promql/functions.go, instantValue). */
export class InstantRate extends SliceKernel {
  readonly minSamples = 2
  readonly isLinear = false
  readonly #isRate: boolean

  constructor(isRate: boolean) {
    super()
    this.#isRate = isRate
  }

  compute(_lo: number, hi: number): number {
    const newest = this.values[hi - 1] as number
    const previous = this.values[hi - 2] as number
    if (!this.#isRate) return newest - previous
    const sampledMs = (this.timestampsMs[hi - 1] as number) - (this.timestampsMs[hi - 2] as number)
    const increase = newest < previous ? newest : newest - previous
    return increase / (sampledMs / 1000)
  }
}

/** resets and changes: how many samples differ in that way from their predecessor in the window. */
export class CountSteps extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = false
  readonly #counts: 'resets' | 'changes'
  /** `#before[i - #from]` is how many of the samples up to `i` count. */
  #before = new Int32Array(0)
  #from = 0
  #scanned = 0

  constructor(counts: 'resets' | 'changes') {
    super()
    this.#counts = counts
  }

  override load(slice: Slice): void {
    super.load(slice)
    const length = slice.to - slice.from
    if (this.#before.length < length) this.#before = new Int32Array(length)
    this.#from = slice.from
    this.#scanned = slice.from + 1
    this.#before[0] = 0
  }

  compute(lo: number, hi: number): number {
    const from = this.#from
    const before = this.#before
    for (let i = this.#scanned; i < hi; i++) {
      before[i - from] = (before[i - from - 1] as number) + (this.#isCounted(i) ? 1 : 0)
    }
    if (this.#scanned < hi) this.#scanned = hi
    return (before[hi - 1 - from] as number) - (before[lo - from] as number)
  }

  #isCounted(index: number): boolean {
    const value = this.values[index] as number
    const previous = this.values[index - 1] as number
    if (this.#counts === 'resets') return value < previous
    return value !== previous && !(value !== value && previous !== previous)
  }
}
