import type { Call, Expr } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import { ClassicBuckets } from './classic-buckets.ts'
import {
  argument,
  type EvalContext,
  evaluateRows,
  evaluateScalar,
  stringArgument,
} from './context.ts'
import { formatOpenMetricsFloat, parseGoFloat } from './go-format.ts'
import { DenseRows, type Grid, type Rows, type Value, vectorOf } from './grid.ts'
import { dropMetadata, setLabel } from './label-sets.ts'
import { splitNative } from './histograms/split-native.ts'
import { relabel, UNITS_PER_KEY } from './merge-rows.ts'

/** The bucket series of one histogram, and the upper bound of each. */
interface Histogram {
  readonly labels: Labels
  readonly rows: number[]
  readonly bounds: number[]
}

/** Puts the series of classic buckets together; those without a usable `le` are noted and left out. */
async function groupBuckets(
  ctx: EvalContext,
  rows: Rows,
  where: Expr,
  grid: Grid,
): Promise<Histogram[]> {
  const groups = new Map<string, Histogram>()
  for (let row = 0; row < rows.labels.length; row++) {
    const own = rows.labels[row] as Labels
    const le = own.get('le')
    const bound = parseGoFloat(le)
    if (bound === undefined) {
      if (await hasValues(rows, row, grid)) ctx.notes.badBucketLabel(le, nameOf(ctx, own), where)
      continue
    }
    const labels = setLabel(own, 'le', '')
    const group = groups.get(labels.key)
    if (group === undefined) groups.set(labels.key, { labels, rows: [row], bounds: [bound] })
    else {
      group.rows.push(row)
      group.bounds.push(bound)
    }
    if (ctx.pace.spend(2 * UNITS_PER_KEY)) await ctx.pace.rest()
  }
  return [...groups.values()]
}

/** The buckets in ascending order of their bounds. */
function sortBuckets(histogram: Histogram): Histogram {
  const order = histogram.bounds.map((_, index) => index)
  order.sort((a, b) => (histogram.bounds[a] as number) - (histogram.bounds[b] as number))
  return {
    labels: histogram.labels,
    rows: order.map((index) => histogram.rows[index] as number),
    bounds: order.map((index) => histogram.bounds[index] as number),
  }
}

async function hasValues(rows: Rows, row: number, grid: Grid): Promise<boolean> {
  const present = new Uint8Array(grid.steps)
  await rows.fill(row, new Float64Array(grid.steps), present, 0)
  return present.includes(1)
}

/** What is asked of each histogram: one result row for each question. */
type Ask = (buckets: ClassicBuckets, question: number, step: number, histogram: Histogram) => number

/** Asks every histogram at every step; only the buckets of one histogram are in memory at a time. */
async function askHistograms(
  ctx: EvalContext,
  rows: Rows,
  histograms: readonly Histogram[],
  grid: Grid,
  questions: number,
  ask: Ask,
): Promise<DenseRows> {
  const { steps } = grid
  const count = histograms.length * questions
  ctx.budget.reserve(count * steps)
  const labels = histograms.flatMap((histogram) =>
    Array.from({ length: questions }, () => withoutName(ctx, histogram.labels)),
  )
  const out = new DenseRows(labels, steps)
  const widest = histograms.reduce((most, histogram) => Math.max(most, histogram.rows.length), 0)
  const values = new Float64Array(widest * steps)
  const present = new Uint8Array(widest * steps)
  const buckets = new ClassicBuckets(widest)
  for (let index = 0; index < histograms.length; index++) {
    const histogram = histograms[index] as Histogram
    const { rows: members, bounds } = sortBuckets(histogram)
    for (let i = 0; i < members.length; i++) {
      const waiting = rows.fill(members[i] as number, values, present, i * steps)
      if (waiting !== undefined) await waiting
    }
    for (let step = 0; step < steps; step++) {
      for (let question = 0; question < questions; question++) {
        buckets.clear()
        for (let i = 0; i < members.length; i++) {
          if (present[i * steps + step] === 0) continue
          buckets.add(bounds[i] as number, values[i * steps + step] as number)
        }
        if (buckets.size === 0) continue
        const cell = (index * questions + question) * steps + step
        out.present[cell] = 1
        out.values[cell] = ask(buckets, question, step, histogram)
      }
    }
    if (ctx.pace.spend(members.length * steps * questions * 2)) await ctx.pace.rest()
  }
  return out
}

/** For notes: where names are dropped at once, they are gone by then. */
function nameOf({ pendingNames }: EvalContext, labels: Labels): string {
  return pendingNames === undefined ? '' : labels.name
}

