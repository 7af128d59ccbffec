import type { AggregateOp } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import { DenseRows } from './grid.ts'

/**
 * An aggregation that takes one row after the other, so that its input never has to be in memory as a whole. `cells` has one
 * entry a group and step.
 */
export interface Fold {
  /** Adds a row to the cells from `base` on. */
  add(base: number, values: Float64Array, present: Uint8Array, at: number): void
  /** The results, as rows of the groups. */
  finish(labels: readonly Labels[]): DenseRows
}

/** The fold for an operator, or undefined when it needs more than one pass. */
export function foldFor(op: AggregateOp, groups: number, steps: number): Fold | undefined {
  switch (op) {
    case 'sum':
      return new SumFold(groups, steps)
    case 'avg':
      return new AverageFold(groups, steps)
    case 'min':
    case 'max':
      return new ExtremeFold(groups, steps, op === 'max')
    case 'count':
    case 'group':
      return new CountFold(groups, steps, op === 'group')
    case 'stddev':
    case 'stdvar':
      return new VarianceFold(groups, steps, op === 'stddev')
    default:
      return undefined
  }
}

class SumFold implements Fold {
  readonly #steps: number
  readonly #totals: Float64Array
  readonly #compensations: Float64Array
  readonly #seen: Uint8Array

  constructor(groups: number, steps: number) {
    this.#steps = steps
    this.#totals = new Float64Array(groups * steps)
    this.#compensations = new Float64Array(groups * steps)
    this.#seen = new Uint8Array(groups * steps)
  }

  add(base: number, values: Float64Array, present: Uint8Array, at: number): void {
    const totals = this.#totals
    const compensations = this.#compensations
    const seen = this.#seen
    for (let step = 0; step < this.#steps; step++) {
      if (present[at + step] === 0) continue
      const value = values[at + step] as number
      const cell = base + step
      if (seen[cell] === 0) {
        seen[cell] = 1
        totals[cell] = value
        continue
      }
      // Neumaier's summation, as in kahan.ts, written out because this is the hottest loop of most dashboards.
      const before = totals[cell] as number
      const total = before + value
      totals[cell] = total
      if (total === Infinity || total === -Infinity) compensations[cell] = 0
      else {
        const lost =
          Math.abs(before) >= Math.abs(value) ? before - total + value : value - total + before
        compensations[cell] = (compensations[cell] as number) + lost
      }
    }
  }

