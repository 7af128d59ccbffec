import {
  NO_RECORDED_VALUE,
  NUMBER_UNSET,
  type OtlpMetric,
  type OtlpMetricBatch,
} from '../../model/otlp-metrics.ts'
import type { Labels } from '../../model/labels.ts'
import type { MetricType } from '../../model/samples.ts'
import { startOf } from '../../model/spans.ts'
import { attributesKey } from './attributes-key.ts'
import { shownName } from './metric-columns.ts'
import { MetricLabelNamer } from './metric-label-name.ts'
import { metricNameOf, unitNameOf } from './metric-name.ts'
import { encodeNativeHistogram } from './native-histogram.ts'
import { exemplarAt } from './point-exemplars.ts'
import {
  identityOf,
  pointLabels,
  promotedOf,
  scopeLabelsOf,
  targetInfoOf,
  type LabelContext,
  type SharedLabels,
} from './point-labels.ts'
import { PointRefusals } from './point-refusals.ts'
import { PointSeriesCache, type PointSeries } from './point-series.ts'
import { NO_POINT, SeriesRows, type TranslatedSamples } from './series-rows.ts'
import { namingOf, type OtlpTranslation } from './translation.ts'

const NS_PER_MS = 1_000_000n
/** Of one resource in one request: with Prometheus's own lookback they reach over a day. */
const MAX_TARGET_INFO_SAMPLES = 600
const NO_LABELS: SharedLabels = { labels: new Map(), fault: '' }

const POINTS_PER_STEP = 500

export interface TranslateOptions {
  readonly translation: OtlpTranslation
  /** How old a sample may be that a query takes: `target_info` has a sample at least every half of it. */
  readonly lookbackMs: number
  /** Takes deltas as they are (`--enable-feature=otlp-native-delta-ingestion`); otherwise they must have been added up before. */
  readonly keepsDeltas: boolean
}

export interface TranslatedMetrics extends TranslatedSamples {
  /** Data points of which samples were made. */
  readonly points: number
  readonly refusals: PointRefusals
}

/** What is known of the metric whose points are translated. */
interface MetricContext {
  readonly metric: OtlpMetric
  readonly name: string
  /** Why its points are refused; '' when they are not. */
  readonly fault: string
  /** What its points' keys in the cache begin with. */
  readonly key: string
  readonly labels: LabelContext
}

/**
 * Makes Prometheus's series of OpenTelemetry's metrics, by the rules of Prometheus 3 (storage/remote/otlptranslator). Remembers series, so
 * that one translator is used for all requests. Throws a `Problem` of code `limit` when a request becomes too much.
 */
export class MetricTranslator {
  #translation: OtlpTranslation | undefined
  #namer = new MetricLabelNamer({
    ...{ escapes: true, avoidsLeadingUnderscore: true, keepsUnderscores: true },
  })
  #cache = new PointSeriesCache()

  translate(batch: OtlpMetricBatch, options: TranslateOptions): TranslatedMetrics {
    const steps = this.steps(batch, options)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
    }
  }

  /**
   * The same in steps, after each of which something else may run: told is how many data points the step took. One request has to be done
   * before another one begins.
   */
  *steps(
    batch: OtlpMetricBatch,
    options: TranslateOptions,
  ): Generator<number, TranslatedMetrics, undefined> {
    if (options.translation !== this.#translation) this.#use(options.translation)
    this.#cache.beginRequest()
    const request = new Request(batch, options, this.#namer, this.#cache)
    return yield* request.run()
  }

  #use(translation: OtlpTranslation): void {
    this.#translation = translation
    this.#namer = new MetricLabelNamer(namingOf(translation))
    this.#cache = new PointSeriesCache()
  }
}

/** The translation of one batch. */
class Request {
  readonly #batch: OtlpMetricBatch
  readonly #options: TranslateOptions
  readonly #namer: MetricLabelNamer
  readonly #cache: PointSeriesCache
  readonly #rows = new SeriesRows()
  readonly #refusals = new PointRefusals()
  readonly #identities: (ReadonlyMap<string, string> | undefined)[] = []
  readonly #promoted: (SharedLabels | undefined)[] = []
  readonly #scopes: (SharedLabels | undefined)[] = []
  readonly #resourceNumbers: (number | undefined)[] = []
  readonly #scopeNumbers: (number | undefined)[] = []
  #points = 0

  constructor(
    batch: OtlpMetricBatch,
    options: TranslateOptions,
    namer: MetricLabelNamer,
    cache: PointSeriesCache,
  ) {
    this.#batch = batch
    this.#options = options
    this.#namer = namer
    this.#cache = cache
  }

