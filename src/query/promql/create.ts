import type { ParseOptions } from '../../lang/promql/parse-options.ts'
import { Problem } from '../../model/problem.ts'
import type { MetricsSource } from '../../store/metrics-source.ts'
import { Annotations } from './annotations.ts'
import { noteBuckets } from './note-buckets.ts'
import type { EvalContext } from './context.ts'
import type { PromqlEngine, PromqlLimits, PromqlRequest, PromqlResult } from './engine.ts'
import { evaluate } from './evaluate.ts'
import { fetchAll } from './fetch.ts'
import { type Grid, vectorOf } from './grid.ts'
import { Pace, SampleBudget } from './pace.ts'
import { ParseCache } from './parse-cache.ts'
import { settleNames } from './merge-rows.ts'
import { PendingNames } from './pending-names.ts'
import { planQuery } from './plan.ts'
import type { PreparedQuery } from './prepare.ts'
import { QueryQueue } from './query-queue.ts'
import { instantResult, rangeResult, type ResultData, windowResult } from './result.ts'
import { Stop, StoppableBounds } from './stop.ts'
import { countSteps } from './times.ts'

/** Everything that Prometheus has behind a feature flag. */
const ALL_FEATURES: Required<ParseOptions> = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
}

/** What Prometheus has behind feature flags. */
export interface PromqlFeatures {
  /** Parts of the language; all are understood unless told otherwise. */
  readonly language?: ParseOptions
  /** `promql-delayed-name-removal`: names are dropped at the end of the query (pending-names.ts). Off unless told otherwise. */
  readonly delayedNameRemoval?: boolean
}

/** An engine for PromQL with the meaning of Prometheus 3. */
export function createPromqlEngine(
  source: MetricsSource,
  limits: PromqlLimits,
  features: PromqlFeatures = {},
): PromqlEngine {
  return new Engine(source, limits, features)
}

class Engine implements PromqlEngine {
  readonly #source: MetricsSource
  readonly #limits: PromqlLimits
  readonly #queries: ParseCache
  readonly #queue: QueryQueue
  readonly #delaysNameRemoval: boolean

  constructor(source: MetricsSource, limits: PromqlLimits, features: PromqlFeatures) {
    this.#source = source
    this.#limits = limits
    this.#queries = new ParseCache(features.language ?? ALL_FEATURES)
    this.#delaysNameRemoval = features.delayedNameRemoval ?? false
    this.#queue = new QueryQueue(limits.maxConcurrency)
  }

  async evaluate(request: PromqlRequest): Promise<PromqlResult> {
    const prepared = this.#prepare(request)
    const stop = new Stop(request, this.#limits.timeoutMs)
    const queuedAtMs = performance.now()
    try {
      await this.#queue.enter(stop)
      try {
        stop.stage = 'expression evaluation'
        return await this.#run(prepared, request, stop, performance.now() - queuedAtMs)
      } finally {
        this.#queue.exit()
      }
    } finally {
      stop.release()
    }
  }

  #prepare(request: PromqlRequest): PreparedQuery {
    const { query, startMs, endMs, stepMs } = request
    const prepared = this.#queries.get(query, { stepMs, queryRangeMs: endMs - startMs })
    const isInstant = stepMs === 0
    if (!isInstant && prepared.type !== 'vector' && prepared.type !== 'scalar') {
      const type = prepared.type === 'matrix' ? 'range vector' : prepared.type
      throw new Problem(
        'bad_data',
        `invalid expression type "${type}" for range query, must be Scalar or instant Vector`,
      )
    }
    return prepared
  }

  async #run(
    prepared: PreparedQuery,
    request: PromqlRequest,
    stop: Stop,
    queueMs: number,
  ): Promise<PromqlResult> {
    const startedAtMs = performance.now()
    const { startMs, endMs } = request
    const { maxSamples, maxSeries, defaultStepMs } = this.#limits
    const lookbackMs = request.lookbackMs ?? this.#limits.lookbackMs
    const grid = gridOf(request)
    const budget = new SampleBudget(maxSamples)
    const plan = planQuery(
      prepared,
      grid,
      { startMs, endMs, lookbackMs, defaultStepMs, delaysNameRemoval: this.#delaysNameRemoval },
      this.#source,
    )
    const bounds = new StoppableBounds(stop, maxSeries, maxSamples)
    const fetching = fetchAll(plan, this.#source, bounds, budget)
    const fetched = await stop.race(fetching)
    const fetchedAtMs = performance.now()
    const notes = new Annotations()
    noteBuckets(notes, plan)
    const ctx: EvalContext = {
      startMs,
      endMs,
      stepMs: request.stepMs,
      lookbackMs,
      defaultStepMs,
      fetched,
      infos: prepared.infos,
      invariant: prepared.invariant,
      pace: new Pace(stop),
      budget,
      notes,
      pendingNames: this.#delaysNameRemoval ? new PendingNames() : undefined,
      histograms: fetched.histograms.size === 0 ? undefined : fetched.histogramWork,
      evaluate: (expr, on) => evaluate(ctx, expr, on),
    }
    const data = await resultOf(ctx, prepared, request, grid)
    // A result holds copies. Where evaluation failed, a part of it may still be under way and nothing is released.
    fetched.release()
    return {
      ...data,
      warnings: notes.shown('warning', request.query),
      infos: notes.shown('info', request.query),
      stats: {
        evalTotalMs: performance.now() - startedAtMs,
        queueMs,
        fetchMs: fetchedAtMs - startedAtMs,
        samplesRead: fetched.samplesRead,
        peakSamples: budget.peak,
      },
    }
  }
}

/** The times at which the whole query is evaluated; an instant query has one step. */
function gridOf({ startMs, endMs, stepMs }: PromqlRequest): Grid {
  if (stepMs === 0) return { startMs, stepMs: 1, steps: 1 }
  return { startMs, stepMs, steps: countSteps(startMs, endMs, stepMs) }
}

async function resultOf(
  ctx: EvalContext,
  prepared: PreparedQuery,
  request: PromqlRequest,
  grid: Grid,
): Promise<ResultData> {
  if (prepared.type === 'matrix') return windowResult(ctx, prepared.expr, grid)
  const raw = await evaluate(ctx, prepared.expr, grid)
  const value = raw.kind === 'vector' ? vectorOf(await settleNames(ctx, raw.rows, grid)) : raw
  return request.stepMs === 0 ? instantResult(ctx, value, grid) : rangeResult(ctx, value, grid)
}
