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

/** More resets in a window than this are summed by way of the sum over the whole series. */
const MANY_RESETS = 64

/** What a counter lost in its resets, for windows that move forward over a series. */
class ResetSums {
  #values: Float64Array = new Float64Array(0)
  /** The samples that are below their predecessor, and the sum of those predecessors up to each. */
  #at = new Int32Array(16)
  #sums = new Float64Array(16)
  #count = 0
  /** The first reset inside the window. */
  #head = 0
  /** Samples before this index have been looked at. */
  #scanned = 0

  load(slice: Slice): void {
    this.#values = slice.values
    this.#count = 0
    this.#head = 0
    this.#scanned = slice.from + 1
  }

  /** True when the window has resets. */
  moveTo(lo: number, hi: number): boolean {
    const values = this.#values
    for (let i = Math.max(this.#scanned, lo + 1); i < hi; i++) {
      if ((values[i] as number) < (values[i - 1] as number)) this.#add(i)
    }
    this.#scanned = hi
    while (this.#head < this.#count && (this.#at[this.#head] as number) <= lo) this.#head++
    return this.#head < this.#count
  }

  lost(): number {
    const last = this.#count - 1
    // Behind an infinite sum no difference tells anything.
    if (last - this.#head >= MANY_RESETS && Number.isFinite(this.#sums[last])) {
      const before = this.#head === 0 ? 0 : (this.#sums[this.#head - 1] as number)
      return (this.#sums[last] as number) - before
    }
    let lost = 0
    for (let i = this.#head; i <= last; i++) {
      lost += this.#values[(this.#at[i] as number) - 1] as number
    }
    return lost
  }

  #add(index: number): void {
    if (this.#count === this.#at.length) {
      const at = new Int32Array(this.#count * 2)
      const sums = new Float64Array(this.#count * 2)
      at.set(this.#at)
      sums.set(this.#sums)
      this.#at = at
      this.#sums = sums
    }
    const before = this.#count === 0 ? 0 : (this.#sums[this.#count - 1] as number)
    this.#at[this.#count] = index
    this.#sums[this.#count] = before + (this.#values[index - 1] as number)
    this.#count++
  }
}

/** What extrapolation looks at: the first and the newest sample of a window that ends at `endMs`. */
export interface SampledWindow {
  firstMs: number
  newestMs: number
  samples: number
  first: number
  /** From the first to the newest, with resets added back. */
  difference: number
  readonly isCounter: boolean
  endMs: number
  rangeMs: number
  /** How much farther from a boundary than usual samples may be for it to be reached; 0 but for approximate answers. */
  slackMs: number
}

export function emptyWindow(isCounter: boolean, rangeMs: number): SampledWindow {
  return {
    firstMs: 0,
    newestMs: 0,
    samples: 0,
    first: 0,
    difference: 0,
    isCounter,
    endMs: 0,
    rangeMs,
    slackMs: 0,
  }
}

/** The factor that makes the difference between samples one between the boundaries of the window, for a rate that a second. */
export function extrapolate(window: SampledWindow, isRate: boolean): number {
  const { firstMs, newestMs, samples, first, difference, endMs, rangeMs, slackMs } = window
  const sampled = (newestMs - firstMs) / 1000
  const average = sampled / (samples - 1)
  const threshold = average * 1.1 + slackMs / 1000
  let toStart = (firstMs - (endMs - rangeMs)) / 1000
  let toEnd = (endMs - newestMs) / 1000
  if (toStart >= threshold) toStart = average / 2
  if (window.isCounter && difference > 0 && first >= 0) {
    // A counter cannot be negative: it began no earlier than where its slope meets zero.
    const toZero = sampled * (first / difference)
    if (toZero < toStart) toStart = toZero
  }
  if (toEnd >= threshold) toEnd = average / 2
  let factor = (sampled + toStart + toEnd) / sampled
  if (isRate) factor /= rangeMs / 1000
  return factor
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
  readonly #resets = new ResetSums()
  /** One for all windows: there are many. */
  readonly #window: SampledWindow

  constructor(isCounter: boolean, isRate: boolean, rangeMs: number) {
    super()
    this.#isCounter = isCounter
    this.#isRate = isRate
    this.#window = emptyWindow(isCounter, rangeMs)
  }

  override load(slice: Slice): void {
    super.load(slice)
    this.#resets.load(slice)
  }

  compute(lo: number, hi: number, endMs: number): number {
    const { timestampsMs, values } = this
    const first = values[lo] as number
    let difference = (values[hi - 1] as number) - first
    if (this.#isCounter && this.#resets.moveTo(lo, hi)) difference += this.#resets.lost()

    const window = this.#window
    window.firstMs = timestampsMs[lo] as number
    window.newestMs = timestampsMs[hi - 1] as number
    window.samples = hi - lo
    window.first = first
    window.difference = difference
    window.endMs = endMs
    return difference * extrapolate(window, this.#isRate)
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
