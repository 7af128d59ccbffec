import type { MetricsExpression, MetricsPipeline, Pipeline } from '../../lang/traceql/ast.ts'
import { fieldsOf } from '../../lang/traceql/fields.ts'
import { Problem } from '../../model/problem.ts'
import type { SpanParts, SpansSource } from '../../store/spans-source.ts'
import { SpanAggregator } from './aggregate-spans.ts'
import { SpanComparison } from './compare-spans.ts'
import { compilePipeline } from './evaluate-pipeline.ts'
import { type MetricsGrid, rangeOfGrid } from './metrics-grid.ts'
import type { MetricsSeries } from './metrics-series.ts'
import { planPipeline } from './plan.ts'
import { planTally } from './plan-tally.ts'
import { partsOf } from './read-parts.ts'
import { applyStages, combineSeries } from './second-stage.ts'
import { tracesOf, type StoredTrace } from './stored-traces.ts'

export interface MetricsOptions {
  readonly grid: MetricsGrid
  readonly maxSeries: number
  /** Spans that one query may look at. */
  readonly maxSpans: number
  /** Whether series tell spans of theirs. */
  readonly hasExemplars: boolean
  readonly signal: AbortSignal
}

/** What a metrics query cost. */
export interface MetricsCost {
  inspectedSpans: number
}

const TRACES_PER_READ = 256
/** Traces asked for at once. */
const TRACES_PER_STEP = 1000

/**
 * Evaluates a metrics query that was parsed and checked. Where each span can be judged by itself, the store counts them; else each trace with a
 * span that can matter is evaluated whole, and the spans that are left count where they begin. Rejects with a `Problem`.
 */
export async function evaluateMetrics(
  source: SpansSource,
  expression: MetricsExpression,
  options: MetricsOptions,
  cost: MetricsCost = { inspectedSpans: 0 },
): Promise<readonly MetricsSeries[]> {
  if (expression.kind === 'metrics_pipeline') {
    const series = await aggregate(source, expression, options, cost)
    return applyStages(series, expression.stages)
  }
  const side = async (
    one: MetricsExpression | number,
  ): Promise<readonly MetricsSeries[] | number> =>
    typeof one === 'number' ? one : evaluateMetrics(source, one, options, cost)
  const combined = combineSeries(
    expression.op,
    await side(expression.left),
    await side(expression.right),
  )
  return applyStages(combined, expression.stages)
}

async function aggregate(
  source: SpansSource,
  { pipeline, aggregate: first }: MetricsPipeline,
  options: MetricsOptions,
  cost: MetricsCost,
): Promise<readonly MetricsSeries[]> {
  const { grid, hasExemplars, signal } = options
  if (first.kind === 'metrics_compare') {
    const comparison = new SpanComparison(first, grid)
    await observeTraces(source, pipeline, options, cost, { observer: comparison })
    return comparison.finish()
  }
  const aggregator = new SpanAggregator(first, grid, options)
  const request = planTally(pipeline, first, grid, hasExemplars)
  const tally = request && (await source.tally(request, signal))
  if (tally) {
    cost.inspectedSpans += tally.counts.reduce((sum, count) => sum + count, 0)
    aggregator.addTally(tally, request)
    return aggregator.finish()
  }
  const asked = [...fieldsOf(pipeline), ...first.by, ...(first.field ? [first.field] : [])]
  const parts = partsOf(asked)
  await observeTraces(source, pipeline, options, cost, { observer: aggregator, parts })
  return aggregator.finish()
}

/** What takes spans one by one. */
interface SpanObserver {
  observe(trace: StoredTrace, row: number): void
}

interface Observation {
  readonly observer: SpanObserver
  /** What of the spans it looks at; undefined: at everything. */
  readonly parts?: SpanParts
}

async function observeTraces(
  source: SpansSource,
  pipeline: Pipeline,
  { grid, maxSpans, signal }: MetricsOptions,
  cost: MetricsCost,
  { observer, parts }: Observation,
): Promise<void> {
  const evaluate = compilePipeline(pipeline)
  const found = source.findTraces(planPipeline(pipeline), rangeOfGrid(grid), {
    signal,
    enough: TRACES_PER_STEP,
  })
  for await (const ids of found) {
    for (let from = 0; from < ids.length; from += TRACES_PER_READ) {
      const some = ids.slice(from, from + TRACES_PER_READ)
      const rows = await source.readTraces(some, { signal, maxSpans, ...(parts && { parts }) })
      cost.inspectedSpans += rows.length
      if (cost.inspectedSpans > maxSpans) {
        throw new Problem(
          'limit',
          `the query looks at more than ${maxSpans} spans, which is the limit: narrow it down or shorten its range`,
        )
      }
      for (const trace of tracesOf(rows))
        for (const { rows: kept } of evaluate(trace))
          for (const row of kept) observer.observe(trace, row)
    }
  }
}
