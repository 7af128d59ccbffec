import type { BucketColumn, BucketZone } from '../../store/downsample/bucket-columns.ts'
import { type Buckets, fail } from './context.ts'
import { KahanSum } from './kahan.ts'
import { emptyWindow, extrapolate, type SampledWindow } from './window-rate.ts'
import type { Slice, WindowKernel } from './window.ts'

/** The zone of a time; those of answers are few. */
function zoneAt(zones: readonly BucketZone[], timeMs: number): BucketZone | undefined {
  return zones.find((zone) => timeMs <= zone.untilMs)
}

/**
 * How long the windows are that end at a time. Where buckets answer approximately, a window is at least as long as one of them, so that
 * none lies between their last samples. Undefined when all windows are of one length.
 */
export function rangeOver(
  buckets: Buckets | undefined,
  rangeMs: number,
): ((endMs: number) => number) | undefined {
  if (buckets === undefined || buckets.zones.every((zone) => zone.isExact)) return undefined
  return (endMs) => {
    const zone = zoneAt(buckets.zones, endMs)
    return zone === undefined || zone.isExact ? rangeMs : Math.max(rangeMs, zone.resolutionMs)
  }
}

/** The same of the lookback, which is longer by a bucket: its last sample may be as old as that on top of what it was then. */
export function lookbackOver(
  buckets: Buckets | undefined,
  lookbackMs: number,
): ((lookMs: number) => number) | undefined {
  if (buckets === undefined || buckets.zones.every((zone) => zone.isExact)) return undefined
  return (lookMs) => {
    const zone = zoneAt(buckets.zones, lookMs)
    return zone === undefined || zone.isExact ? lookbackMs : lookbackMs + zone.resolutionMs
  }
}

/** The kernel of a function that weighs buckets; undefined where the values stand for samples, or there are no buckets. */
export function bucketKernel(
  func: string,
  rangeMs: number,
  buckets: Buckets | undefined,
): WindowKernel | undefined {
  if (buckets === undefined) return undefined
  const setting = { buckets, rangeMs, rangeAt: rangeOver(buckets, rangeMs) }
  switch (func) {
    case 'count_over_time':
      return new BucketCount(setting)
    case 'sum_over_time':
    case 'avg_over_time':
      return new BucketSum(setting, func === 'avg_over_time')
    case 'rate':
    case 'increase':
    case 'delta':
      return new BucketRate(setting, func)
    case 'resets':
    case 'changes':
      return new BucketSteps(setting, func)
    case 'irate':
    case 'idelta':
      return new BucketPair(setting, func === 'irate')
    default:
      return undefined
  }
}

interface Setting {
  readonly buckets: Buckets
  readonly rangeMs: number
  readonly rangeAt: ((endMs: number) => number) | undefined
}

/** A kernel over buckets in place: row `i` of every column is one of them. */
abstract class BucketKernel implements WindowKernel {
  readonly minSamples = 1
  readonly isLinear = true
  protected timestampsMs: Float64Array = new Float64Array(0)
  protected values: Float64Array = new Float64Array(0)
  readonly #setting: Setting

  constructor(setting: Setting) {
    this.#setting = setting
  }

  load(slice: Slice): void {
    this.timestampsMs = slice.timestampsMs
    this.values = slice.values
  }

  abstract compute(lo: number, hi: number, endMs: number): number

  protected column(name: BucketColumn): Float64Array {
    return this.#setting.buckets.extra[name] ?? fail(`buckets were fetched without ${name}`)
  }

  protected rangeAt(endMs: number): number {
    return this.#setting.rangeAt?.(endMs) ?? this.#setting.rangeMs
  }

