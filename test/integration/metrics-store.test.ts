import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import type { SampleBatch } from '../../src/model/samples.ts'
import { wordsOf, writeStale } from '../../src/model/stale.ts'
import { createLog } from '../../src/self/log.ts'
import { StoreClient } from '../../src/store/client.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import type { MetricsStoreOptions } from '../../src/store/metrics-store-options.ts'
import type { QueryBounds, SeriesColumns } from '../../src/store/metrics-source.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const bounds: QueryBounds = {
  signal: new AbortController().signal,
  maxSeries: 10_000,
  maxSamples: 10_000_000,
}

let dataDir = ''
let engine: EngineHandle
let databases = 0
const opened: { store: MetricsStore; client: StoreClient }[] = []

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'store-'))
  engine = await startEngine({
    dataDir,
    memoryBudgetBytes: 300e6,
    log: createLog({ level: 'error' }),
  })
  await engine.whenReady()
})

afterEach(async () => {
  for (const { store, client } of opened.splice(0)) {
    await store.stop(5000)
    await client.close()
  }
})

afterAll(async () => {
  await engine.stop()
  await rm(dataDir, { recursive: true })
})

interface Harness {
  readonly store: MetricsStore
  readonly client: StoreClient
  readonly database: string
}

async function open(
  nowMs: () => number,
  options: Partial<MetricsStoreOptions> = {},
  database = `t${++databases}`,
): Promise<Harness> {
  const client = new StoreClient({ url: engine.url, socketPath: engine.socketPath, database })
  const store = await MetricsStore.open({
    client,
    nowMs,
    retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] },
    ...options,
  })
  opened.push({ store, client })
  return { store, client, database }
}

type Row = readonly [labels: Record<string, string>, timestampMs: number, value: number | 'stale']

function batchOf(rows: readonly Row[]): SampleBatch {
  const series: Labels[] = []
  const at = new Map<string, number>()
  const values = new Float64Array(rows.length)
  const words = wordsOf(values)
  const seriesIndex = new Uint32Array(rows.length)
  for (const [i, [record, , value]] of rows.entries()) {
    const labels = Labels.from(record)
    let number = at.get(labels.key)
    if (number === undefined) at.set(labels.key, (number = series.push(labels) - 1))
    seriesIndex[i] = number
    if (value === 'stale') writeStale(words, i)
    else values[i] = value
  }
  return { series, seriesIndex, timestampsMs: Float64Array.from(rows, (row) => row[1]), values }
}

function shown(columns: SeriesColumns): Record<string, [number, number][]> {
  const out: Record<string, [number, number][]> = {}
  for (const [i, labels] of columns.labels.entries()) {
    const rows: [number, number][] = []
    for (let k = columns.offsets[i] as number; k < (columns.offsets[i + 1] as number); k++) {
      rows.push([columns.timestampsMs[k] as number, columns.values[k] as number])
    }
    out[labels.toString()] = rows
  }
  return out
}

const up = { __name__: 'up', job: 'a' }
const ups = [matcher('__name__', '=', 'up')]