  finish(labels: readonly Labels[]): DenseRows {
    const totals = this.#totals
    for (let cell = 0; cell < totals.length; cell++) {
      totals[cell] = (totals[cell] as number) + (this.#compensations[cell] as number)
    }
    return new DenseRows(labels, this.#steps, totals, this.#seen)
  }
}

/** The mean by the compensated sum; incrementally in cells whose sum would overflow (promql/engine.go, aggregation). */
class AverageFold implements Fold {
  readonly #steps: number
  readonly #totals: Float64Array
  readonly #compensations: Float64Array
  readonly #counts: Float64Array
  readonly #isIncremental: Uint8Array

  constructor(groups: number, steps: number) {
    this.#steps = steps
    this.#totals = new Float64Array(groups * steps)
    this.#compensations = new Float64Array(groups * steps)
    this.#counts = new Float64Array(groups * steps)
    this.#isIncremental = new Uint8Array(groups * steps)
  }

  add(base: number, values: Float64Array, present: Uint8Array, at: number): void {
    for (let step = 0; step < this.#steps; step++) {
      if (present[at + step] === 0) continue
      const value = values[at + step] as number
      const cell = base + step
      const count = (this.#counts[cell] as number) + 1
      this.#counts[cell] = count
      if (count === 1) this.#totals[cell] = value
      else if (this.#isIncremental[cell] === 1) this.#addShare(cell, value, count)
      else if (!this.#addWhole(cell, value)) {
        this.#isIncremental[cell] = 1
        this.#totals[cell] = (this.#totals[cell] as number) / (count - 1)
        this.#compensations[cell] = (this.#compensations[cell] as number) / (count - 1)
        this.#addShare(cell, value, count)
      }
    }
  }

  /** Adds to the sum; false, leaving it as it was, when it would be infinite. */
  #addWhole(cell: number, value: number): boolean {
    const before = this.#totals[cell] as number
    const total = before + value
    if (total === Infinity || total === -Infinity) return false
    const lost =
      Math.abs(before) >= Math.abs(value) ? before - total + value : value - total + before
    this.#totals[cell] = total
    this.#compensations[cell] = (this.#compensations[cell] as number) + lost
    return true
  }

  #addShare(cell: number, value: number, count: number): void {
    const kept = (count - 1) / count
    const before = kept * (this.#totals[cell] as number)
    const share = value / count
    const mean = before + share
    this.#totals[cell] = mean
    if (mean === Infinity || mean === -Infinity) {
      this.#compensations[cell] = 0
      return
    }
    const lost = Math.abs(before) >= Math.abs(share) ? before - mean + share : share - mean + before
    this.#compensations[cell] = kept * (this.#compensations[cell] as number) + lost
  }

  finish(labels: readonly Labels[]): DenseRows {
    const present = new Uint8Array(this.#totals.length)
    for (let cell = 0; cell < present.length; cell++) {
      const count = this.#counts[cell] as number
      if (count === 0) continue
      present[cell] = 1
      const divisor = this.#isIncremental[cell] === 1 ? 1 : count
      const total = this.#totals[cell] as number
      this.#totals[cell] = total / divisor + (this.#compensations[cell] as number) / divisor
    }
    return new DenseRows(labels, this.#steps, this.#totals, present)
  }
}

class ExtremeFold implements Fold {
  readonly #steps: number
  readonly #isMax: boolean
  readonly #values: Float64Array
  readonly #seen: Uint8Array

  constructor(groups: number, steps: number, isMax: boolean) {
    this.#steps = steps
    this.#isMax = isMax
    this.#values = new Float64Array(groups * steps)
    this.#seen = new Uint8Array(groups * steps)
  }

  add(base: number, values: Float64Array, present: Uint8Array, at: number): void {
    for (let step = 0; step < this.#steps; step++) {
      if (present[at + step] === 0) continue
      const value = values[at + step] as number
      const cell = base + step
      const best = this.#values[cell] as number
      // NaN remains only when there is nothing else.
      if (this.#seen[cell] === 0 || best !== best || (this.#isMax ? best < value : best > value)) {
        this.#values[cell] = value
        this.#seen[cell] = 1
      }
    }
  }

  finish(labels: readonly Labels[]): DenseRows {
    return new DenseRows(labels, this.#steps, this.#values, this.#seen)
  }
}

class CountFold implements Fold {
  readonly #steps: number
  readonly #isGroup: boolean
  readonly #counts: Float64Array
  readonly #seen: Uint8Array

  constructor(groups: number, steps: number, isGroup: boolean) {
    this.#steps = steps
    this.#isGroup = isGroup
    this.#counts = new Float64Array(groups * steps)
    this.#seen = new Uint8Array(groups * steps)
  }

  add(base: number, _values: Float64Array, present: Uint8Array, at: number): void {
    for (let step = 0; step < this.#steps; step++) {
      if (present[at + step] === 0) continue
      const cell = base + step
      this.#seen[cell] = 1
      this.#counts[cell] = this.#isGroup ? 1 : (this.#counts[cell] as number) + 1
    }
  }

  finish(labels: readonly Labels[]): DenseRows {
    return new DenseRows(labels, this.#steps, this.#counts, this.#seen)
  }
}

/** Welford's method. */
class VarianceFold implements Fold {
  readonly #steps: number
  readonly #isDeviation: boolean
  readonly #counts: Float64Array
  readonly #means: Float64Array
  readonly #squares: Float64Array

  constructor(groups: number, steps: number, isDeviation: boolean) {
    this.#steps = steps
    this.#isDeviation = isDeviation
    this.#counts = new Float64Array(groups * steps)
    this.#means = new Float64Array(groups * steps)
    this.#squares = new Float64Array(groups * steps)
  }

  add(base: number, values: Float64Array, present: Uint8Array, at: number): void {
    for (let step = 0; step < this.#steps; step++) {
      if (present[at + step] === 0) continue
      const value = values[at + step] as number
      const cell = base + step
      const count = (this.#counts[cell] as number) + 1
      this.#counts[cell] = count
      if (count === 1) {
        this.#means[cell] = value
        this.#squares[cell] = Number.isFinite(value) ? 0 : NaN
        continue
      }
      const delta = value - (this.#means[cell] as number)
      const mean = (this.#means[cell] as number) + delta / count
      this.#means[cell] = mean
      this.#squares[cell] = (this.#squares[cell] as number) + delta * (value - mean)
    }
  }

  finish(labels: readonly Labels[]): DenseRows {
    const present = new Uint8Array(this.#counts.length)
    for (let cell = 0; cell < present.length; cell++) {
      const count = this.#counts[cell] as number
      if (count === 0) continue
      present[cell] = 1
      const variance = (this.#squares[cell] as number) / count
      this.#squares[cell] = this.#isDeviation ? Math.sqrt(variance) : variance
    }
    return new DenseRows(labels, this.#steps, this.#squares, present)
  }
}
