import type { Aggregate } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import { type EvalContext, fail, unwrap } from './context.ts'
import { formatG } from './go-format.ts'
import { DenseRows, type Grid, type Rows } from './grid.ts'
import { groupRows } from './grouping.ts'
import { floatsToAggregate } from './histograms/mixed-aggregate.ts'
import { materialise } from './merge-rows.ts'

/** The largest and smallest floats that Prometheus turns into an int64. */
const MAX_INT64 = 9223372036854774784
const MIN_INT64 = -9223372036854775808

/** The number of results that each step may have; undefined when there are none anywhere. */
function resultCounts(params: Float64Array): Float64Array | undefined {
  const most = params.reduce((a, b) => (b > a ? b : a), -Number.MAX_VALUE)
  const least = params.reduce((a, b) => (b < a ? b : a), Number.MAX_VALUE)
  if (params.some((value) => value !== value)) fail('Parameter value is NaN')
  if (most < 1) return undefined
  if (least <= MIN_INT64) fail(`Scalar value ${formatG(least)} underflows int64`)
  if (most >= MAX_INT64) fail(`Scalar value ${formatG(most)} overflows int64`)
  return params.map(Math.trunc)
}

/** The rows of each group, in order. */
function rowsOfGroups(ofRow: Int32Array, count: number): number[][] {
  const out: number[][] = Array.from({ length: count }, () => [])
  for (let row = 0; row < ofRow.length; row++) (out[ofRow[row] as number] as number[]).push(row)
  return out
}

/**
 * A heap of the k best cells, worst on top, with the moves of Go's container/heap: which of several equal values remain, and
 * in what order, is the same as in Prometheus.
 */
class BestCells {
  readonly #isTop: boolean
  readonly rows: number[] = []
  readonly values: number[] = []

  constructor(isTop: boolean) {
    this.#isTop = isTop
  }

  clear(): void {
    this.rows.length = 0
    this.values.length = 0
  }

  offer(row: number, value: number, k: number): void {
    if (this.rows.length < k) {
      this.rows.push(row)
      this.values.push(value)
      this.#rise(this.rows.length - 1)
      return
    }
    const worst = this.values[0] as number
    const isBetter = this.#isTop ? worst < value : worst > value
    if (!isBetter && !(worst !== worst && value === value)) return
    this.rows[0] = row
    this.values[0] = value
    this.#sink()
  }

  /** True when the first is worse: NaN is worst of all. */
  #isWorse(a: number, b: number): boolean {
    const left = this.values[a] as number
    const right = this.values[b] as number
    if (left !== left) return true
    return this.#isTop ? left < right : left > right
  }

  #swap(a: number, b: number): void {
    const row = this.rows[a] as number
    const value = this.values[a] as number
    this.rows[a] = this.rows[b] as number
    this.values[a] = this.values[b] as number
    this.rows[b] = row
    this.values[b] = value
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isWorse(at, parent)) break
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(): void {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.rows.length) break
      if (child + 1 < this.rows.length && this.#isWorse(child + 1, child)) child++
      if (!this.#isWorse(child, at)) break
      this.#swap(at, child)
      at = child
    }
  }

  /** The rows, best first. */
  ranked(): number[] {
    const order = this.rows.map((_, index) => index)
    order.sort((a, b) => this.#compare(this.values[a] as number, this.values[b] as number))
    return order.map((index) => this.rows[index] as number)
  }

  #compare(a: number, b: number): number {
    if (a !== a) return b !== b ? 0 : 1
    if (b !== b) return -1
    return this.#isTop ? b - a : a - b
  }
}

/** Cells that an aggregation chose from its input. */
class Selection {
  readonly #from: DenseRows
  readonly #steps: number
  readonly #present: Uint8Array
  /** The chosen rows of an instant query in their order, which is kept. */
  readonly ranked: number[] = []

  constructor(from: DenseRows, steps: number) {
    this.#from = from
    this.#steps = steps
    this.#present = new Uint8Array(from.present.length)
  }

