import type { Slice } from './window.ts'
import { SliceKernel } from './window-rate.ts'

/**
 * The quantile of sorted values by linear interpolation (promql/quantile.go, quantile). `nanCount` values that are NaN come
 * before the first, as Prometheus sorts them.
 */
export function quantileOfSorted(
  quantile: number,
  sorted: Float64Array,
  count: number,
  nanCount: number,
): number {
  const all = count + nanCount
  if (all === 0 || quantile !== quantile) return NaN
  if (quantile < 0) return -Infinity
  if (quantile > 1) return Infinity
  const rank = quantile * (all - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(all - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  const low = lower < nanCount ? NaN : (sorted[lower - nanCount] as number)
  const high = upper < nanCount ? NaN : (sorted[upper - nanCount] as number)
  return low * (1 - weight) + high * weight
}

/** The numbers of a sliding window in ascending order; NaN is only counted. */
class SortedWindow {
  sorted = new Float64Array(0)
  count = 0
  nanCount = 0
  #values: Float64Array = new Float64Array(0)
  #lo = 0
  #hi = 0

  load(slice: Slice): void {
    this.#values = slice.values
    this.#clear(slice.from)
  }

  moveTo(lo: number, hi: number): void {
    const size = hi - lo
    if (this.sorted.length < size + 1) this.#grow(size + 1)
    const moved = lo - this.#lo + (hi - this.#hi)
    // Moving single values costs a copy of the window each; past some of them a new sort is cheaper.
    if (lo >= this.#hi || moved > 8 * Math.log2(size + 2)) return this.#sortAnew(lo, hi)
    for (let i = this.#lo; i < lo; i++) this.#remove(this.#values[i] as number)
    for (let i = this.#hi; i < hi; i++) this.#insert(this.#values[i] as number)
    this.#lo = lo
    this.#hi = hi
  }

  #clear(from: number): void {
    this.count = 0
    this.nanCount = 0
    this.#lo = from
    this.#hi = from
  }

  #grow(size: number): void {
    const bigger = new Float64Array(size * 2)
    bigger.set(this.sorted.subarray(0, this.count))
    this.sorted = bigger
  }

  #sortAnew(lo: number, hi: number): void {
    this.#clear(lo)
    this.#hi = hi
    for (let i = lo; i < hi; i++) {
      const value = this.#values[i] as number
      if (value !== value) this.nanCount++
      else this.sorted[this.count++] = value
    }
    this.sorted.subarray(0, this.count).sort()
  }

  /** The first place whose value is not below `value`. */
  #placeOf(value: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.sorted[middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  #insert(value: number): void {
    if (value !== value) {
      this.nanCount++
      return
    }
    if (this.count === this.sorted.length) this.#grow(this.count + 1)
    const place = this.#placeOf(value)
    this.sorted.copyWithin(place + 1, place, this.count)
    this.sorted[place] = value
    this.count++
  }

  #remove(value: number): void {
    if (value !== value) {
      this.nanCount--
      return
    }
    const place = this.#placeOf(value)
    this.sorted.copyWithin(place, place + 1, this.count)
    this.count--
  }
}

/** quantile_over_time; `onInvalid` is told of quantiles outside 0 … 1 that a window was asked for. */
export class QuantileOverTime extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = true
  readonly #quantiles: Float64Array
  readonly #onInvalid: (quantile: number) => void
  readonly #window = new SortedWindow()

  constructor(quantiles: Float64Array, onInvalid: (quantile: number) => void) {
    super()
    this.#quantiles = quantiles
    this.#onInvalid = onInvalid
  }

  override load(slice: Slice): void {
    super.load(slice)
    this.#window.load(slice)
  }

  compute(lo: number, hi: number, _endMs: number, step: number): number {
    const quantile = this.#quantiles[step] as number
    if (!(quantile >= 0 && quantile <= 1)) this.#onInvalid(quantile)
    this.#window.moveTo(lo, hi)
    return quantileOfSorted(
      quantile,
      this.#window.sorted,
      this.#window.count,
      this.#window.nanCount,
    )
  }
}

/** mad_over_time: the median distance from the median. */
export class MadOverTime extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = true
  readonly #window = new SortedWindow()
  #distances = new Float64Array(0)

  override load(slice: Slice): void {
    super.load(slice)
    this.#window.load(slice)
  }

  compute(lo: number, hi: number): number {
    const window = this.#window
    window.moveTo(lo, hi)
    if (window.nanCount > 0) return NaN
    const { sorted, count } = window
    const median = quantileOfSorted(0.5, sorted, count, 0)
    if (this.#distances.length < count) this.#distances = new Float64Array(count * 2)
    for (let i = 0; i < count; i++) {
      this.#distances[i] = Math.abs((sorted[i] as number) - median)
    }
    const distances = this.#distances.subarray(0, count).sort()
    return quantileOfSorted(0.5, distances, count, 0)
  }
}
