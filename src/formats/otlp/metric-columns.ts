import {
  NUMBER_UNSET,
  type MetricScope,
  type OtlpMetric,
  type OtlpMetricBatch,
  type OtlpMetricKind,
  type Temporality,
} from '../../model/otlp-metrics.ts'
import { Problem } from '../../model/problem.ts'
import type { Attributes, Scope } from './any-value.ts'
import { AttributeBuilder, attributeTexts } from './attribute-columns.ts'
import { TextTable } from './text-table.ts'
import { clampNs } from './clamp-ns.ts'
import { IdColumn, setId } from './id-column.ts'
import { ListBuilder } from './number-lists.ts'
import { NO_ID } from './protobuf-values.ts'
import { PointRefusals } from './point-refusals.ts'

/** Of a request. A point may be two bytes of a request, but takes a hundred here. */
const MAX_POINTS = 200_000
/** Of one list of buckets, bounds or quantiles. */
const MAX_BUCKETS = 10_000
/** Buckets, bounds, quantiles and exemplars of a request. */
const MAX_PARTS = 2_000_000

/** What is known of the metric that is being read. */
export class MetricDraft {
  name = ''
  description = ''
  unit = ''
  kind: OtlpMetricKind | undefined
  temporality: Temporality = 'unspecified'
  isMonotonic = false
  metadata: Attributes[number][] = []
}

/** What is known of the data point that is being read, besides its attributes, lists and exemplars. */
export class PointDraft {
  timeNs = 0n
  startNs = 0n
  flags = 0
  value = 0
  valueType = NUMBER_UNSET
  count = 0
  minimum = Number.NaN
  maximum = Number.NaN
  scale = 0
  offset = 0
  negativeOffset = 0
  zeroCount = 0
  zeroThreshold = 0
}

/** What is known of the exemplar that is being read, besides its attributes. */
export class ExemplarDraft {
  timeNs = 0n
  value = 0
  valueType = NUMBER_UNSET
  traceId: Uint8Array = NO_ID
  spanId: Uint8Array = NO_ID
}

/** The metrics of a request, and the data points that were left out because they cannot be what they say. */
export interface DecodedMetrics {
  readonly batch: OtlpMetricBatch
  readonly refusals: PointRefusals
}

