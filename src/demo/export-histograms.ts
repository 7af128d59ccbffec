import { diag, type AttributeValue, type Attributes, type HrTime } from '@opentelemetry/api'
import {
  DataPointType,
  MetricReader,
  type DataPoint,
  type Histogram,
  type HistogramMetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar, Exemplars } from './exemplars.ts'

const CUMULATIVE = 2
const TIMEOUT_MS = 10_000

/**
 * Sends histograms as OTLP's JSON with their exemplars, which the SDK's own exporter of this line leaves out. That one sends all other
 * instruments.
 */
export class HistogramSender extends MetricReader {
  readonly #url: string
  readonly #exemplars: Exemplars
  readonly #timer: NodeJS.Timeout

  constructor(url: string, exemplars: Exemplars, intervalMs: number) {
    super()
    this.#url = url
    this.#exemplars = exemplars
    this.#timer = setInterval(() => void this.#sendNow(), intervalMs).unref()
  }

  protected async onForceFlush(): Promise<void> {
    await this.#sendNow()
  }

  protected async onShutdown(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sendNow()
  }

  async #sendNow(): Promise<void> {
    const { resourceMetrics } = await this.collect()
    const body = histogramsJson(resourceMetrics, this.#exemplars)
    if (body === undefined) return
    try {
      const answer = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await answer.text()
      if (!answer.ok) diag.error(`${this.#url} answers ${answer.status}: ${text.slice(0, 200)}`)
    } catch (cause) {
      diag.error(describeFailure(cause))
    }
  }
}

/** Why `fetch` failed is told by its cause. */
function describeFailure(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message
}

/** `ExportMetricsServiceRequest` in OTLP's JSON; undefined when there is nothing to tell. */
function histogramsJson(
  { resource, scopeMetrics }: ResourceMetrics,
  exemplars: Exemplars,
): string | undefined {
  const scopes = scopeMetrics.flatMap(({ scope, metrics }) => {
    const histograms = metrics.filter(
      (metric): metric is HistogramMetricData =>
        metric.dataPointType === DataPointType.HISTOGRAM && metric.dataPoints.length > 0,
    )
    if (histograms.length === 0) return []
    const shown = histograms.map((metric) => metricJson(metric, exemplars))
    return [{ scope: { name: scope.name, version: scope.version }, metrics: shown }]
  })
  if (scopes.length === 0) return undefined
  const attributes = attributesJson(resource.attributes)
  return JSON.stringify({
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: scopes }],
  })
}

function metricJson({ descriptor, dataPoints }: HistogramMetricData, exemplars: Exemplars): object {
  const { name, description, unit } = descriptor
  return {
    ...{ name, description, unit },
    histogram: {
      aggregationTemporality: CUMULATIVE,
      dataPoints: dataPoints.map((point) => pointJson(point, exemplars.of(name, point.attributes))),
    },
  }
}

function pointJson(
  { attributes, startTime, endTime, value }: DataPoint<Histogram>,
  exemplars: ReadonlyMap<number, Exemplar>,
): object {
  const { buckets, count, sum, min, max } = value
  return {
    attributes: attributesJson(attributes),
    startTimeUnixNano: nanosOf(startTime),
    timeUnixNano: nanosOf(endTime),
    count: String(count),
    ...{ sum, min, max },
    bucketCounts: buckets.counts.map(String),
    explicitBounds: buckets.boundaries,
    exemplars: Array.from(exemplars.values(), exemplarJson),
  }
}

function exemplarJson({ value, timeMs, traceId, spanId }: Exemplar): object {
  const timeUnixNano = String(BigInt(timeMs) * 1_000_000n)
  return { timeUnixNano, asDouble: value, traceId, spanId }
}

function nanosOf([seconds, nanos]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos))
}

function attributesJson(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueJson(value) }],
  )
}

function valueJson(value: AttributeValue): object {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value !== 'number') return { stringValue: String(value) }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
