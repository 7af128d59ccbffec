import type { Aggregate, Binary, Expr, LabelReplace, MetricExpr } from '../../lang/logql/ast.ts'
import { constantOf } from '../../lang/logql/check.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { compileAnchored } from '../../model/regex.ts'
import type { LogqlRequest, LogqlResult, ResultSeries } from '../logs/logql.ts'
import { aggregateRows } from './aggregate.ts'
import { mergeRows, mergeWithNumber } from './binary.ts'
import { emptyRow, type Grid, type Row, setAt } from './grid.ts'
import {
  type MetricContext,
  type MetricLimits,
  type MetricSource,
  tooManySeries,
} from './metric-context.ts'
import { evaluateRange } from './range-aggregate.ts'

/** Steps of one query (Loki's own bound). */
const MAX_STEPS = 11_000

/**
 * Evaluates a metric query over the lines of a source: for an instant query at one time, else at every step from the start to the
 * end. Rejects with a `Problem` in Loki's words.
 */
export async function evaluateMetric(
  source: MetricSource,
  expr: MetricExpr,
  request: LogqlRequest,
  limits: MetricLimits,
): Promise<LogqlResult> {
  const grid = gridOf(request)
  const figures = { lines: 0, bytes: 0, postFilterLines: 0 }
  const constant = constantOf(expr)
  if (constant !== undefined && grid.isInstant) {
    const timestampMs = Number(grid.startNs) / 1e6
    return { type: 'scalar', timestampMs, value: constant, warnings: [], figures }
  }
  const context: MetricContext = { source, grid, limits, figures, signal: request.signal }
  const rows = await evaluate(context, expr)
  const kept = rows.filter(({ present }) => present.includes(1))
  if (kept.length > limits.maxSeries) throw tooManySeries(limits.maxSeries)
  const isOrdered = grid.isInstant && expr.kind === 'aggregate' && ORDERED.has(expr.op)
  const ordered = isOrdered ? kept : kept.sort((a, b) => compareLabels(a.labels, b.labels))
  const series = ordered.map((row) => toSeries(row, grid))
  return { type: grid.isInstant ? 'vector' : 'matrix', series, warnings: [], figures }
}

/** Aggregations whose result keeps their order. */
const ORDERED: ReadonlySet<Aggregate['op']> = new Set<Aggregate['op']>([
  ...(['topk', 'bottomk', 'approx_topk', 'sort', 'sort_desc'] as const),
])

function gridOf({ startNs, endNs, stepNs, isInstant }: LogqlRequest): Grid {
  if (isInstant) return { startNs, stepNs: 1, steps: 1, isInstant }
  if (stepNs <= 0n || endNs < startNs) {
    throw new Problem('bad_data', 'zero or negative query resolution step widths are not accepted')
  }
  const steps = Number((endNs - startNs) / stepNs) + 1
  if (steps > MAX_STEPS + 1) {
    throw new Problem(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per time series. ' +
        'Try increasing the value of the step parameter',
    )
  }
  return { startNs, stepNs: Number(stepNs), steps, isInstant }
}

function compareLabels(a: Labels, b: Labels): number {
  return a.key < b.key ? -1 : Number(a.key > b.key)
}

function toSeries({ labels, values, present }: Row, { startNs, stepNs }: Grid): ResultSeries {
  const timestampsMs: number[] = []
  const own: number[] = []
  for (const [step, is] of present.entries()) {
    if (is !== 1) continue
    timestampsMs.push(Number(startNs / 1_000_000n) + Math.floor((step * stepNs) / 1e6))
    own.push(values[step] as number)
  }
  return { labels, timestampsMs, values: own }
}

async function evaluate(context: MetricContext, expr: Expr): Promise<Row[]> {
  switch (expr.kind) {
    case 'range_aggregate':
      return evaluateRange(context, expr)
    case 'aggregate':
      return evaluateAggregate(context, expr)
    case 'binary':
      return evaluateBinary(context, expr)
    case 'number':
    case 'vector':
      return [constantRow(expr.value, context.grid.steps)]
    case 'label_replace':
      return replaceLabels(expr, await evaluate(context, expr.expr))
    case 'log':
      throw new Problem('bad_data', 'unexpected log selector, expecting a metric')
    default:
      return expr satisfies never
  }
}

function constantRow(value: number, steps: number): Row {
  const row = emptyRow(Labels.EMPTY, steps)
  for (let step = 0; step < steps; step++) setAt(row, step, value)
  return row
}

const SUMMED: ReadonlySet<string> = new Set([
  ...['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'sum_over_time'],
])

async function evaluateAggregate(context: MetricContext, expr: Aggregate): Promise<Row[]> {
  const { grid } = context
  if (expr.op === 'approx_topk' && !grid.isInstant) {
    throw new Problem('bad_data', 'count min sketches are only supported on instant queries')
  }
  const inner = expr.expr
  const isSummed =
    expr.op === 'sum' && inner.kind === 'range_aggregate' && !inner.grouping && SUMMED.has(inner.op)
  const grouping = expr.grouping ?? { without: false, labels: [] }
  const rows = isSummed
    ? await evaluateRange(context, inner, grouping)
    : await evaluate(context, inner)
  return aggregateRows(expr, rows, grid.steps)
}

async function evaluateBinary(context: MetricContext, expr: Binary): Promise<Row[]> {
  const { steps } = context.grid
  const whole = constantOf(expr)
  if (whole !== undefined) return [constantRow(whole, steps)]
  const left = constantOf(expr.left)
  if (left !== undefined) {
    return mergeWithNumber(expr, await evaluate(context, expr.right), left, true, steps)
  }
  const right = constantOf(expr.right)
  if (right !== undefined) {
    return mergeWithNumber(expr, await evaluate(context, expr.left), right, false, steps)
  }
  const leftRows = await evaluate(context, expr.left)
  return mergeRows(expr, leftRows, await evaluate(context, expr.right), steps)
}

function replaceLabels(expr: LabelReplace, rows: readonly Row[]): Row[] {
  const regex = compileAnchored(expr.regex)
  return rows.map((row) => {
    const text = regex.expand(row.labels.get(expr.source), expr.replacement)
    return text === undefined ? row : { ...row, labels: row.labels.with({ [expr.target]: text }) }
  })
}