/** Gathers the metrics of a request. Throws a `Problem` of code `limit` when there are too many. */
export class MetricColumns {
  readonly #texts = new TextTable()
  readonly #resources: (readonly (readonly [string, string])[])[] = []
  readonly #resourcePlaces = new Map<string, number>()
  #resource: Attributes = []
  #resourcePlace = -1
  readonly #scopes: MetricScope[] = []
  #scope: Scope | undefined
  #scopePlace = -1
  #schemaUrl = ''
  readonly #metrics: OtlpMetric[] = []
  readonly #metricIndex: number[] = []
  readonly #times: bigint[] = []
  readonly #starts: bigint[] = []
  readonly #flags: number[] = []
  readonly #values: number[] = []
  readonly #valueTypes: number[] = []
  readonly #distributionIndex: number[] = []
  readonly #exemplarStarts: number[] = []
  readonly #exemplarEnds: number[] = []
  readonly attributes = new AttributeBuilder(this.#texts)
  readonly exemplarAttributes = new AttributeBuilder(this.#texts)
  readonly #distributions = new DistributionColumns()
  readonly #exemplars = new ExemplarRows()
  readonly refusals = new PointRefusals()
  #parts = 0
  #points = 0
  /** Why the point that is being read is refused; the name of its metric may not be known yet. */
  #fault = ''
  readonly #refused: string[] = []

  /** The metrics that follow are of this resource. */
  resource(attributes: Attributes): void {
    this.#resource = attributes
    this.#resourcePlace = -1
  }

  /** The metrics that follow are of this scope. */
  scope(scope: Scope): void {
    this.#scope = scope
    this.#scopePlace = -1
    this.#schemaUrl = ''
  }

  /** Of the scope; it may come before or behind its metrics. */
  schemaUrl(url: string): void {
    this.#schemaUrl = url
    const scope = this.#scopes[this.#scopePlace]
    if (scope !== undefined) this.#scopes[this.#scopePlace] = { ...scope, schemaUrl: url }
  }

  /** A number of one of the lists of the point that is being read. */
  listed(list: 'bounds' | 'buckets' | 'negativeBuckets', value: number): void {
    this.#countPart()
    const builder = this.#distributions[list]
    if (builder.length < MAX_BUCKETS) builder.add(value)
    else this.#fault = `a data point may have at most ${MAX_BUCKETS} buckets`
  }

  /** Ends an exemplar of the point that is being read. */
  exemplar(draft: ExemplarDraft): void {
    this.#countPart()
    this.#exemplars.add(draft)
    this.exemplarAttributes.end()
  }

  /** Ends a data point. */
  point(kind: OtlpMetricKind, draft: PointDraft): void {
    if (++this.#points > MAX_POINTS) {
      throw new Problem('limit', `a request may have at most ${MAX_POINTS} data points`)
    }
    const isNumber = kind === 'gauge' || kind === 'sum'
    const fault = this.#fault || (isNumber ? '' : this.#distributions.faultOf(kind))
    this.#fault = ''
    if (fault !== '') {
      this.#refused.push(fault)
      this.#discard()
      return
    }
    this.#metricIndex.push(this.#metrics.length)
    this.#times.push(clampNs(draft.timeNs))
    this.#starts.push(clampNs(draft.startNs))
    this.#flags.push(draft.flags & 0xff)
    this.#values.push(draft.value)
    this.#valueTypes.push(draft.valueType)
    this.#distributionIndex.push(isNumber ? -1 : this.#distributions.end(draft))
    this.#exemplarStarts.push(this.#exemplarEnds.at(-1) ?? 0)
    this.#exemplarEnds.push(this.#exemplars.length)
    this.attributes.end()
  }

  /** Ends a metric; one without points is left out. */
  metric(draft: MetricDraft): void {
    const { name, description, unit, kind, temporality, isMonotonic, metadata } = draft
    for (const fault of this.#refused) this.refusals.add(`${shownName(name)}: ${fault}`)
    this.#refused.length = 0
    if (kind === undefined || this.#metricIndex.at(-1) !== this.#metrics.length) return
    this.#metrics.push({
      ...{ name, description, unit, kind, temporality, isMonotonic },
      metadata: attributeTexts(metadata),
      resource: this.#placeOfResource(),
      scope: this.#placeOfScope(),
    })
  }

  finish(): OtlpMetricBatch {
    return {
      strings: this.#texts.texts,
      resources: this.#resources,
      scopes: this.#scopes,
      metrics: this.#metrics,
      metricIndex: Uint32Array.from(this.#metricIndex),
      timesNs: BigInt64Array.from(this.#times),
      startsNs: BigInt64Array.from(this.#starts),
      flags: Uint8Array.from(this.#flags),
      values: Float64Array.from(this.#values),
      valueTypes: Uint8Array.from(this.#valueTypes),
      attributes: this.attributes.finish(),
      distributionIndex: Int32Array.from(this.#distributionIndex),
      distributions: this.#distributions.finish(),
      exemplarStarts: Uint32Array.from(this.#exemplarStarts),
      exemplarEnds: Uint32Array.from(this.#exemplarEnds),
      exemplars: { ...this.#exemplars.finish(), attributes: this.exemplarAttributes.finish() },
    }
  }

  #countPart(): void {
    if (++this.#parts <= MAX_PARTS) return
    throw new Problem('limit', `a request may have at most ${MAX_PARTS} buckets and exemplars`)
  }

  /** Forgets what was read of a point that is left out. */
  #discard(): void {
    const exemplars = this.#exemplarEnds.at(-1) ?? 0
    this.attributes.cutTo(this.#metricIndex.length)
    this.#exemplars.cutTo(exemplars)
    this.exemplarAttributes.cutTo(exemplars)
    this.#distributions.drop()
  }

  #placeOfResource(): number {
    if (this.#resourcePlace >= 0) return this.#resourcePlace
    const texts = attributeTexts(this.#resource)
    const key = JSON.stringify(texts)
    const place = this.#resourcePlaces.get(key) ?? this.#resources.push(texts) - 1
    this.#resourcePlaces.set(key, place)
    this.#resourcePlace = place
    return place
  }

  #placeOfScope(): number {
    if (this.#scopePlace >= 0) return this.#scopePlace
    const { name = '', version = '', attributes = [] } = this.#scope ?? {}
    const scope = { name, version, schemaUrl: this.#schemaUrl }
    this.#scopePlace = this.#scopes.push({ ...scope, attributes: attributeTexts(attributes) }) - 1
    return this.#scopePlace
  }
}

/** A name as messages have it. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}

/** What histograms and summaries have besides their sum. */
class DistributionColumns {
  readonly #counts: number[] = []
  readonly #minima: number[] = []
  readonly #maxima: number[] = []
  readonly #scales: number[] = []
  readonly #offsets: number[] = []
  readonly #negativeOffsets: number[] = []
  readonly #zeroCounts: number[] = []
  readonly #zeroThresholds: number[] = []
  readonly bounds = new ListBuilder()
  readonly buckets = new ListBuilder()
  readonly negativeBuckets = new ListBuilder()

  /** Why the lists of the point that is being read cannot be; '' when they can. */
  faultOf(kind: OtlpMetricKind): string {
    if (kind !== 'histogram') return ''
    const [bounds, buckets] = [this.bounds.length, this.buckets.length]
    // Without counts there is only the one bucket of everything, whatever bounds say.
    if (buckets > 0 && buckets !== bounds + 1) {
      return `${buckets} bucket counts do not fit ${bounds} bounds`
    }
    for (let i = 0; i < bounds; i++) {
      const bound = this.bounds.at(i)
      if (Number.isNaN(bound) || (i > 0 && bound <= this.bounds.at(i - 1))) {
        return 'bounds of buckets do not rise'
      }
    }
    return ''
  }

  /** Ends a point and returns its place. */
  end(draft: PointDraft): number {
    this.#minima.push(draft.minimum)
    this.#maxima.push(draft.maximum)
    this.#scales.push(draft.scale)
    this.#offsets.push(draft.offset)
    this.#negativeOffsets.push(draft.negativeOffset)
    this.#zeroCounts.push(draft.zeroCount)
    this.#zeroThresholds.push(draft.zeroThreshold)
    this.bounds.end()
    this.buckets.end()
    this.negativeBuckets.end()
    return this.#counts.push(draft.count) - 1
  }

  drop(): void {
    this.bounds.drop()
    this.buckets.drop()
    this.negativeBuckets.drop()
  }

  finish(): OtlpMetricBatch['distributions'] {
    return {
      counts: Float64Array.from(this.#counts),
      minima: Float64Array.from(this.#minima),
      maxima: Float64Array.from(this.#maxima),
      bounds: this.bounds.finish(),
      buckets: this.buckets.finish(),
      negativeBuckets: this.negativeBuckets.finish(),
      scales: Int32Array.from(this.#scales),
      offsets: Int32Array.from(this.#offsets),
      negativeOffsets: Int32Array.from(this.#negativeOffsets),
      zeroCounts: Float64Array.from(this.#zeroCounts),
      zeroThresholds: Float64Array.from(this.#zeroThresholds),
    }
  }
}

class ExemplarRows {
  readonly #times: bigint[] = []
  readonly #values: number[] = []
  readonly #valueTypes: number[] = []
  readonly #traceIds = new IdColumn(16)
  readonly #spanIds = new IdColumn(8)

  get length(): number {
    return this.#times.length
  }

  add(draft: ExemplarDraft): void {
    this.#times.push(clampNs(draft.timeNs))
    this.#values.push(draft.value)
    this.#valueTypes.push(draft.valueType)
    setId(this.#traceIds.next(), draft.traceId)
    setId(this.#spanIds.next(), draft.spanId)
  }

  cutTo(exemplars: number): void {
    this.#times.length = exemplars
    this.#values.length = exemplars
    this.#valueTypes.length = exemplars
    this.#traceIds.cutTo(exemplars)
    this.#spanIds.cutTo(exemplars)
  }

  finish(): Omit<OtlpMetricBatch['exemplars'], 'attributes'> {
    return {
      timesNs: BigInt64Array.from(this.#times),
      values: Float64Array.from(this.#values),
      valueTypes: Uint8Array.from(this.#valueTypes),
      traceIds: this.#traceIds.finish(),
      spanIds: this.#spanIds.finish(),
    }
  }
}
