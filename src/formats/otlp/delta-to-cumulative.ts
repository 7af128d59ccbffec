import {
  NO_RECORDED_VALUE,
  type OtlpMetric,
  type OtlpMetricBatch,
} from '../../model/otlp-metrics.ts'
import { selectPoints } from '../../model/select-rows.ts'
import { sortedAttributesKey } from './attributes-key.ts'
import { DeltaOwners, type DeltaOwner } from './delta-owners.ts'
import { createTotal, DistributionRows, type DeltaTotal } from './delta-streams.ts'
import { shownName } from './metric-columns.ts'
import { PointRefusals } from './point-refusals.ts'

/** As in OpenTelemetry's processor: a stream that is silent for so long begins anew. */
const STALE_AFTER_MS = 5 * 60_000

export interface DeltaLimits {
  readonly maxStreams: number
  /** Of all streams: their names, attributes and buckets. */
  readonly maxBytes: number
}

const DEFAULT_LIMITS: DeltaLimits = { maxStreams: 50_000, maxBytes: 32 * 1024 * 1024 }
const NUMBER_BYTES = 8

interface Stream {
  readonly total: DeltaTotal
  readonly owners: readonly DeltaOwner[]
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
  readonly #owners = new DeltaOwners()
  /** Of keys and totals. */
  #streamBytes = 0

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
    const resources = batch.resources.map((resource) => this.#owners.get(JSON.stringify(resource)))
    const scopes = batch.scopes.map((scope) => this.#owners.get(JSON.stringify(scope)))
    for (let row = 0; row < batch.metricIndex.length; row++) {
      const at = batch.metricIndex[row] as number
      const metric = batch.metrics[at]
      if (metric?.temporality === 'delta') {
        const owners = [resources[metric.resource], scopes[metric.scope]].filter(isOwner)
        const stream = this.#take({ batch, row, metric, owners, nowMs })
        if (typeof stream === 'string') {
          refusals.add(`${shownName(metric.name)}: ${stream}`)
          continue
        }
        stream?.total.write(out, row)
        if (stream !== undefined) out.startsNs[row] = stream.startNs
      }
      kept.push(row)
    }
    for (const owner of [...resources, ...scopes]) this.#owners.drop(owner)
    const metrics = batch.metrics.map((metric): OtlpMetric =>
      metric.temporality === 'delta' ? { ...metric, temporality: 'cumulative' } : metric,
    )
    const converted = { ...batch, ...out, metrics, distributions: out.distributions.finish() }
    return { batch: selectPoints(converted, Uint32Array.from(kept)), refusals }
  }

  /** The stream of a point with the point in it; undefined for a point that ends it; why there is none. */
  #take({ batch, row, metric, owners, nowMs }: DeltaPoint): Stream | string | undefined {
    const ids = owners.map(({ id }) => id)
    const { name, unit, kind, isMonotonic } = metric
    const told = JSON.stringify([ids, name, unit, kind, isMonotonic])
    const key = `${told}${sortedAttributesKey(batch, row)}`
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
    } else if (this.#streamBytes + this.#owners.length >= this.#limits.maxBytes) {
      return 'streams of deltas have too many buckets and attributes'
    }
    const stream = known ?? {
      ...{ total: createTotal(kind), owners },
      ...{ startNs: startNs === 0n ? timeNs : startNs, timeNs: -1n, seenMs: nowMs },
    }
    if (known === undefined) {
      for (const owner of owners) owner.streams++
      this.#streamBytes += key.length + stream.total.size * NUMBER_BYTES
    }
    if (timeNs > stream.timeNs) {
      const before = stream.total.size
      stream.total.add(batch, row)
      this.#streamBytes += (stream.total.size - before) * NUMBER_BYTES
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
    this.#streamBytes -= key.length + stream.total.size * NUMBER_BYTES
    this.#streams.delete(key)
    for (const owner of stream.owners) {
      owner.streams--
      this.#owners.drop(owner)
    }
  }
}

/** A data point of deltas, and what it belongs to. */
interface DeltaPoint {
  readonly batch: OtlpMetricBatch
  readonly row: number
  readonly metric: OtlpMetric
  readonly owners: readonly DeltaOwner[]
  readonly nowMs: number
}

function isOwner(owner: DeltaOwner | undefined): owner is DeltaOwner {
  return owner !== undefined
}
