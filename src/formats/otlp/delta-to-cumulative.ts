import {
  NO_RECORDED_VALUE,
  type OtlpMetric,
  type OtlpMetricBatch,
} from '../../model/otlp-metrics.ts'
import { selectPoints } from '../../model/select-points.ts'
import { sortedAttributesKey } from './attributes-key.ts'
import { createTotal, DistributionRows, type DeltaTotal } from './delta-streams.ts'
import { shownName } from './metric-columns.ts'
import { PointRefusals } from './point-refusals.ts'

/** As in OpenTelemetry's processor: a stream that is silent for so long begins anew. */
const STALE_AFTER_MS = 5 * 60_000

export interface DeltaLimits {
  readonly maxStreams: number
  /** Numbers that the totals of all streams hold: buckets and bounds. */
  readonly maxNumbers: number
}

const DEFAULT_LIMITS: DeltaLimits = { maxStreams: 50_000, maxNumbers: 2_000_000 }

interface Stream {
  readonly total: DeltaTotal
  readonly startNs: bigint
  timeNs: bigint
  seenMs: number
}

/**
 * Adds up deltas, so that what was counted since the last time becomes what was counted in all (OpenTelemetry's `deltatocumulative`
 * processor, which Prometheus has as `otlp-deltatocumulative`). A point of the time of the last one is taken for that one sent again
 * and gives the same total again, so that a request that could not be stored can be repeated. Totals are kept in memory only: after
 * a restart they begin at 0, as counters do.
 */
export class DeltaToCumulative {
  readonly #limits: DeltaLimits
  /** Those that were silent for longest come first. */
  readonly #streams = new Map<string, Stream>()
  #numbers = 0

  constructor(limits: DeltaLimits = DEFAULT_LIMITS) {
    this.#limits = limits
  }

  /** The batch with totals in the place of deltas, and the points of which there can be none. */
  convert(
    batch: OtlpMetricBatch,
    nowMs: number,
  ): { readonly batch: OtlpMetricBatch; readonly refusals: PointRefusals } {
    const refusals = new PointRefusals()
    if (batch.metrics.every(({ temporality }) => temporality !== 'delta'))
      return { batch, refusals }
    this.#forgetStale(nowMs)
    const out = {
      startsNs: batch.startsNs.slice(),
      values: batch.values.slice(),
      valueTypes: batch.valueTypes.slice(),
      distributionIndex: batch.distributionIndex.slice(),
      distributions: new DistributionRows(batch.distributions),
    }
    const kept: number[] = []
    const keys = batch.metrics.map((metric) => keyOf(batch, metric))
    for (let row = 0; row < batch.metricIndex.length; row++) {
      const at = batch.metricIndex[row] as number
      const metric = batch.metrics[at]
      if (metric?.temporality === 'delta') {
        const key = `${keys[at] ?? ''}${sortedAttributesKey(batch, row)}`
        const stream = this.#take(key, batch, row, nowMs)
        if (typeof stream === 'string') {
          refusals.add(`${shownName(metric.name)}: ${stream}`)
          continue
        }
        stream?.total.write(out, row)
        if (stream !== undefined) out.startsNs[row] = stream.startNs
      }
      kept.push(row)
    }
    const metrics = batch.metrics.map((metric): OtlpMetric =>
      metric.temporality === 'delta' ? { ...metric, temporality: 'cumulative' } : metric,
    )
    const converted = { ...batch, ...out, metrics, distributions: out.distributions.finish() }
    return { batch: selectPoints(converted, kept), refusals }
  }

  /** The stream of a point with the point in it; undefined for a point that ends it; why there is none. */
  #take(
    key: string,
    batch: OtlpMetricBatch,
    row: number,
    nowMs: number,
  ): Stream | string | undefined {
    const known = this.#streams.get(key)
    if (((batch.flags[row] as number) & NO_RECORDED_VALUE) !== 0) {
      this.#forget(key, known)
      return undefined
    }
    const timeNs = batch.timesNs[row] as bigint
    const startNs = batch.startsNs[row] as bigint
    if (known !== undefined) {
      if (timeNs < known.timeNs) return 'a delta is older than one that came before'
      if (startNs !== 0n && startNs < known.startNs) {
        return 'a delta begins before the first of its stream'
      }
    } else if (this.#streams.size >= this.#limits.maxStreams) {
      return `there are more than ${this.#limits.maxStreams} streams of deltas`
    } else if (this.#numbers >= this.#limits.maxNumbers) {
      return 'streams of deltas have too many buckets'
    }
    const stream = known ?? {
      total: createTotal(batch.metrics[batch.metricIndex[row] as number]?.kind ?? ''),
      ...{ startNs: startNs === 0n ? timeNs : startNs, timeNs: -1n, seenMs: nowMs },
    }
    if (timeNs > stream.timeNs) {
      const before = known === undefined ? 0 : stream.total.size
      stream.total.add(batch, row)
      this.#numbers += stream.total.size - before
    }
    stream.timeNs = timeNs
    stream.seenMs = nowMs
    // To the end: those before it were silent for longer.
    this.#streams.delete(key)
    this.#streams.set(key, stream)
    return stream
  }

  #forgetStale(nowMs: number): void {
    for (const [key, stream] of this.#streams) {
      if (nowMs - stream.seenMs <= STALE_AFTER_MS) return
      this.#forget(key, stream)
    }
  }

  #forget(key: string, stream: Stream | undefined): void {
    if (stream === undefined) return
    this.#numbers -= stream.total.size
    this.#streams.delete(key)
  }
}

function keyOf(batch: OtlpMetricBatch, metric: OtlpMetric): string {
  const { resource, scope, name, unit, kind, isMonotonic } = metric
  return JSON.stringify([
    ...[name, unit, kind, isMonotonic],
    ...[batch.resources[resource], batch.scopes[scope]],
  ])
}
