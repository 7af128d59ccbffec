import { setImmediate } from 'node:timers/promises'
import type { Grouping, MatcherNode, RangeAggregate } from '../../lang/logql/ast.ts'
import { parseGoFloat } from '../../lang/logql/quantity.ts'
import { Labels } from '../../model/labels.ts'
import { collectLines } from './collect-lines.ts'
import {
  CountingCollector,
  type CountedSeries,
  HoldingCollector,
  type StepRange,
  type TallyCollector,
} from './collect-samples.ts'
import { emptyRow, type Row, setAt } from './grid.ts'
import { type MetricContext, refuseCanceled } from './metric-context.ts'
import { compileSampler, type Sampler } from '../../lang/logql/pipeline/sample.ts'
import { planTally } from './plan-tally.ts'
import { tallyLines } from './tally-lines.ts'
import { type Samples, windowFunction, type WindowFunction } from './windows.ts'

/** So many samples looked at, and others have a turn. */
const SAMPLES_PER_TURN = 1_000_000

/**
 * The rows of a range aggregation. The window of a step reaches from its time, which is part of it, back by the range, whose
 * beginning is not. `outer` is the grouping of a `sum` around it, where it may be done at once.
 */
export async function evaluateRange(
  context: MetricContext,
  expr: RangeAggregate,
  outer?: Grouping,
): Promise<Row[]> {
  const { grid, limits } = context
  const rangeNs = expr.range.rangeMs * 1e6
  const range = { stepNs: grid.stepNs, steps: grid.steps, rangeNs }
  const sampler = compileSampler(expr, outer)
  const param = parseGoFloat(expr.param ?? '0')
  const compute = windowFunction(expr.op, 'value' in param ? param.value : NaN)
  const isCounted = compute === undefined || (expr.op === 'rate' && !expr.range.unwrap)
  if (isCounted) {
    const collector = await collect(
      { context, expr, outer, sampler },
      () => new CountingCollector(range, limits, isOfBytes(expr)),
    )
    const rows = [...collector.series].map((series) => rowOfCounts(series, expr, range))
    return expr.op === 'absent_over_time' ? [absentRow(expr, rows, grid.steps)] : rows
  }
  const collector = await collect(
    { context, expr, outer, sampler },
    () => new HoldingCollector(range, limits),
  )
  const rows: Row[] = []
  for (const { labels, samples } of collector.series()) {
    refuseCanceled(context.signal)
    rows.push(await rowOfWindows(labels, samples, compute, range))
  }
  return rows
}

interface Collecting {
  readonly context: MetricContext
  readonly expr: RangeAggregate
  readonly outer: Grouping | undefined
  readonly sampler: Sampler
}

/** Has the lines counted by the engine where it can, or else reads them. */
async function collect<C extends TallyCollector>(
  { context, expr, outer, sampler }: Collecting,
  create: () => C,
): Promise<C> {
  const plan = planTally(expr, sampler.looksAt)
  if (plan !== undefined) {
    const counted = create()
    if (await tallyLines(context, expr, outer, plan, counted)) return counted
  }
  const collector = create()
  await collectLines(context, expr, sampler, collector)
  return collector
}

function isOfBytes({ op }: RangeAggregate): boolean {
  return op === 'bytes_over_time' || op === 'bytes_rate'
}

function rowOfCounts(
  { labels, counts, sums }: CountedSeries,
  expr: RangeAggregate,
  { steps, rangeNs }: StepRange,
): Row {
  const { op } = expr
  const sumsOfBytes = isOfBytes(expr) ? sums : undefined
  const row = emptyRow(labels, steps)
  const seconds = rangeNs / 1e9
  let count = 0
  let sum = 0
  for (let step = 0; step < steps; step++) {
    count += counts[step] as number
    if (sumsOfBytes) sum += sumsOfBytes[step] as number
    if (count === 0) continue
    const total = sumsOfBytes ? sum : count
    setAt(row, step, op === 'rate' || op === 'bytes_rate' ? total / seconds : total)
  }
  return row
}

async function rowOfWindows(
  labels: Labels,
  samples: Samples,
  compute: WindowFunction,
  { stepNs, steps, rangeNs }: StepRange,
): Promise<Row> {
  const row = emptyRow(labels, steps)
  const { timesNs } = samples
  let from = 0
  let to = 0
  let seen = 0
  for (let step = 0; step < steps; step++) {
    const endNs = step * stepNs
    while (to < timesNs.length && (timesNs[to] as number) <= endNs) to++
    while (from < to && (timesNs[from] as number) <= endNs - rangeNs) from++
    if (from === to) continue
    setAt(row, step, compute(samples, { from, to, endNs, rangeNs }))
    seen += to - from
    if (seen > SAMPLES_PER_TURN) {
      seen = 0
      await setImmediate()
    }
  }
  return row
}

/** One series with the labels that the selector says, where no other is. */
function absentRow({ range }: RangeAggregate, rows: readonly Row[], steps: number): Row {
  const row = emptyRow(absentLabels(range.log.selector.matchers), steps)
  for (let step = 0; step < steps; step++) {
    if (!rows.some(({ present }) => present[step] === 1)) setAt(row, step, 1)
  }
  return row
}

function absentLabels(matchers: readonly MatcherNode[]): Labels {
  const labels = new Map<string, string>()
  const unknown = new Set(['__name__'])
  for (const { name, op, value } of matchers) {
    if (op === '=' && !labels.has(name)) labels.set(name, value)
    else unknown.add(name)
  }
  return Labels.fromPairs([...labels].filter(([name]) => !unknown.has(name)))
}