  choose(row: number, step: number): void {
    const cell = row * this.#steps + step
    this.#present[cell] = this.#from.present[cell] as number
    if (this.#steps === 1) this.ranked.push(row)
  }

  finish(): DenseRows {
    const from = this.#from
    if (this.#steps !== 1)
      return new DenseRows(from.labels, this.#steps, from.values, this.#present)
    const labels = this.ranked.map((row) => from.labels[row] as Labels)
    const values = Float64Array.from(this.ranked, (row) => from.values[row] as number)
    const present = Uint8Array.from(this.ranked, (row) => from.present[row] as number)
    return new DenseRows(labels, 1, values, present)
  }
}

/** topk and bottomk. */
export async function aggregateTop(
  ctx: EvalContext,
  node: Aggregate,
  params: Float64Array,
  rows: Rows,
  grid: Grid,
): Promise<DenseRows> {
  const { steps } = grid
  const counts = resultCounts(params)
  if (counts === undefined) return new DenseRows([], steps)
  const input = await materialise(ctx, await floatsToAggregate(ctx, node, rows, grid), grid)
  const groups = await groupRows(ctx.pace, node, rows)
  const selection = new Selection(input, steps)
  const best = new BestCells(node.op === 'topk')
  for (const members of rowsOfGroups(groups.ofRow, groups.count)) {
    for (let step = 0; step < steps; step++) {
      const k = Math.min(counts[step] as number, input.labels.length)
      if (k < 1) continue
      best.clear()
      for (const row of members) {
        const cell = row * steps + step
        if (input.present[cell] === 1) best.offer(row, input.values[cell] as number, k)
      }
      const chosen = steps === 1 ? best.ranked() : best.rows
      for (const row of chosen) selection.choose(row, step)
      if (ctx.pace.spend(members.length)) await ctx.pace.rest()
    }
  }
  return selection.finish()
}

/** limitk: the first k of each group; limit_ratio: those whose hash falls below the ratio. */
export async function aggregateLimit(
  ctx: EvalContext,
  node: Aggregate,
  params: Float64Array,
  rows: Rows,
  grid: Grid,
): Promise<DenseRows> {
  const { steps } = grid
  const limits = node.op === 'limitk' ? resultCounts(params) : ratios(ctx, node, params)
  if (limits === undefined) return new DenseRows([], steps)
  const input = await materialise(ctx, rows, grid)
  const groups = await groupRows(ctx.pace, node, rows)
  const selection = new Selection(input, steps)
  for (const members of rowsOfGroups(groups.ofRow, groups.count)) {
    const taken = new Float64Array(steps)
    for (const row of members) {
      const offset = node.op === 'limit_ratio' ? hashFraction(input.labels[row] as Labels) : 0
      for (let step = 0; step < steps; step++) {
        if (input.present[row * steps + step] === 0) continue
        const limit = limits[step] as number
        const isTaken =
          node.op === 'limitk' ? (taken[step] as number) < limit : isInRatio(limit, offset)
        if (!isTaken) continue
        taken[step] = (taken[step] as number) + 1
        selection.choose(row, step)
      }
      if (ctx.pace.spend(steps)) await ctx.pace.rest()
    }
  }
  return selection.finish()
}

function ratios(ctx: EvalContext, node: Aggregate, params: Float64Array): Float64Array | undefined {
  const most = params.reduce((a, b) => (b > a ? b : a), -Number.MAX_VALUE)
  const least = params.reduce((a, b) => (b < a ? b : a), Number.MAX_VALUE)
  if (params.some((value) => value !== value)) fail('Ratio value is NaN')
  if (most === 0 && least === 0) return undefined
  const where = unwrap(node.param ?? node.expr)
  if (most > 1) ctx.notes.invalidRatio(most, 1, where)
  if (least < -1) ctx.notes.invalidRatio(least, -1, where)
  return params.map((ratio) => Math.max(-1, Math.min(1, ratio)))
}

/** A negative ratio takes exactly the series that its complement leaves out. */
function isInRatio(ratio: number, offset: number): boolean {
  return (ratio > 0 && offset < ratio) || (ratio < 0 && offset >= 1 + ratio)
}

/** A number in 0 … 1 that is always the same for a label set, spread evenly over label sets. */
function hashFraction(labels: Labels): number {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  const text = labels.key
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return ((b & 0x1fffff) * 4294967296 + (a >>> 0)) / 2 ** 53
}