  /** Where buckets are cut, the samples of a window end up to one before its boundaries. */
  protected slackAt(endMs: number): number {
    if (this.#setting.rangeAt === undefined) return 0
    const zone = zoneAt(this.#setting.buckets.zones, endMs)
    return zone === undefined || zone.isExact ? 0 : zone.resolutionMs
  }

  /** What of a window that had to be longer belongs to the one that was asked for. */
  protected shareAt(endMs: number): number {
    return this.#setting.rangeMs / this.rangeAt(endMs)
  }
}

function sumOf(column: Float64Array, lo: number, hi: number): number {
  const sum = new KahanSum()
  for (let i = lo; i < hi; i++) sum.add(column[i] as number)
  return Number.isFinite(sum.total) ? sum.total + sum.compensation : sum.total
}

class BucketCount extends BucketKernel {
  readonly #counts = this.column('counts')

  compute(lo: number, hi: number, endMs: number): number {
    return sumOf(this.#counts, lo, hi) * this.shareAt(endMs)
  }
}

class BucketSum extends BucketKernel {
  readonly #sums = this.column('sums')
  readonly #counts = this.column('counts')
  readonly #isAverage: boolean

  constructor(setting: Setting, isAverage: boolean) {
    super(setting)
    this.#isAverage = isAverage
  }

  compute(lo: number, hi: number, endMs: number): number {
    const sum = sumOf(this.#sums, lo, hi)
    return this.#isAverage ? sum / sumOf(this.#counts, lo, hi) : sum * this.shareAt(endMs)
  }
}

/** rate, increase and delta of the first and the last sample of a window, with what the counter lost in and between its buckets. */
class BucketRate extends BucketKernel {
  readonly #counts = this.column('counts')
  readonly #firstTimesMs = this.column('firstTimesMs')
  readonly #firsts = this.column('firsts')
  readonly #lost = this.column('lost')
  readonly #func: 'rate' | 'increase' | 'delta'
  readonly #window: SampledWindow

  constructor(setting: Setting, func: 'rate' | 'increase' | 'delta') {
    super(setting)
    this.#func = func
    this.#window = emptyWindow(func !== 'delta', setting.rangeMs)
  }

  hasResult(lo: number, hi: number): boolean {
    return hi - lo > 1 || (this.#counts[lo] as number) > 1
  }

  compute(lo: number, hi: number, endMs: number): number {
    const first = this.#firsts[lo] as number
    let difference = (this.values[hi - 1] as number) - first
    if (this.#window.isCounter) difference += this.#lostIn(lo, hi)
    const window = this.#window
    window.firstMs = this.#firstTimesMs[lo] as number
    window.newestMs = this.timestampsMs[hi - 1] as number
    window.samples = sumOf(this.#counts, lo, hi)
    window.first = first
    window.difference = difference
    window.endMs = endMs
    window.rangeMs = this.rangeAt(endMs)
    window.slackMs = this.slackAt(endMs)
    const whole = difference * extrapolate(window, this.#func === 'rate')
    return this.#func === 'rate' ? whole : whole * this.shareAt(endMs)
  }

  #lostIn(lo: number, hi: number): number {
    let lost = 0
    for (let i = lo; i < hi; i++) {
      const before = i === lo ? NaN : (this.values[i - 1] as number)
      if ((this.#firsts[i] as number) < before) lost += before
      lost += this.#lost[i] as number
    }
    return lost
  }
}

class BucketSteps extends BucketKernel {
  readonly #firsts = this.column('firsts')
  readonly #steps: Float64Array
  readonly #counts: 'resets' | 'changes'

  constructor(setting: Setting, counts: 'resets' | 'changes') {
    super(setting)
    this.#counts = counts
    this.#steps = this.column(counts)
  }

  compute(lo: number, hi: number, endMs: number): number {
    let count = 0
    for (let i = lo; i < hi; i++) {
      count += this.#steps[i] as number
      if (i > lo && this.#isStep(this.values[i - 1] as number, this.#firsts[i] as number)) count++
    }
    return count * this.shareAt(endMs)
  }

  #isStep(before: number, value: number): boolean {
    if (this.#counts === 'resets') return value < before
    return value !== before && !(value !== value && before !== before)
  }
}

/** irate and idelta: the last two samples, which may be of two buckets. */
class BucketPair extends BucketKernel {
  readonly #beforeTimesMs = this.column('beforeTimesMs')
  readonly #befores = this.column('befores')
  readonly #isRate: boolean

  constructor(setting: Setting, isRate: boolean) {
    super(setting)
    this.#isRate = isRate
  }

  hasResult(lo: number, hi: number): boolean {
    return hi - lo > 1 || this.#beforeTimesMs[lo] !== 0
  }

  compute(_lo: number, hi: number): number {
    const last = hi - 1
    const isInBucket = this.#beforeTimesMs[last] !== 0
    const values = isInBucket ? this.#befores : this.values
    const times = isInBucket ? this.#beforeTimesMs : this.timestampsMs
    const at = isInBucket ? last : last - 1
    const previous = values[at] as number
    const previousMs = times[at] as number
    const newest = this.values[last] as number
    if (!this.#isRate) return newest - previous
    const sampledMs = (this.timestampsMs[last] as number) - previousMs
    return (newest < previous ? newest : newest - previous) / (sampledMs / 1000)
  }
}
