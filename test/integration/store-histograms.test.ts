import { describe, expect, it } from 'vitest'
import { HistogramTable } from '../../src/model/histograms/histogram-table.ts'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import type { NativeHistogramSample, SampleBatch } from '../../src/model/samples.ts'
import { createPromqlEngine } from '../../src/query/promql/create.ts'
import { toStoredForm } from '../../src/store/histograms/stored-form.ts'
import { LateStore } from '../../src/store/late-store.ts'
import type { MetricsStore } from '../../src/store/metrics-store.ts'
import { bounds, MINUTE, NOON, StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const LIMITS = { ...{ lookbackMs: 300_000, timeoutMs: 30_000, maxConcurrency: 4 }, ...bounds }

/** `latency{i}` with so many observations between 1 and 2. */
function histogram(i: string, timestampMs: number, count: number): NativeHistogramSample {
  const table = new HistogramTable()
  table.begin()
  table.startPositive()
  table.addBucket(1, count)
  const row = table.finish({
    ...{ schema: 0, hint: 0, count, sum: count * 1.5, zeroThreshold: 0, zeroCount: 0 },
    bounds: undefined,
  })
  const series = Labels.from({ __name__: 'latency', i })
  return { series, timestampMs, data: toStoredForm(table, row, timestampMs) }
}

function batchOf(...histograms: NativeHistogramSample[]): SampleBatch {
  return {
    series: [],
    seriesIndex: new Uint32Array(0),
    timestampsMs: new Float64Array(0),
    values: new Float64Array(0),
    histograms,
  }
}

/** What an expression yields at noon, as `i=value`. */
async function ask(store: MetricsStore, query: string): Promise<string> {
  const source = new LateStore()
  source.open(store)
  const engine = createPromqlEngine(source, { ...LIMITS, defaultStepMs: MINUTE })
  const { labels, values } = await engine.evaluate({
    ...{ query, startMs: NOON, endMs: NOON, stepMs: 0 },
  })
  const shown = labels.map((own, at) => `${own.get('i')}=${values[at]}`)
  return shown.sort().join(' ')
}

describe('native histograms in the store', () => {
  it('are answered as soon as they are acknowledged, and after a restart', async () => {
    const { store, database } = await harness.open()
    await store.append(batchOf(histogram('a', NOON - MINUTE, 3), histogram('b', NOON, 5)))
    expect(await ask(store, 'histogram_count(latency)')).toBe('a=3 b=5')
    expect(await ask(store, 'histogram_sum(latency{i="b"})')).toBe('b=7.5')
    await store.stop(5000)
    const again = await harness.open({}, database)
    expect(await ask(again.store, 'histogram_count(latency)')).toBe('a=3 b=5')
  })

  it('are answered before they are written, too', async () => {
    const { store, client } = await harness.open()
    await store.append(batchOf(histogram('a', NOON - 2 * MINUTE, 3)))
    store.offer(batchOf(histogram('a', NOON - MINUTE, 4), histogram('a', NOON, 6)))
    expect(await ask(store, 'count_over_time(latency[10m])')).toBe('a=3')
    const rows = await client.rows('SELECT count() AS n FROM {db}.histograms')
    expect(Number(rows[0]?.['n'])).toBeLessThanOrEqual(3)
    expect(await ask(store, 'histogram_count(latency)')).toBe('a=6')
  })

  it('are one where they came twice', async () => {
    const { store } = await harness.open()
    await store.append(batchOf(histogram('a', NOON, 3)))
    await store.append(batchOf(histogram('a', NOON, 3)))
    expect(await ask(store, 'count_over_time(latency[10m])')).toBe('a=1')
  })

  it('are not there any more once they are deleted', async () => {
    const { store } = await harness.open()
    await store.append(batchOf(histogram('a', NOON, 3), histogram('b', NOON, 4)))
    await store.deleteSeries([[matcher('i', '=', 'a')]], 0, NOON)
    expect(await ask(store, 'histogram_count(latency)')).toBe('b=4')
  })

  it('are not looked for where no series has any', async () => {
    const { store } = await harness.open()
    const source = new LateStore()
    source.open(store)
    const request = { matchers: [matcher('__name__', '=', 'latency')], startMs: 0, endMs: NOON }
    expect(source.mayHaveHistograms(request)).toBe(false)
    await store.append(batchOf(histogram('a', NOON, 3)))
    expect(source.mayHaveHistograms(request)).toBe(true)
    const other = { ...request, matchers: [matcher('__name__', '=', 'up')] }
    expect(source.mayHaveHistograms(other)).toBe(false)
    const sameName = { ...request, matchers: [...request.matchers, matcher('i', '=', 'b')] }
    expect(source.mayHaveHistograms(sameName)).toBe(false)
  })

  it('past the bound of samples fail the query', async () => {
    const { store } = await harness.open()
    await store.append(batchOf(...['a', 'b', 'c'].map((i) => histogram(i, NOON, 1))))
    const request = { matchers: [matcher('__name__', '=', 'latency')], startMs: 0, endMs: NOON }
    const reading = store.histograms.select(
      request,
      { ...bounds, maxSamples: 4 },
      new HistogramTable(),
    )
    await expect(reading).rejects.toMatchObject({ code: 'limit' })
  })
})
