import { trace, type Attributes, type Histogram, type Meter } from '@opentelemetry/api'

/** A measurement that was made within a span which is recorded. */
export interface Exemplar {
  readonly value: number
  readonly timeMs: number
  /** Hex. */
  readonly traceId: string
  readonly spanId: string
}

/** Each series keeps its newest exemplar a bucket, as the OpenTelemetry specification's aligned reservoir does. */
type Reservoir = Map<number, Exemplar>

/** Of all instruments: what nobody bounds would grow with every new attribute. */
const MAX_SERIES = 2000

/**
 * Exemplars of histograms. The SDK of this line samples some but hands none of them out, hence they are kept beside it, by the name of
 * the instrument and the attributes of the series.
 */
export class Exemplars {
  readonly #series = new Map<string, Reservoir>()

  add(name: string, attributes: Attributes, bucket: number, exemplar: Exemplar): void {
    const key = keyOf(name, attributes)
    let reservoir = this.#series.get(key)
    if (reservoir === undefined) {
      if (this.#series.size >= MAX_SERIES) return
      reservoir = new Map()
      this.#series.set(key, reservoir)
    }
    reservoir.set(bucket, exemplar)
  }

  /** By the index of their bucket. */
  of(name: string, attributes: Attributes): ReadonlyMap<number, Exemplar> {
    return this.#series.get(keyOf(name, attributes)) ?? NONE
  }
}

const NONE: Reservoir = new Map()

function keyOf(name: string, attributes: Attributes): string {
  const pairs = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${name} ${JSON.stringify(pairs)}`
}

/** The boundaries that the semantic conventions advise for durations in seconds. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** A histogram of durations in seconds whose measurements leave exemplars. */
export class DurationHistogram {
  readonly #histogram: Histogram
  readonly #exemplars: Exemplars
  readonly #name: string

  constructor(meter: Meter, exemplars: Exemplars, name: string, description: string) {
    this.#name = name
    this.#exemplars = exemplars
    const advice = { explicitBucketBoundaries: DURATION_BOUNDS }
    this.#histogram = meter.createHistogram(name, { unit: 's', description, advice })
  }

  record(seconds: number, attributes: Attributes): void {
    this.#histogram.record(seconds, attributes)
    const span = trace.getActiveSpan()
    if (span?.isRecording() !== true) return
    const { traceId, spanId } = span.spanContext()
    const exemplar = { value: seconds, timeMs: Date.now(), traceId, spanId }
    this.#exemplars.add(this.#name, attributes, bucketOf(seconds), exemplar)
  }
}

function bucketOf(seconds: number): number {
  const bucket = DURATION_BOUNDS.findIndex((bound) => seconds <= bound)
  return bucket < 0 ? DURATION_BOUNDS.length : bucket
}
