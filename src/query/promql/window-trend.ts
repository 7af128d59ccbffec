import { formatFixed } from '../../model/go-notation.ts'
import { fail } from './context.ts'
import type { Grid } from './grid.ts'
import { KahanSum } from './kahan.ts'
import { SliceKernel } from './window-rate.ts'

/** stddev_over_time and stdvar_over_time: Welford's method on compensated sums. */
export class VarianceOverTime extends SliceKernel {
  readonly minSamples = 1
  readonly isLinear = true
  readonly #isDeviation: boolean

  constructor(isDeviation: boolean) {
    super()
    this.#isDeviation = isDeviation
  }

  compute(lo: number, hi: number): number {
    const mean = new KahanSum()
    const squares = new KahanSum()
    for (let i = lo; i < hi; i++) {
      const value = this.values[i] as number
      const delta = value - (mean.total + mean.compensation)
      mean.add(delta / (i - lo + 1))
      squares.add(delta * (value - (mean.total + mean.compensation)))
    }
    const variance = (squares.total + squares.compensation) / (hi - lo)
    return this.#isDeviation ? Math.sqrt(variance) : variance
  }
}

/** A line through the samples of a window. */
abstract class TrendKernel extends SliceKernel {
  readonly minSamples = 2
  readonly isLinear = true
  protected slope = 0
  protected intercept = 0

  /**
   * Least squares over compensated sums; the intercept is at `atMs`. Constant samples have slope 0, and infinite ones none
   * (promql/functions.go, linearRegression).
   */
  protected fit(lo: number, hi: number, atMs: number): void {
    const { timestampsMs, values } = this
    const first = values[lo] as number
    let isConstant = true
    const sumX = new KahanSum()
    const sumY = new KahanSum()
    const sumXY = new KahanSum()
    const sumXX = new KahanSum()
    for (let i = lo; i < hi; i++) {
      const y = values[i] as number
      if (y !== first && i > lo) isConstant = false
      const x = ((timestampsMs[i] as number) - atMs) / 1000
      sumX.add(x)
      sumY.add(y)
      sumXY.add(x * y)
      sumXX.add(x * x)
    }
    if (isConstant) {
      const isInfinite = first === Infinity || first === -Infinity
      this.slope = isInfinite ? NaN : 0
      this.intercept = isInfinite ? NaN : first
      return
    }
    const count = hi - lo
    const x = sumX.total + sumX.compensation
    const y = sumY.total + sumY.compensation
    const covariance = sumXY.total + sumXY.compensation - (x * y) / count
    const variance = sumXX.total + sumXX.compensation - (x * x) / count
    this.slope = covariance / variance
    this.intercept = y / count - (this.slope * x) / count
  }
}

/** deriv: the slope per second. */
export class Derivative extends TrendKernel {
  compute(lo: number, hi: number): number {
    this.fit(lo, hi, this.timestampsMs[lo] as number)
    return this.slope
  }
}

/** predict_linear: the value so many seconds after the evaluation time, also when `@` fixes the window. */
export class PredictLinear extends TrendKernel {
  readonly #aheadSeconds: Float64Array
  readonly #grid: Grid

  constructor(aheadSeconds: Float64Array, grid: Grid) {
    super()
    this.#aheadSeconds = aheadSeconds
    this.#grid = grid
  }

  compute(lo: number, hi: number, _endMs: number, step: number): number {
    this.fit(lo, hi, this.#grid.startMs + step * this.#grid.stepMs)
    return this.slope * (this.#aheadSeconds[step] as number) + this.intercept
  }
}

function checkFactor(kind: 'smoothing' | 'trend', short: string, factor: number): void {
  if (factor <= 0 || factor >= 1) {
    fail(`invalid ${kind} factor. Expected: 0 < ${short} < 1, got: ${formatFixed(factor, 6)}`)
  }
}

/** double_exponential_smoothing (Holt-Winters without seasons). */
export class DoubleExponentialSmoothing extends SliceKernel {
  readonly minSamples = 2
  readonly isLinear = true
  readonly #smoothing: Float64Array
  readonly #trend: Float64Array

  constructor(smoothing: Float64Array, trend: Float64Array) {
    super()
    this.#smoothing = smoothing
    this.#trend = trend
  }

  compute(lo: number, hi: number, _endMs: number, step: number): number {
    const { values } = this
    const smoothing = this.#smoothing[step] as number
    const trendFactor = this.#trend[step] as number
    checkFactor('smoothing', 'sf', smoothing)
    checkFactor('trend', 'tf', trendFactor)
    let previous = 0
    let smoothed = values[lo] as number
    let trend = (values[lo + 1] as number) - smoothed
    for (let i = lo + 1; i < hi; i++) {
      // At the first sample the trend is taken as it is: there is no earlier smoothed value.
      if (i > lo + 1) trend = trendFactor * (smoothed - previous) + (1 - trendFactor) * trend
      const next = smoothing * (values[i] as number) + (1 - smoothing) * (smoothed + trend)
      previous = smoothed
      smoothed = next
    }
    return smoothed
  }
}