  *run(): Generator<number, TranslatedMetrics, undefined> {
    const { metricIndex } = this.#batch
    for (let row = 0; row < metricIndex.length;) {
      const at = metricIndex[row] as number
      let end = row + 1
      while (end < metricIndex.length && metricIndex[end] === at) end++
      const metric = this.#batch.metrics[at]
      if (metric !== undefined) yield* this.#metric(metric, row, end)
      row = end
    }
    this.#targetInfos()
    return { ...this.#rows.finish(), points: this.#points, refusals: this.#refusals }
  }

  *#metric(metric: OtlpMetric, start: number, end: number): Generator<number, void, undefined> {
    const context = this.#contextOf(metric)
    if (context.fault !== '') {
      this.#refusals.add(context.fault, end - start)
      return
    }
    const { description, unit } = metric
    this.#rows.addMetadata({
      family: context.name,
      type: typeOf(metric),
      help: description,
      unit: unitNameOf(unit),
    })
    for (let from = start; from < end; from += POINTS_PER_STEP) {
      const until = Math.min(end, from + POINTS_PER_STEP)
      for (let row = from; row < until; row++) {
        const fault = this.#point(context, row)
        if (fault === '') this.#points++
        else this.#refusals.add(`${shownName(metric.name)}: ${fault}`)
      }
      yield until - from
    }
  }

  #contextOf(metric: OtlpMetric): MetricContext {
    const { translation } = this.#options
    const name = metricNameOf(metric, namingOf(translation))
    const identity = (this.#identities[metric.resource] ??= identityOf(
      this.#batch.resources[metric.resource] ?? [],
    ))
    const promoted = (this.#promoted[metric.resource] ??= promotedOf(
      this.#batch.resources[metric.resource] ?? [],
      translation,
      this.#namer,
    ))
    const scope = this.#scopeOf(metric.scope)
    return {
      metric,
      name: name ?? '',
      fault: this.#faultOf(metric, name) || promoted.fault || scope.fault,
      key: `${this.#ownerOf(metric)},${name?.length ?? 0}:${name ?? ''}`,
      labels: {
        ...{ namer: this.#namer, promoted: promoted.labels, identity, scope: scope.labels },
      },
    }
  }

  /** Numbers for what the series of a metric have of its resource and scope. */
  #ownerOf({ resource, scope }: OtlpMetric): string {
    const ofResource = (this.#resourceNumbers[resource] ??= this.#cache.ownerOf(
      JSON.stringify([
        [...(this.#identities[resource] ?? [])],
        [...(this.#promoted[resource]?.labels ?? [])],
      ]),
    ))
    const ofScope = (this.#scopeNumbers[scope] ??= this.#cache.ownerOf(
      JSON.stringify([...this.#scopeOf(scope).labels]),
    ))
    return `${ofResource},${ofScope}`
  }

  #scopeOf(at: number): SharedLabels {
    const scope = this.#batch.scopes[at]
    if (!this.#options.translation.promoteScopeMetadata || !scope?.name) return NO_LABELS
    return (this.#scopes[at] ??= scopeLabelsOf(scope, this.#namer))
  }

  #faultOf(metric: OtlpMetric, name: string | undefined): string {
    const { kind, temporality } = metric
    if (name === undefined) return `${shownName(metric.name)} cannot be the name of a metric`
    if (kind === 'gauge' || kind === 'summary' || temporality === 'cumulative') return ''
    if (temporality === 'delta' && this.#options.keepsDeltas) return ''
    return `invalid temporality and type combination for metric ${shownName(metric.name)}`
  }

  /** Adds what a point becomes; returns why it cannot be, '' when it can. */
  #point(context: MetricContext, row: number): string {
    const batch = this.#batch
    const key = `${context.key}${attributesKey(batch, row)}`
    const series = this.#cache.get(key, context.name, () => pointLabels(batch, row, context.labels))
    if (typeof series === 'string') return series
    this.#rows.begin(row)
    const { kind } = context.metric
    const isNative =
      kind === 'exponential-histogram' ||
      (kind === 'histogram' && this.#options.translation.convertHistogramsToNhcb)
    if (isNative) return this.#native(series, row, context.metric.temporality === 'delta')
    if (kind === 'histogram') this.#histogram(series, row)
    else if (kind === 'summary') this.#summary(series, row)
    else {
      this.#add(series.plain, row, batch.values[row] as number)
      if (kind === 'sum') this.#exemplars(row, () => series.plain)
    }
    return ''
  }

  #native(series: PointSeries, row: number, isDelta: boolean): string {
    const timestampMs = this.#timeOf(row)
    const data = encodeNativeHistogram(this.#batch, row, timestampMs, isDelta)
    if ('fault' in data) return data.fault
    this.#rows.addHistogram({ series: series.plain, timestampMs, data })
    this.#exemplars(row, () => series.plain)
    return ''
  }

  #histogram(series: PointSeries, row: number): void {
    const { bounds, buckets, counts } = this.#batch.distributions
    const at = this.#batch.distributionIndex[row] as number
    const count = counts[at] as number
    if (this.#batch.valueTypes[row] !== NUMBER_UNSET) {
      this.#add(series.sum, row, this.#batch.values[row] as number)
    }
    this.#add(series.count, row, count)
    const firstBound = startOf(bounds.ends, at)
    const firstBucket = startOf(buckets.ends, at)
    const size = Math.min(
      (bounds.ends[at] as number) - firstBound,
      (buckets.ends[at] as number) - firstBucket,
    )
    let total = 0
    for (let i = 0; i < size; i++) {
      const bound = bounds.values[firstBound + i] as number
      total += buckets.values[firstBucket + i] as number
      // The last bucket comes below, whatever its bound was called.
      if (bound !== Number.POSITIVE_INFINITY) this.#add(series.bucket(bound), row, total)
    }
    const last = series.bucket(Number.POSITIVE_INFINITY)
    this.#add(last, row, count)
    this.#exemplars(row, (value) => {
      for (let i = 0; i < size; i++) {
        const bound = bounds.values[firstBound + i] as number
        if (value <= bound) return series.bucket(bound)
      }
      return last
    })
  }

  #summary(series: PointSeries, row: number): void {
    const { bounds, buckets, counts } = this.#batch.distributions
    const at = this.#batch.distributionIndex[row] as number
    this.#add(series.sum, row, this.#batch.values[row] as number)
    this.#add(series.count, row, counts[at] as number)
    const firstValue = startOf(buckets.ends, at)
    const first = startOf(bounds.ends, at)
    for (let i = first; i < (bounds.ends[at] as number); i++) {
      const value = buckets.values[firstValue + i - first] as number
      this.#add(series.quantile(bounds.values[i] as number), row, value)
    }
  }

  #add(series: Labels, row: number, value: number): void {
    const timestampMs = this.#timeOf(row)
    if (((this.#batch.flags[row] as number) & NO_RECORDED_VALUE) !== 0) {
      this.#rows.addStale(series, timestampMs)
    } else this.#rows.add(series, timestampMs, value)
  }

  #exemplars(row: number, seriesOf: (value: number) => Labels): void {
    const { exemplarStarts, exemplarEnds, exemplars } = this.#batch
    for (let i = exemplarStarts[row] as number; i < (exemplarEnds[row] as number); i++) {
      if (exemplars.valueTypes[i] === NUMBER_UNSET) continue
      const { labels, value, timestampMs } = exemplarAt(this.#batch, i)
      this.#rows.addExemplar({
        series: seriesOf(value),
        labels,
        value,
        timestampMs: timestampMs || this.#timeOf(row),
      })
    }
  }

  #timeOf(row: number): number {
    return Number((this.#batch.timesNs[row] as bigint) / NS_PER_MS)
  }

  /** `target_info` of every resource with points, from the first of them to the last. */
  #targetInfos(): void {
    const { resources, metrics, metricIndex } = this.#batch
    const firsts = new Map<number, number>()
    const lasts = new Map<number, number>()
    for (let row = 0; row < metricIndex.length; row++) {
      const resource = metrics[metricIndex[row] as number]?.resource ?? 0
      const timeMs = this.#timeOf(row)
      firsts.set(resource, Math.min(firsts.get(resource) ?? timeMs, timeMs))
      lasts.set(resource, Math.max(lasts.get(resource) ?? timeMs, timeMs))
    }
    const told = new Set<string>()
    this.#rows.begin(NO_POINT)
    for (const [resource, lastMs] of lasts) {
      const labels = targetInfoOf(resources[resource] ?? [], this.#options.translation, this.#namer)
      if (labels === undefined) continue
      if (told.size === 0) this.#rows.addMetadata(TARGET_INFO)
      this.#targetInfo(labels, firsts.get(resource) ?? lastMs, lastMs, told)
    }
  }

  #targetInfo(labels: Labels, firstMs: number, lastMs: number, told: Set<string>): void {
    const stepMs = Math.max(1, Math.floor(this.#options.lookbackMs / 2))
    const add = (timestampMs: number): void => {
      const key = `${timestampMs} ${labels.key}`
      if (told.has(key)) return
      told.add(key)
      this.#rows.add(labels, timestampMs, 1)
    }
    const fromMs = Math.max(firstMs, lastMs - stepMs * MAX_TARGET_INFO_SAMPLES)
    for (let timeMs = fromMs; timeMs < lastMs; timeMs += stepMs) add(timeMs)
    add(lastMs)
  }
}

const TARGET_INFO = {
  family: 'target_info',
  type: 'gauge',
  help: 'Target metadata',
  unit: '',
} as const

function typeOf({ kind, temporality, isMonotonic }: OtlpMetric): MetricType {
  if (kind === 'gauge' || kind === 'summary') return kind
  // Prometheus has no type for deltas.
  if (temporality === 'delta') return 'unknown'
  if (kind === 'sum') return isMonotonic ? 'counter' : 'gauge'
  return 'histogram'
}