function withoutName({ pendingNames }: EvalContext, labels: Labels): Labels {
  return pendingNames === undefined ? dropMetadata(labels) : pendingNames.mark(labels)
}

/** histogram_quantile(φ, buckets) on classic histograms. */
export async function callHistogramQuantile(
  ctx: EvalContext,
  call: Call,
  grid: Grid,
): Promise<Value> {
  const quantiles = await evaluateScalar(ctx, argument(call, 0), grid)
  noteInvalid(ctx, quantiles, argument(call, 0))
  const where = argument(call, 1)
  const rows = await evaluateRows(ctx, where, grid)
  const split = await splitNative(ctx, rows, where, grid)
  const histograms = await groupBuckets(ctx, split.classic, where, grid)
  const ask = quantileAsker(ctx, grid, where, [quantiles])
  const classic = await askHistograms(ctx, split.classic, histograms, grid, 1, ask)
  const out = split.withAnswers(classic, 1, (native, row, question, step, name) =>
    native.estimates.quantile(quantiles[step] as number, row, name, native.notes),
  )
  return vectorOf(await relabel(ctx, out, out.labels, grid))
}

/** histogram_quantiles(buckets, "label", φ, …): one series for each quantile. */
export async function callHistogramQuantiles(
  ctx: EvalContext,
  call: Call,
  grid: Grid,
): Promise<Value> {
  const where = argument(call, 0)
  const rows = await evaluateRows(ctx, where, grid)
  const label = stringArgument(call, 1)
  const quantiles: Float64Array[] = []
  for (let i = 2; i < call.args.length; i++) {
    const values = await evaluateScalar(ctx, argument(call, i), grid)
    noteInvalid(ctx, values, argument(call, i))
    quantiles.push(values)
  }
  const split = await splitNative(ctx, rows, where, grid)
  const histograms = await groupBuckets(ctx, split.classic, where, grid)
  const ask = quantileAsker(ctx, grid, where, quantiles)
  const count = quantiles.length
  const classic = await askHistograms(ctx, split.classic, histograms, grid, count, ask)
  const out = split.withAnswers(classic, count, (native, row, question, step, name) => {
    const quantile = (quantiles[question] as Float64Array)[step] as number
    return native.estimates.quantile(quantile, row, name, native.notes)
  })
  const labels = out.labels.map((own, row) => {
    const quantile = quantiles[row % quantiles.length] as Float64Array
    const made = setLabel(own, label, formatOpenMetricsFloat(quantile[0] as number))
    return ctx.pendingNames?.inherit(made, own) ?? made
  })
  return vectorOf(await relabel(ctx, out, labels, grid))
}

function noteInvalid(ctx: EvalContext, quantiles: Float64Array, where: Expr): void {
  for (const quantile of new Set(quantiles)) {
    if (!(quantile >= 0 && quantile <= 1)) ctx.notes.invalidQuantile(quantile, where)
  }
}

function quantileAsker(
  ctx: EvalContext,
  grid: Grid,
  where: Expr,
  quantiles: readonly Float64Array[],
): Ask {
  return (buckets, question, step, histogram) =>
    buckets.quantile((quantiles[question] as Float64Array)[step] as number, (forced) =>
      ctx.notes.forcedMonotonicity(
        grid.startMs + step * grid.stepMs,
        forced.minBucket,
        forced.maxBucket,
        forced.maxDiff,
        where,
        nameOf(ctx, histogram.labels),
      ),
    )
}

/** histogram_fraction(lower, upper, buckets) on classic histograms. */
export async function callHistogramFraction(
  ctx: EvalContext,
  call: Call,
  grid: Grid,
): Promise<Value> {
  const lower = await evaluateScalar(ctx, argument(call, 0), grid)
  const upper = await evaluateScalar(ctx, argument(call, 1), grid)
  const where = argument(call, 2)
  const rows = await evaluateRows(ctx, where, grid)
  const split = await splitNative(ctx, rows, where, grid)
  const histograms = await groupBuckets(ctx, split.classic, where, grid)
  const ask: Ask = (buckets, _question, step) =>
    buckets.fraction(lower[step] as number, upper[step] as number)
  const classic = await askHistograms(ctx, split.classic, histograms, grid, 1, ask)
  const out = split.withAnswers(classic, 1, (native, row, question, step, name) =>
    native.estimates.fraction(
      ...[lower[step] as number, upper[step] as number, row, name, native.notes],
    ),
  )
  return vectorOf(await relabel(ctx, out, out.labels, grid))
}
