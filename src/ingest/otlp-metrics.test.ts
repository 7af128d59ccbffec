import { describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import type { OtlpMetricBatch } from '../model/otlp-metrics.ts'
import { Problem } from '../model/problem.ts'
import type { AppendResult, RejectedSample, SampleBatch, SampleSink } from '../model/samples.ts'
import { MetricIngest, type MetricIngestOptions } from './otlp-metrics.ts'

const EMPTY: OtlpMetricBatch = {
  ...{ strings: [], resources: [], scopes: [], metrics: [] },
  metricIndex: new Uint32Array(),
  timesNs: new BigInt64Array(),
  startsNs: new BigInt64Array(),
  flags: new Uint8Array(),
  values: new Float64Array(),
  valueTypes: new Uint8Array(),
  attributes: { ends: new Uint32Array(), keys: new Uint32Array(), values: new Uint32Array() },
  distributionIndex: new Int32Array(),
  distributions: {
    counts: new Float64Array(),
    minima: new Float64Array(),
    maxima: new Float64Array(),
    bounds: { ends: new Uint32Array(), values: new Float64Array() },
    buckets: { ends: new Uint32Array(), values: new Float64Array() },
    negativeBuckets: { ends: new Uint32Array(), values: new Float64Array() },
    scales: new Int32Array(),
    offsets: new Int32Array(),
    negativeOffsets: new Int32Array(),
    zeroCounts: new Float64Array(),
    zeroThresholds: new Float64Array(),
  },
  exemplarStarts: new Uint32Array(),
  exemplarEnds: new Uint32Array(),
  exemplars: {
    timesNs: new BigInt64Array(),
    values: new Float64Array(),
    valueTypes: new Uint8Array(),
    traceIds: new Uint8Array(),
    spanIds: new Uint8Array(),
    attributes: { ends: new Uint32Array(), keys: new Uint32Array(), values: new Uint32Array() },
  },
}

const SERIES = ['h_sum', 'h_count', 'g', 'target_info', 'native'].map((name) =>
  Labels.from({ __name__: name }),
)
const NATIVE = { series: SERIES[4] as Labels, timestampMs: 1, data: new Uint8Array() }

/** Point 0 has two samples, point 1 one, the resource one, point 2 is a native histogram. */
const SAMPLES: SampleBatch = {
  series: SERIES,
  seriesIndex: Uint32Array.of(0, 1, 2, 3),
  timestampsMs: Float64Array.of(1, 1, 1, 1),
  values: Float64Array.of(1, 2, 3, 1),
  histograms: [NATIVE],
}

type Steps = ReturnType<MetricIngestOptions['translate']>
type Translated = Steps extends Generator<number, infer Result, undefined> ? Result : never

function ingestOf(append: SampleSink['append'], changes: Partial<Translated> = {}): MetricIngest {
  const sink: SampleSink = {
    append,
    offer: () => ({ accepted: 0, rejected: [], rejectedCount: 0 }),
  }
  return new MetricIngest(sink, {
    accumulate: (batch) => ({ batch, refusals: { count: 1, message: 'late' } }),
    *translate() {
      yield 1
      return {
        samples: SAMPLES,
        rowPoints: Uint32Array.of(0, 0, 1, 0xffffffff),
        histogramPoints: [2],
        points: 3,
        refusals: { count: 2, message: 'no name' },
        ...changes,
      }
    },
  })
}

function rejected(...places: readonly number[]): RejectedSample[] {
  return places.map((place) => ({
    series: SERIES[place] as Labels,
    timestampMs: 1,
    reason: 'duplicate_timestamp',
    message: 'duplicate sample for timestamp',
  }))
}

const refusing =
  (rows: readonly RejectedSample[], rejectedCount = rows.length) =>
  (): Promise<AppendResult> =>
    Promise.resolve({ accepted: 0, rejected: rows, rejectedCount })

describe('metrics on their way to the store', () => {
  it('are told with what was refused before', async () => {
    expect(await ingestOf(refusing([])).append(EMPTY)).toEqual({
      ...{ accepted: 3, rejected: 3, message: 'late; no name' },
    })
  })

  it('are counted by data points, not by samples', async () => {
    const result = await ingestOf(refusing(rejected(0, 1, 4))).append(EMPTY)
    expect(result).toMatchObject({ accepted: 1, rejected: 5 })
    expect(result.message).toBe(
      'late; no name; 3 samples were refused: 1 errors like: duplicate sample for timestamp: h_sum; ' +
        '1 errors like: duplicate sample for timestamp: h_count; 1 errors like: duplicate sample for timestamp: native',
    )
    const ofResource = await ingestOf(refusing(rejected(3))).append(EMPTY)
    expect(ofResource).toMatchObject({ accepted: 3, rejected: 3 })
    expect(ofResource.message).toContain('target_info')
    const more = await ingestOf(refusing(rejected(0), 50)).append(EMPTY)
    expect(more).toMatchObject({ accepted: 0, rejected: 6 })
  })

  it('are not given on when nothing is left of them', async () => {
    const nothing = { samples: { ...SAMPLES, series: [], histograms: [] }, points: 0 }
    const fails = (): Promise<AppendResult> => Promise.reject(new Error('asked'))
    expect(await ingestOf(fails, nothing).append(EMPTY)).toMatchObject({ accepted: 0 })
  })

  it('are translated one batch after the other, with others in between', async () => {
    const seen: string[] = []
    let batches = 0
    const ingest = new MetricIngest(
      { append: refusing([]), offer: () => ({ accepted: 0, rejected: [], rejectedCount: 0 }) },
      {
        accumulate: (batch) => ({ batch, refusals: { count: 0, message: '' } }),
        *translate() {
          const batch = ++batches
          for (let step = 0; step < 5; step++) {
            seen.push(`batch ${batch}`)
            const startMs = performance.now()
            while (performance.now() - startMs < 30) continue
            yield 5000
          }
          const none = { series: [], histograms: [] }
          const refusals = { count: 0, message: '' }
          const samples = { ...SAMPLES, ...none }
          return { samples, rowPoints: new Uint32Array(), histogramPoints: [], points: 0, refusals }
        },
      },
    )
    const both = Promise.all([ingest.append(EMPTY), ingest.append(EMPTY)])
    let turns = 0
    const count = setInterval(() => turns++, 0)
    await both
    clearInterval(count)
    expect(seen).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2].map((batch) => `batch ${batch}`))
    expect(turns).toBeGreaterThan(1)
  })

  it('fail with their sink', async () => {
    const away = (): Promise<AppendResult> => Promise.reject(new Problem('unavailable', 'away'))
    await expect(ingestOf(away).append(EMPTY)).rejects.toThrow('away')
  })
})
