import type { Expr } from '../../lang/promql/ast.ts'
import { Labels } from '../../model/labels.ts'
import { type EvalContext, fail, unwrap } from './context.ts'
import type { PromqlResult } from './engine.ts'
import { extendSlice } from './functions-extended.ts'
import { windowsOf } from './functions-window.ts'
import { type Grid, RowReader, type Rows, type Value } from './grid.ts'
import { GrowingColumns } from './growing-columns.ts'
import { HISTOGRAM, NOTHING } from './histograms/histogram-work.ts'
import { MergedSamples, mixedSourceOf } from './histograms/mixed-result.ts'
import type { MixedSource } from './histograms/mixed-source.ts'
import { failSameLabelset } from './merge-rows.ts'
import { sortedOrder } from './sort-labels.ts'
import { firstAfter } from './instant-rows.ts'
import type { Slice } from './window.ts'

/** The part of a result that evaluation yields. */
export type ResultData = Pick<
  PromqlResult,
  'type' | 'labels' | 'offsets' | 'timestampsMs' | 'values' | 'histograms' | 'text'
>

const MAX_FIRST_ROOM = 1_000_000

/** The answer of an instant query. */
export async function instantResult(
  ctx: EvalContext,
  value: Value,
  grid: Grid,
): Promise<ResultData> {
  if (value.kind === 'string') return textResult(value.text, grid.startMs)
  if (value.kind === 'scalar') {
    return {
      type: 'scalar',
      labels: [],
      offsets: new Uint32Array([0, 1]),
      timestampsMs: new Float64Array([grid.startMs]),
      values: value.values,
    }
  }
  // The order is kept: it is what sort and topk are about.
  const collected = await collectRows(ctx, value.rows, grid)
  return { type: 'vector', ...collected }
}

function textResult(text: string, timestampMs: number): ResultData {
  return {
    type: 'string',
    text,
    labels: [],
    offsets: new Uint32Array([0, 1]),
    timestampsMs: new Float64Array([timestampMs]),
    values: new Float64Array(1),
  }
}

/** The answer of a range query: series with at least one sample, in the order of their labels. */
export async function rangeResult(ctx: EvalContext, value: Value, grid: Grid): Promise<ResultData> {
  if (value.kind === 'string') return fail('a range query cannot yield a string')
  if (value.kind === 'vector') {
    const order = await sortedOrder(ctx.pace, value.rows.labels)
    return { type: 'matrix', ...(await collectRows(ctx, value.rows, grid, order)) }
  }
  return {
    type: 'matrix',
    labels: [Labels.EMPTY],
    offsets: new Uint32Array([0, grid.steps]),
    timestampsMs: value.values.map((_, step) => grid.startMs + step * grid.stepMs),
    values: value.values,
  }
}

type Collected = Pick<ResultData, 'labels' | 'offsets' | 'timestampsMs' | 'values' | 'histograms'>

async function collectRows(
  ctx: EvalContext,
  rows: Rows,
  grid: Grid,
  order?: Uint32Array,
): Promise<Collected> {
  const { startMs, stepMs, steps } = grid
  const count = rows.labels.length
  const labels: Labels[] = []
  const offsets = new Uint32Array(count + 1)
  const reader = new RowReader(rows, steps)
  // Most cells of a result have a value; a sparse one should not take the room of a full one.
  const columns = new GrowingColumns(Math.min(count * steps, MAX_FIRST_ROOM))
  for (let i = 0; i < count; i++) {
    const row = order === undefined ? i : (order[i] as number)
    const waiting = reader.load(row)
    if (waiting !== undefined) await waiting
    const { values, present, at } = reader
    const before = columns.length
    for (let step = 0; step < steps; step++) {
      const kind = present[at + step]
      if (kind === NOTHING) continue
      const value = values[at + step] as number
      if (kind === HISTOGRAM) columns.addHistogram(startMs + step * stepMs, value)
      else columns.add(startMs + step * stepMs, value)
    }
    if (columns.length > before) {
      ctx.budget.reserve(columns.length - before)
      labels.push(rows.labels[row] as Labels)
      offsets[labels.length] = columns.length
    }
    if (ctx.pace.spend(steps + 4)) await ctx.pace.rest()
  }
  const ends = offsets.subarray(0, labels.length + 1)
  return { labels, offsets: ends, ...columns.columns, ...columns.histograms(ctx.histograms?.table) }
}

