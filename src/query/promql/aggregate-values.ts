import type { Aggregate } from '../../lang/promql/ast.ts'
import { formatFloat, quoteString } from '../../model/go-notation.ts'
import type { Labels } from '../../model/labels.ts'
import { type EvalContext, fail, unwrap } from './context.ts'
import { DenseRows, type Grid, RowReader, type Rows } from './grid.ts'
import { groupLabels, groupRows, labelsOfGroup } from './grouping.ts'
import { setLabel } from './label-sets.ts'
import { HISTOGRAM, NOTHING } from './histograms/histogram-work.ts'
import { showHistogram } from './histograms/show-histogram.ts'
import { floatsToAggregate } from './histograms/mixed-aggregate.ts'
import { materialise } from './merge-rows.ts'
import { quantileOfSorted } from './window-order.ts'

/** quantile(φ, v). */
export async function aggregateQuantile(
  ctx: EvalContext,
  node: Aggregate,
  params: Float64Array,
  rows: Rows,
  grid: Grid,
): Promise<DenseRows> {
  const { steps } = grid
  const where = unwrap(node.param ?? node.expr)
  for (const quantile of new Set(params)) {
    if (!(quantile >= 0 && quantile <= 1)) ctx.notes.invalidQuantile(quantile, where)
  }
  const input = await materialise(ctx, await floatsToAggregate(ctx, node, rows, grid), grid)
  const groups = await groupRows(ctx.pace, node, rows)
  const members: number[][] = groups.example.map(() => [])
  for (let row = 0; row < groups.ofRow.length; row++) {
    members[groups.ofRow[row] as number]?.push(row)
  }
  const out = new DenseRows(groupLabels(node, rows, groups, ctx.pendingNames), steps)
  for (let group = 0; group < members.length; group++) {
    const own = members[group] as number[]
    const sorted = new Float64Array(own.length)
    for (let step = 0; step < steps; step++) {
      let count = 0
      let nanCount = 0
      for (const row of own) {
        if (input.present[row * steps + step] === 0) continue
        const value = input.values[row * steps + step] as number
        if (value !== value) nanCount++
        else sorted[count++] = value
      }
      if (count + nanCount === 0) continue
      sorted.subarray(0, count).sort()
      out.present[group * steps + step] = 1
      out.values[group * steps + step] = quantileOfSorted(
        params[step] as number,
        sorted,
        count,
        nanCount,
      )
      if (ctx.pace.spend(own.length * 8)) await ctx.pace.rest()
    }
  }
  return out
}

/** Rows that come into being as values are seen. */
class CountedRows {
  readonly #steps: number
  readonly #ctx: EvalContext
  readonly #rowOf = new Map<string, number>()
  readonly labels: Labels[] = []
  readonly #counts: Float64Array[] = []

  constructor(ctx: EvalContext, steps: number) {
    this.#ctx = ctx
    this.#steps = steps
  }

  /** The counts under some labels. */
  of(labels: Labels): Float64Array {
    let row = this.#rowOf.get(labels.key)
    if (row === undefined) {
      this.#ctx.budget.reserve(this.#steps)
      row = this.labels.length
      this.#rowOf.set(labels.key, row)
      this.labels.push(labels)
      this.#counts.push(new Float64Array(this.#steps))
    }
    return this.#counts[row] as Float64Array
  }

  finish(): DenseRows {
    const out = new DenseRows(this.labels, this.#steps)
    this.#counts.forEach((counts, row) => {
      const base = row * this.#steps
      for (let step = 0; step < this.#steps; step++) {
        const count = counts[step] as number
        out.values[base + step] = count
        out.present[base + step] = count > 0 ? 1 : 0
      }
    })
    return out
  }
}

/** count_values("label", v): how often each value occurs, as a label. */
export async function countValues(
  ctx: EvalContext,
  node: Aggregate,
  valueLabel: string,
  rows: Rows,
  grid: Grid,
): Promise<DenseRows> {
  if (valueLabel === '') fail(`invalid label name ${quoteString(valueLabel)}`)
  const { steps } = grid
  const work = ctx.histograms
  const names = new Set(node.grouping)
  if (!node.without) names.add(valueLabel)
  const reader = new RowReader(rows, steps)
  const counted = new CountedRows(ctx, steps)
  for (let row = 0; row < rows.labels.length; row++) {
    const waiting = reader.load(row)
    if (waiting !== undefined) await waiting
    const own = rows.labels[row] as Labels
    const known = new Map<number, Float64Array>()
    for (let step = 0; step < steps; step++) {
      const kind = reader.present[reader.at + step]
      if (kind === NOTHING) continue
      const value = reader.values[reader.at + step] as number
      const histogram = kind === HISTOGRAM ? value : -1
      let counts = histogram < 0 ? known.get(value) : undefined
      if (counts === undefined) {
        const text =
          work !== undefined && histogram >= 0
            ? showHistogram(work.table, histogram)
            : formatFloat(value)
        const labelled = setLabel(own, valueLabel, text)
        counts = counted.of(labelsOfGroup(node, names, labelled))
        if (histogram < 0) known.set(value, counts)
      }
      counts[step] = (counts[step] as number) + 1
    }
    if (ctx.pace.spend(steps * 4)) await ctx.pace.rest()
  }
  return counted.finish()
}
