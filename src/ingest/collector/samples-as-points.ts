import type { Labels } from '../../model/labels.ts'
import {
  NO_RECORDED_VALUE,
  NUMBER_DOUBLE,
  type OtlpMetric,
  type OtlpMetricBatch,
} from '../../model/otlp-metrics.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { isStale, wordsOf } from '../../model/stale.ts'

const NS_PER_MS = 1_000_000n
const NO_LISTS = { ends: new Uint32Array(), values: new Float64Array() }
const NO_ATTRIBUTES = {
  ends: new Uint32Array(),
  keys: new Uint32Array(),
  values: new Uint32Array(),
}
const NO_NUMBERS = new Float64Array()
const NO_INTEGERS = new Int32Array()
const NO_DISTRIBUTIONS: OtlpMetricBatch['distributions'] = {
  ...{ counts: NO_NUMBERS, minima: NO_NUMBERS, maxima: NO_NUMBERS },
  ...{ bounds: NO_LISTS, buckets: NO_LISTS, negativeBuckets: NO_LISTS },
  ...{ scales: NO_INTEGERS, offsets: NO_INTEGERS, negativeOffsets: NO_INTEGERS },
  ...{ zeroCounts: NO_NUMBERS, zeroThresholds: NO_NUMBERS },
}
const NO_EXEMPLARS: OtlpMetricBatch['exemplars'] = {
  ...{ timesNs: new BigInt64Array(), values: NO_NUMBERS, valueTypes: new Uint8Array() },
  ...{ traceIds: new Uint8Array(), spanIds: new Uint8Array(), attributes: NO_ATTRIBUTES },
}
const SCOPE = { name: '', version: '', schemaUrl: '', attributes: [] }

/**
 * Scraped samples as processors of a collector see them: each series a gauge under its own name, `job` and `instance` the resource, all
 * other labels attributes. A staleness marker is a point without a value.
 */
export function samplesAsPoints(batch: SampleBatch): OtlpMetricBatch {
  const points = new Points()
  const order = batch.series.map((labels) => points.metricOf(labels))
  const rows = Array.from(batch.seriesIndex.keys()).sort(
    (a, b) => (order[batch.seriesIndex[a] ?? 0] ?? 0) - (order[batch.seriesIndex[b] ?? 0] ?? 0),
  )
  const count = rows.length
  const words = wordsOf(batch.values)
  const metricIndex = new Uint32Array(count)
  const timesNs = new BigInt64Array(count)
  const flags = new Uint8Array(count)
  const values = new Float64Array(count)
  for (const [at, row] of rows.entries()) {
    const series = batch.seriesIndex[row] as number
    metricIndex[at] = order[series] ?? 0
    timesNs[at] = BigInt(batch.timestampsMs[row] as number) * NS_PER_MS
    if (isStale(batch.values, words, row)) flags[at] = NO_RECORDED_VALUE
    else values[at] = batch.values[row] as number
    const labels = batch.series[series]
    if (labels) points.addAttributes(labels)
  }
  return {
    ...points.tables(),
    ...{ metricIndex, timesNs, startsNs: new BigInt64Array(count), flags, values },
    valueTypes: new Uint8Array(count).fill(NUMBER_DOUBLE),
    distributionIndex: new Int32Array(count).fill(-1),
    distributions: NO_DISTRIBUTIONS,
    ...{ exemplarStarts: new Uint32Array(count), exemplarEnds: new Uint32Array(count) },
    exemplars: NO_EXEMPLARS,
  }
}

/** The tables that rows point to. */
class Points {
  readonly #strings: string[] = []
  readonly #places = new Map<string, number>()
  readonly #resources: (readonly (readonly [string, string])[])[] = []
  readonly #metrics: OtlpMetric[] = []
  readonly #known = new Map<string, number>()
  readonly #ends: number[] = []
  readonly #keys: number[] = []
  readonly #values: number[] = []

  /** The place of the metric of a series. */
  metricOf(labels: Labels): number {
    const key = JSON.stringify([labels.name, labels.get('job'), labels.get('instance')])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const isCounter = /_(?:total|count|sum|bucket)$/.test(labels.name)
    const place = this.#metrics.push({
      ...{ name: labels.name, description: '', unit: '' },
      kind: isCounter ? 'sum' : 'gauge',
      temporality: isCounter ? 'cumulative' : 'unspecified',
      isMonotonic: isCounter,
      ...{ metadata: [], resource: this.#resourceOf(labels), scope: 0 },
    })
    this.#known.set(key, place - 1)
    return place - 1
  }

  #resourceOf(labels: Labels): number {
    const [job, instance] = [labels.get('job') ?? '', labels.get('instance') ?? '']
    const attributes = [
      ...(instance === '' ? [] : [['service.instance.id', `s${instance}`] as const]),
      ...(job === '' ? [] : [['service.name', `s${job}`] as const]),
    ]
    const key = `resource ${JSON.stringify(attributes)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const place = this.#resources.push(attributes) - 1
    this.#known.set(key, place)
    return place
  }

  addAttributes({ flat }: Labels): void {
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] ?? ''
      if (name === '__name__' || name === 'job' || name === 'instance') continue
      this.#keys.push(this.#placeOf(name))
      this.#values.push(this.#placeOf(`s${flat[i + 1] ?? ''}`))
    }
    this.#ends.push(this.#keys.length)
  }

  #placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.#strings.push(text) - 1
    this.#places.set(text, place)
    return place
  }

  tables(): Pick<OtlpMetricBatch, 'strings' | 'resources' | 'scopes' | 'metrics' | 'attributes'> {
    return {
      ...{ strings: this.#strings, resources: this.#resources, scopes: [SCOPE] },
      metrics: this.#metrics,
      attributes: {
        ends: Uint32Array.from(this.#ends),
        keys: Uint32Array.from(this.#keys),
        values: Uint32Array.from(this.#values),
      },
    }
  }
}