describe('metrics store over the engine', () => {
  it('gives back what was appended, from memory and, after a restart, from the engine', async () => {
    const now = Date.UTC(2026, 4, 1, 12)
    const first = await open(() => now)
    const rows: Row[] = []
    for (let minute = 0; minute < 240; minute++) {
      for (const job of ['a', 'b', 'c']) {
        rows.push([{ __name__: 'up', job }, now - (240 - minute) * MINUTE, minute])
      }
    }
    expect(await first.store.append(batchOf(rows))).toMatchObject({
      accepted: 720,
      rejectedCount: 0,
    })
    const request = { matchers: ups, startMs: now - DAY, endMs: now }
    const before = shown(await first.store.select(request, bounds))
    expect(Object.keys(before).sort()).toEqual(['up{job="a"}', 'up{job="b"}', 'up{job="c"}'])
    expect(before['up{job="b"}']).toEqual(
      Array.from({ length: 240 }, (_, minute) => [now - (240 - minute) * MINUTE, minute]),
    )
    const again = await open(() => now, {}, first.database)
    expect(shown(await again.store.select(request, bounds))).toEqual(before)
    const recent = { matchers: ups, startMs: now - 20 * MINUTE, endMs: now }
    expect(shown(await again.store.select(recent, bounds))['up{job="a"}']).toHaveLength(20)
  })

  it('takes a repeated sample as stored and refuses another value for its time, in memory and in the engine', async () => {
    const now = Date.UTC(2026, 4, 1, 12)
    const { store } = await open(() => now)
    for (const age of [MINUTE, 5 * HOUR]) {
      const time = now - age
      await store.append(
        batchOf([
          [up, time - 1, 1],
          [up, time, 7],
          [up, time + 1, 9],
        ]),
      )
      expect(await store.append(batchOf([[up, time, 7]]))).toMatchObject({
        accepted: 1,
        rejectedCount: 0,
      })
      const refused = await store.append(
        batchOf([
          [up, time, 8],
          [up, time + 2, 1],
        ]),
      )
      expect(refused).toMatchObject({ accepted: 1, rejectedCount: 1 })
      expect(refused.rejected[0]?.message).toBe('duplicate sample for timestamp')
      const rows = shown(
        await store.select({ matchers: ups, startMs: time - 1, endMs: time + 5 }, bounds),
      )
      expect(rows['up{job="a"}']).toEqual([
        [time - 1, 1],
        [time, 7],
        [time + 1, 9],
        [time + 2, 1],
      ])
    }
  })

  it('folds samples that come out of order over days', async () => {
    const now = Date.UTC(2026, 4, 10, 12)
    const { store, client, database } = await open(() => now)
    const times = Array.from({ length: 200 }, (_, i) => now - ((i * 37) % 200) * HOUR)
    for (let from = 0; from < times.length; from += 20) {
      await store.append(
        batchOf(times.slice(from, from + 20).map((time) => [up, time, time] as const)),
      )
    }
    const request = { matchers: ups, startMs: 0, endMs: now }
    const expected = times.toSorted((a, b) => a - b).map((time) => [time, time])
    expect(shown(await store.select(request, bounds))['up{job="a"}']).toEqual(expected)
    const again = await open(() => now, {}, database)
    await again.store.append(batchOf(times.map((time) => [up, time, time] as const)))
    expect(shown(await again.store.select(request, bounds))['up{job="a"}']).toEqual(expected)
    const rows = await client.rows('SELECT count() AS n FROM {db}.samples')
    expect(rows[0]?.['n']).toBe('200')
  })

  it('keeps staleness markers and special values by their bits', async () => {
    const now = Date.UTC(2026, 4, 1, 12)
    const { store } = await open(() => now)
    const time = now - 3 * HOUR
    const rows: Row[] = [
      [up, time, Number.POSITIVE_INFINITY],
      [up, time + 1, -0],
      [up, time + 2, Number.NaN],
      [up, time + 3, 'stale'],
      [up, time + 4, 5e-324],
    ]
    await store.append(batchOf(rows))
    const columns = await store.select({ matchers: ups, startMs: time, endMs: time + 10 }, bounds)
    const words = wordsOf(columns.values.slice())
    expect([words[6], words[7]]).toEqual([2, 0x7ff00000])
    expect([...columns.values].map(String)).toEqual(['Infinity', '0', 'NaN', 'NaN', '5e-324'])
    expect(Object.is(columns.values[1], -0)).toBe(true)
  })

  it('refuses what it cannot hold and takes the rest', async () => {
    const now = Date.UTC(2026, 4, 1, 12)
    const { store } = await open(() => now, { limits: { maxSeries: 3 } })
    const rows: Row[] = Array.from(
      { length: 5 },
      (_, i) => [{ __name__: 'm', i: String(i) }, now - MINUTE, i] as const,
    )
    const result = await store.append(
      batchOf([
        ...rows,
        [rows[0]?.[0] ?? {}, now - 40 * DAY, 1],
        [rows[0]?.[0] ?? {}, Date.UTC(2200, 0, 1), 1],
      ]),
    )
    expect(result).toMatchObject({ accepted: 3, rejectedCount: 4 })
    expect(result.rejectedByReason).toEqual(
      new Map([
        ['series_limit', 2],
        ['out_of_bounds', 2],
      ]),
    )
    expect(result.rejected.map((one) => one.reason).sort()).toEqual([
      'out_of_bounds',
      'out_of_bounds',
      'series_limit',
      'series_limit',
    ])
    expect(result.rejected[0]?.message).toContain('storage.max-series')
  })

  it('shows scraped samples at once and stores them soon after', async () => {
    const now = Date.UTC(2026, 4, 1, 12)
    const { store, client } = await open(() => now)
    store.offer(batchOf([[up, now, 1]]))
    const request = { matchers: ups, startMs: now - MINUTE, endMs: now }
    expect(shown(await store.select(request, bounds))).toEqual({ 'up{job="a"}': [[now, 1]] })
    expect(await store.stop(5000)).toBe(true)
    expect(await client.rows('SELECT count() AS n FROM {db}.samples')).toEqual([{ n: '1' }])
  })

  it('answers names within a range of time', async () => {
    const now = Date.UTC(2026, 4, 10, 12)
    const { store } = await open(() => now)
    await store.append(
      batchOf([
        [{ __name__: 'old', job: 'x' }, now - 5 * DAY, 1],
        [{ __name__: 'new', job: 'y', zone: 'eu' }, now, 1],
      ]),
    )
    const names = { selectors: [], startMs: now - HOUR, endMs: now, limit: 0 }
    expect((await store.labelValues('__name__', names)).values).toEqual(['new'])
    expect((await store.labelNames(names)).values).toEqual(['__name__', 'job', 'zone'])
    const all = { ...names, startMs: 0 }
    expect(await store.labelValues('job', { ...all, limit: 1 })).toEqual({
      values: ['x'],
      truncated: true,
    })
    expect(
      (await store.series({ ...all, selectors: [[matcher('job', '=', 'x')]] }, bounds)).values.map(
        String,
      ),
    ).toEqual(['old{job="x"}'])
  })

  it('drops whole days past their retention, each rule by its own', async () => {
    let now = Date.UTC(2026, 4, 10, 12)
    const { store, client } = await open(() => now, {
      retention: {
        timeMs: 15 * DAY,
        sizeBytes: 0,
        rules: [{ matchers: [matcher('__name__', '=', 'short')], timeMs: 2 * DAY }],
      },
    })
    await store.append(
      batchOf([
        [{ __name__: 'short' }, now - DAY, 1],
        [{ __name__: 'long' }, now - DAY, 1],
        [{ __name__: 'long' }, now, 1],
      ]),
    )
    now += 5 * DAY
    store.trim()
    expect(await store.applyRetention()).toMatchObject({ partitions: 2 })
    const all = { selectors: [], startMs: 0, endMs: now, limit: 0 }
    expect((await store.labelValues('__name__', all)).values).toEqual(['long'])
    now += 10 * DAY
    store.trim()
    await store.applyRetention()
    expect(await client.rows('SELECT count() AS n FROM {db}.samples')).toEqual([{ n: '1' }])
  })

  it('deletes series in a range', async () => {
    const now = Date.UTC(2026, 4, 10, 12)
    const { store } = await open(() => now)
    await store.append(
      batchOf([
        [up, now - 4 * HOUR, 1],
        [up, now - 2 * HOUR, 2],
        [up, now, 3],
      ]),
    )
    await store.deleteSeries([ups], now - 3 * HOUR, now - HOUR)
    const rows = shown(await store.select({ matchers: ups, startMs: 0, endMs: now }, bounds))
    expect(rows['up{job="a"}']).toEqual([
      [now - 4 * HOUR, 1],
      [now, 3],
    ])
  })

  it('computes grids in the engine', async () => {
    const now = Date.UTC(2026, 4, 10, 12)
    const { store } = await open(() => now, { evaluatesInEngine: true })
    const rows: Row[] = []
    for (let i = 0; i <= 240; i++) {
      for (const job of ['a', 'b'])
        rows.push([{ __name__: 'c_total', job, x: job }, now - HOUR + i * 15_000, i * 30])
    }
    await store.append(batchOf(rows))
    const request = {
      matchers: [matcher('__name__', '=', 'c_total')],
      func: 'rate',
      rangeMs: 5 * MINUTE,
      offsetMs: 0,
      startMs: now - 30 * MINUTE,
      endMs: now,
      stepMs: MINUTE,
    } as const
    const single = await store.selectGrid(request, bounds)
    expect(single?.labels.map(String).sort()).toEqual(['{job="a", x="a"}', '{job="b", x="b"}'])
    expect(single?.steps).toBe(31)
    expect(single?.values.every((value) => Math.abs(value - 2) < 1e-9)).toBe(true)
    const summed = await store.selectGrid(
      { ...request, aggregate: { op: 'sum', labels: ['job', 'x'], without: true } },
      bounds,
    )
    expect(summed?.labels.map(String)).toEqual(['{}'])
    expect(summed?.values.every((value) => Math.abs(value - 4) < 1e-9)).toBe(true)
    expect(summed?.present.every((one) => one === 1)).toBe(true)
  })
})
