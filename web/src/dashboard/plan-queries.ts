import { addFilters } from '../../../src/lang/dashboard/add-filters.ts'
import {
  DASHBOARD_UID,
  EXPRESSION_UID,
  resolveDatasource,
  type Datasource,
} from '../../../src/lang/dashboard/datasource.ts'
import { formatForPromql } from '../../../src/lang/dashboard/format-value.ts'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import {
  calculateQueryIntervals,
  formatIntervalMs,
  readIntervalMs,
} from '../../../src/lang/dashboard/interval.ts'
import { numberOf, textOf, type JsonObject } from '../../../src/lang/dashboard/json-value.ts'
import type {
  AdhocFilter,
  DatasourceRef,
  Panel,
  Target,
} from '../../../src/lang/dashboard/model.ts'
import { intervalValues, withValues, type Scope } from '../../../src/lang/dashboard/scope.ts'
import type { FrameRequest } from '../panels/frames/to-frames.ts'
import type { ResolvedRange } from '../time/time-range.ts'
import type { PlannedQuery } from './ask-source.ts'
import { planLoki } from './plan-loki.ts'
import { planTempo } from './plan-tempo.ts'

/** One request of a panel: what to ask, and how to read the answer. */
export interface PanelQuery {
  readonly ask: PlannedQuery
  readonly frames: FrameRequest
}

export interface QueryPlan {
  readonly queries: readonly PanelQuery[]
  /** Queries whose exemplars are shown, too; each is there once. */
  readonly exemplars: readonly PlannedQuery[]
  /** Why some of the panel's queries are not asked. */
  readonly refused: readonly string[]
}

export interface PlanContext {
  readonly scope: Scope
  readonly range: ResolvedRange
  readonly datasources: readonly Datasource[]
  readonly filters: readonly AdhocFilter[]
  /** Points that the panel has room for. */
  readonly widthPx: number
  /** The panel of an id, for `-- Dashboard --`. */
  readonly findPanel: (id: number) => Panel | undefined
}

/** The requests of a panel with every variable filled in. */
export function planQueries(panel: Panel, context: PlanContext): QueryPlan {
  const queries: PanelQuery[] = []
  const refused: string[] = []
  const shared = sharedPanel(panel, context)
  const shown = (shared ?? panel).targets.filter((target) => !target.hide)
  for (const target of shown) {
    const reason = whyNot(target.datasource ?? (shared ?? panel).datasource)
    if (reason !== undefined) {
      refused.push(`${target.refId}: ${reason}`)
      continue
    }
    const source = sourceOf(target, shared ?? panel, context)
    if (source?.type === 'loki') {
      queries.push(...planLoki(target, shared ?? panel, source, context))
      continue
    }
    if (source?.type === 'tempo') {
      const planned = planTempo(target, shared ?? panel, source, context)
      if (typeof planned === 'string') refused.push(`${target.refId}: ${planned}`)
      else queries.push(...planned)
      continue
    }
    if (source?.type !== 'prometheus') {
      refused.push(
        `${target.refId}: queries of ${source?.type ?? 'this source'} cannot be asked yet`,
      )
      continue
    }
    queries.push(...planTarget(target, shared ?? panel, source, shown.length > 1, context))
  }
  return { queries, exemplars: exemplarsOf(panel, shown, queries), refused }
}

/** What a chart over time asks exemplars of: the queries over a range that are marked with `exemplar`. */
function exemplarsOf(
  panel: Panel,
  targets: readonly Target[],
  queries: readonly PanelQuery[],
): PlannedQuery[] {
  if (panel.type !== 'timeseries') return []
  const marked = new Set(
    targets.filter(({ query }) => query['exemplar'] === true).map(({ refId }) => refId),
  )
  const found = queries.filter(
    ({ ask, frames }) =>
      ask.source.type === 'prometheus' && ask.stepMs !== undefined && marked.has(frames.refId),
  )
  return [...new Map(found.map(({ ask }) => [`${ask.source.uid} ${ask.expr}`, ask])).values()]
}

/** The panel whose queries this one shows the answers of. */
function sharedPanel(panel: Panel, context: PlanContext): Panel | undefined {
  if (panel.datasource?.uid !== DASHBOARD_UID) return undefined
  const id = numberOf(panel.targets[0]?.query['panelId'])
  const found = id === undefined ? undefined : context.findPanel(id)
  return found?.datasource?.uid === DASHBOARD_UID ? undefined : found
}