/** The answer of an instant query for a range selector or subquery: its samples as they are. */
export async function windowResult(ctx: EvalContext, expr: Expr, grid: Grid): Promise<ResultData> {
  const node = unwrap(expr)
  if (node.kind !== 'matrix' && node.kind !== 'subquery') return fail('expected a range vector')
  const extended =
    node.kind === 'matrix' && node.selector.extension !== undefined ? node.selector : undefined
  const { source, times, inside } = await windowsOf(ctx, node, grid)
  if (ctx.histograms !== undefined) {
    const mixed = mixedSourceOf(ctx, node, source, inside)
    if (mixed !== undefined) return mixedResult(ctx, mixed, times.firstMs, node.rangeMs)
  }
  const settled = settledLabels(ctx, source.labels)
  const order = await sortedOrder(ctx.pace, source.labels)
  const labels: Labels[] = []
  const offsets = new Uint32Array(order.length + 1)
  const columns = new GrowingColumns(0)
  const slice: Slice = {
    timestampsMs: new Float64Array(0),
    values: new Float64Array(0),
    from: 0,
    to: 0,
  }
  for (const row of order) {
    const waiting = source.load(row, slice)
    if (waiting !== undefined) await waiting
    const afterMs = times.firstMs - node.rangeMs
    if (extended === undefined) cutSlice(slice, afterMs, times.firstMs)
    else extendSlice(slice, extended, afterMs, times.firstMs, ctx.lookbackMs)
    const { timestampsMs, values, from: lo, to: hi } = slice
    for (let i = lo; i < hi; i++) columns.add(timestampsMs[i] as number, values[i] as number)
    if (hi > lo) {
      ctx.budget.reserve(hi - lo)
      labels.push(settled[row] as Labels)
      offsets[labels.length] = columns.length
    }
    if (ctx.pace.spend(hi - lo + 4)) await ctx.pace.rest()
  }
  const ends = offsets.subarray(0, labels.length + 1)
  return { type: 'matrix', labels, offsets: ends, ...columns.columns }
}

/** The same where there are native histograms. */
async function mixedResult(
  ctx: EvalContext,
  source: MixedSource,
  endMs: number,
  rangeMs: number,
): Promise<ResultData> {
  const settled = settledLabels(ctx, source.labels)
  const labels: Labels[] = []
  const offsets = new Uint32Array(source.labels.length + 1)
  const columns = new GrowingColumns(0)
  const samples = new MergedSamples(source, columns)
  for (const row of await sortedOrder(ctx.pace, source.labels)) {
    const before = columns.length
    await samples.add(row, endMs - rangeMs, endMs)
    if (columns.length > before) {
      ctx.budget.reserve(columns.length - before)
      labels.push(settled[row] as Labels)
      offsets[labels.length] = columns.length
    }
    if (ctx.pace.spend(columns.length - before + 4)) await ctx.pace.rest()
  }
  const ends = offsets.subarray(0, labels.length + 1)
  return {
    ...{ type: 'matrix', labels, offsets: ends },
    ...columns.columns,
    ...columns.histograms(ctx.histograms?.table),
  }
}

/** The labels of windows at the end of a query. Two that become equal fail it: their samples cannot be told apart. */
function settledLabels(
  { pendingNames }: EvalContext,
  labels: readonly Labels[],
): readonly Labels[] {
  if (!pendingNames || !labels.some((own) => pendingNames.isMarked(own))) return labels
  const settled = labels.map((own) => pendingNames.settle(own))
  if (new Set(settled.map(({ key }) => key)).size < settled.length) failSameLabelset()
  return settled
}

/** Narrows a slice to the samples after one time and up to another. */
function cutSlice(slice: Slice, afterMs: number, endMs: number): void {
  slice.from = firstAfter(slice.timestampsMs, slice.from, slice.to, afterMs)
  slice.to = firstAfter(slice.timestampsMs, slice.from, slice.to, endMs)
}
