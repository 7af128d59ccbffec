import { KahanSum } from './kahan.ts'
import type { Slice } from './window.ts'
import { SliceKernel } from './window-rate.ts'

/** Windows with more samples are summed block by block. */
const WIDE = 256
const BLOCK = 64

/**
 * Compensated sums of aligned blocks of a series, each computed once, so that overlapping wide windows do not add the same
 * samples again and again.
 */
class BlockSums {
  #values: Float64Array = new Float64Array(0)
  #from = 0
  #known = 0
  #totals = new Float64Array(0)
  #compensations = new Float64Array(0)

  load(slice: Slice): void {
    this.#values = slice.values
    this.#from = slice.from
    this.#known = 0
    const blocks = Math.ceil((slice.to - slice.from) / BLOCK)
    if (this.#totals.length < blocks) {
      this.#totals = new Float64Array(blocks)
      this.#compensations = new Float64Array(blocks)
    }
  }

  sum(lo: number, hi: number): KahanSum {
    const from = this.#from
    const firstBlock = Math.ceil((lo - from) / BLOCK)
    const lastBlock = Math.floor((hi - from) / BLOCK)
    this.#extend(lastBlock)
    const out = sumOf(this.#values, lo, from + firstBlock * BLOCK)
    for (let block = firstBlock; block < lastBlock; block++) {
      out.add(this.#totals[block] as number)
      out.compensation += this.#compensations[block] as number
    }
    for (let i = from + lastBlock * BLOCK; i < hi; i++) out.add(this.#values[i] as number)
    return out
  }

  #extend(blocks: number): void {
    for (; this.#known < blocks; this.#known++) {
      const start = this.#from + this.#known * BLOCK
      const sum = sumOf(this.#values, start, start + BLOCK)
      this.#totals[this.#known] = sum.total
      this.#compensations[this.#known] = sum.compensation
    }
  }
}

function sumOf(values: Float64Array, lo: number, hi: number): KahanSum {
  const sum = new KahanSum()
  for (let i = lo; i < hi; i++) sum.add(values[i] as number)
  return sum
}

/** sum_over_time and avg_over_time. */
export class SumOverTime extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = true
  readonly #isAverage: boolean
  readonly #blocks = new BlockSums()

  constructor(isAverage: boolean) {
    super()
    this.#isAverage = isAverage
  }

  override load(slice: Slice): void {
    super.load(slice)
    this.#blocks.load(slice)
  }

  compute(lo: number, hi: number): number {
    if (hi - lo > WIDE) {
      const { total, compensation } = this.#blocks.sum(lo, hi)
      // What is not finite depends on the order of the samples, so that is left to the exact way.
      if (Number.isFinite(total)) return this.#result(total, compensation, hi - lo)
    }
    if (this.#isAverage) return averageOf(this.values, lo, hi)
    const { total, compensation } = sumOf(this.values, lo, hi)
    return total === Infinity || total === -Infinity ? total : total + compensation
  }

  #result(total: number, compensation: number, count: number): number {
    return this.#isAverage ? total / count + compensation / count : total + compensation
  }
}

/**
 * The mean by the compensated sum, or incrementally from where that sum would overflow (promql/functions.go,
 * funcAvgOverTime).
 */
function averageOf(values: Float64Array, lo: number, hi: number): number {
  const sum = new KahanSum(values[lo])
  for (let i = lo + 1; i < hi; i++) {
    const { total, compensation } = sum
    sum.add(values[i] as number)
    if (sum.total === Infinity || sum.total === -Infinity) {
      return incrementalAverage(values, lo, i, hi, total, compensation)
    }
  }
  const count = hi - lo
  return sum.total / count + sum.compensation / count
}

function incrementalAverage(
  values: Float64Array,
  lo: number,
  overflowAt: number,
  hi: number,
  total: number,
  compensation: number,
): number {
  const mean = new KahanSum(total / (overflowAt - lo))
  mean.compensation = compensation / (overflowAt - lo)
  for (let i = overflowAt; i < hi; i++) {
    const count = i - lo + 1
    const share = (count - 1) / count
    mean.total *= share
    mean.compensation *= share
    mean.add((values[i] as number) / count)
  }
  return mean.total + mean.compensation
}

/** The simplest questions about a window: they look at one of its samples or none. */
export type WindowFact = 'count' | 'present' | 'first' | 'last' | 'first-seconds' | 'last-seconds'

export class FactOverTime extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = false
  readonly #fact: WindowFact

  constructor(fact: WindowFact) {
    super()
    this.#fact = fact
  }

  compute(lo: number, hi: number): number {
    switch (this.#fact) {
      case 'count':
        return hi - lo
      case 'present':
        return 1
      case 'first':
        return this.values[lo] as number
      case 'last':
        return this.values[hi - 1] as number
      case 'first-seconds':
        return (this.timestampsMs[lo] as number) / 1000
      case 'last-seconds':
        return (this.timestampsMs[hi - 1] as number) / 1000
      default:
        return this.#fact satisfies never
    }
  }
}

/**
 * min_over_time, max_over_time and when they were (the last of equal samples): the samples that can still become the extreme
 * of a later window are kept in a queue, so a series costs one pass. NaN counts only where there is nothing else.
 */
export class ExtremeOverTime extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = false
  readonly #isMax: boolean
  readonly #givesSeconds: boolean
  #queue = new Int32Array(0)
  #head = 0
  #tail = 0
  #next = 0

  constructor(extreme: 'min' | 'max', gives: 'value' | 'seconds') {
    super()
    this.#isMax = extreme === 'max'
    this.#givesSeconds = gives === 'seconds'
  }

  override load(slice: Slice): void {
    super.load(slice)
    if (this.#queue.length < slice.to - slice.from) {
      this.#queue = new Int32Array(slice.to - slice.from)
    }
    this.#head = 0
    this.#tail = 0
    this.#next = slice.from
  }

  compute(lo: number, hi: number): number {
    const queue = this.#queue
    for (let i = Math.max(this.#next, lo); i < hi; i++) this.#push(i)
    this.#next = hi
    while (this.#head < this.#tail && (queue[this.#head] as number) < lo) this.#head++
    const isAllNaN = this.#head === this.#tail
    const best = isAllNaN ? hi - 1 : (queue[this.#head] as number)
    return this.#givesSeconds
      ? (this.timestampsMs[best] as number) / 1000
      : (this.values[best] as number)
  }

  #push(index: number): void {
    const value = this.values[index] as number
    if (value !== value) return
    const queue = this.#queue
    while (this.#tail > this.#head) {
      const last = this.values[queue[this.#tail - 1] as number] as number
      if (this.#isMax ? last > value : last < value) break
      this.#tail--
    }
    queue[this.#tail++] = index
  }
}