function whyNot(ref: DatasourceRef | undefined): string | undefined {
  if (ref?.uid === EXPRESSION_UID || ref?.type === '__expr__') {
    return 'expressions over other queries are not evaluated'
  }
  if (ref?.uid === 'grafana' || ref?.type === 'grafana') {
    return 'Grafana’s own sources (random walk, lists) are not here'
  }
  if (ref?.type === 'testdata' || ref?.type === 'grafana-testdata-datasource') {
    return 'test data is not generated'
  }
  return undefined
}

function sourceOf(
  target: Target,
  panel: Panel,
  { scope, datasources }: PlanContext,
): Datasource | undefined {
  const ref = target.datasource ?? panel.datasource
  if (!ref) return resolveDatasource(undefined, datasources)
  const fill = (text: string): string => interpolate(text, scope)
  const filled: DatasourceRef = {
    ...(ref.uid === undefined ? {} : { uid: fill(ref.uid) }),
    ...(ref.type === undefined || ref.type === 'datasource' ? {} : { type: fill(ref.type) }),
  }
  return resolveDatasource(filled.uid === 'default' ? undefined : filled, datasources)
}

function planTarget(
  target: Target,
  panel: Panel,
  source: Datasource,
  isOneOfSeveral: boolean,
  context: PlanContext,
): PanelQuery[] {
  const { query, refId } = target
  const written = textOf(query['expr']) ?? ''
  if (written.trim() === '') return []
  const { range } = context
  const fill = (text: string): string => interpolate(text, context.scope)
  const rangeMs = range.toMs - range.fromMs
  const queryInterval = keepOwn(textOf(query['interval']) ?? '', fill)
  const { stepMs, rateIntervalMs } = calculateQueryIntervals({
    rangeMs,
    maxDataPoints: panel.maxDataPoints ?? context.widthPx,
    panelInterval: fill(panel.interval ?? ''),
    queryInterval,
    intervalFactor: numberOf(query['intervalFactor']) ?? 1,
  })
  const scope = withValues(
    context.scope,
    intervalValues(
      formatIntervalMs(stepMs),
      stepMs,
      rateIntervalMs,
      formatIntervalMs(rateIntervalMs),
    ),
  )
  const expr = addFilters(
    interpolate(written, withAuto(scope, rangeMs), formatForPromql),
    context.filters,
  )
  const legendFormat = interpolate(textOf(query['legendFormat']) ?? '', scope)
  return requestsOf(query, {
    source,
    range,
    stepMs,
    base: { refId, legendFormat, expr, isOneOfSeveral },
  })
}

interface Shared {
  readonly source: Datasource
  readonly range: ResolvedRange
  readonly stepMs: number
  readonly base: Omit<FrameRequest, 'format' | 'stepMs'>
}

/** A query over a range, at one time, or both. */
function requestsOf(query: JsonObject, { source, range, stepMs, base }: Shared): PanelQuery[] {
  const { expr } = base
  const format = query['format']
  const reading = format === 'table' || format === 'heatmap' ? format : 'time_series'
  const view = reading === 'heatmap' ? { histograms: 'buckets' as const } : {}
  const isInstant = query['instant'] === true
  const isRange = query['range'] === true || (!isInstant && query['range'] !== false)
  const out: PanelQuery[] = []
  if (isRange) {
    // Grids stand still while time moves, so that a refresh does not shift every point.
    const startMs = Math.floor(range.fromMs / stepMs) * stepMs
    const endMs = Math.floor(range.toMs / stepMs) * stepMs
    out.push({
      ask: { source, expr, startMs, endMs, stepMs, ...view },
      frames: { ...base, format: reading, stepMs },
    })
  }
  if (isInstant) {
    out.push({
      ask: { source, expr, startMs: range.toMs, endMs: range.toMs, ...view },
      frames: { ...base, format: reading },
    })
  }
  return out
}

/** `$__interval` and `$__rate_interval` stay for the computation; other variables are filled in. */
function keepOwn(text: string, fill: (text: string) => string): string {
  return /^\$\{?__(rate_)?interval\}?$/.test(text.trim()) ? text.trim() : fill(text)
}

/** The automatic choice of interval variables: the range divided by their number of steps. */
function withAuto(scope: Scope, rangeMs: number): Scope {
  const changed = [...scope.values()].flatMap((value) => {
    if (typeof value.value !== 'string' || !value.value.startsWith('$__auto_interval_')) return []
    const steps = numberOf(value.fields?.['autoCount']) ?? 30
    const leastMs = readIntervalMs(textOf(value.fields?.['autoMin']) ?? '') ?? 10_000
    const { stepMs } = calculateQueryIntervals({
      rangeMs,
      maxDataPoints: steps,
      scrapeIntervalMs: leastMs,
    })
    return [{ ...value, value: formatIntervalMs(stepMs) }]
  })
  return changed.length > 0 ? withValues(scope, changed) : scope
}
