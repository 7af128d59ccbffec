import { describe, expect, it, vi } from 'vitest'
import type { Labels } from '../../src/model/labels.ts'
import { matcher, type Matcher } from '../../src/model/matcher.ts'
import type { StoreClient } from '../../src/store/client.ts'
import { LinesStore } from '../../src/store/lines-store.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import { hashLabels } from '../../src/store/series/hash-labels.ts'
import { SpansStore } from '../../src/store/spans-store.ts'
import { batchOf as linesOf, NOON_NS, readAll } from './lines-harness.ts'
import { SharedHarness } from './shared-harness.ts'
import { spansOf, traceIdOf } from './spans-harness.ts'
import { bounds, DAY, HOUR, MINUTE, NOON, sample } from './store-harness.ts'
import { batchOf, readColumns } from './store-model.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

const harness = new SharedHarness()
const UP = [matcher('__name__', '=', 'up')]
const retention = { timeMs: 15 * DAY, sizeBytes: 0, rules: [] }
const options = { nowMs: () => NOON, retention }
const anySignal = new AbortController().signal

async function openMetrics(database: string): Promise<MetricsStore> {
  const client = harness.client(database)
  return harness.ending(await MetricsStore.open({ client, ...options }))
}

async function openLines(database: string): Promise<LinesStore> {
  return harness.ending(await LinesStore.open({ client: harness.client(database), ...options }))
}

async function openSpans(database: string): Promise<SpansStore> {
  return harness.ending(await SpansStore.open({ client: harness.client(database), ...options }))
}

async function read(
  store: MetricsStore,
  matchers: readonly Matcher[] = UP,
): Promise<Map<string, Map<number, string>>> {
  await store.follow()
  const request = { matchers, startMs: 0, endMs: NOON + HOUR }
  return readColumns(await store.select(request, bounds))
}

async function countRows(client: StoreClient, table: string): Promise<number> {
  const [row] = await client.rows(`SELECT count() AS n FROM {db}.${table}`)
  return Number(row?.['n'])
}

describe('metrics of a shared store', () => {
  it('shows what another process stored within two seconds or so, without being asked to look', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openMetrics(database), await openMetrics(database)]
    await one.append({
      ...batchOf([sample('new', NOON - 1000, 5)]),
      metadata: [{ family: 'up', type: 'gauge', help: 'Whether it is.', unit: '' }],
    })
    await vi.waitFor(
      async () => {
        const query = { selectors: [], startMs: 0, endMs: NOON, limit: 0 }
        const { values } = await other.labelValues('i', query)
        expect(values).toEqual(['new'])
        expect(other.metadata('up', 0, 0).get('up')).toHaveLength(1)
        const found = await other.select({ matchers: UP, startMs: 0, endMs: NOON }, bounds)
        expect(found.labels).toHaveLength(1)
      },
      { timeout: 20_000, interval: 100 },
    )
  })

  it('hides nothing behind what it took itself', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openMetrics(database), await openMetrics(database)]
    await one.append(batchOf([sample('a', NOON - 20_000, 1)]))
    await other.follow()
    await other.append(batchOf([sample('a', NOON - 10_000, 2)]))
    await one.append(batchOf([sample('a', NOON - 5000, 3)]))
    // Not stored yet, and seen here none the less.
    other.offer(batchOf([sample('a', NOON - 1000, 4)]))
    const times = [...((await read(other)).get(sample('a', 0).series.key)?.keys() ?? [])]
    expect(times).toEqual([NOON - 20_000, NOON - 10_000, NOON - 5000, NOON - 1000])
    const known = [...((await read(one)).get(sample('a', 0).series.key)?.keys() ?? [])]
    expect(known.slice(0, 3)).toEqual([NOON - 20_000, NOON - 10_000, NOON - 5000])
  })

  it('answers a sample that came to both once, and of two values the same one everywhere', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openMetrics(database), await openMetrics(database)]
    await one.append(batchOf([sample('a', NOON - 1000, 7), sample('b', NOON - 1000, 1)]))
    await other.append(batchOf([sample('a', NOON - 1000, 7), sample('b', NOON - 1000, 2)]))
    const third = await openMetrics(database)
    const answers = [await read(one), await read(other), await read(third)]
    for (const answer of answers) {
      expect(answer.get(sample('a', 0).series.key)).toEqual(new Map([[NOON - 1000, '7:0']]))
      expect(answer.get(sample('b', 0).series.key)).toEqual(new Map([[NOON - 1000, '2:0']]))
    }
  })

  it('computes over grids what it reads, when a sample is there twice', async () => {
    const database = harness.newDatabase()
    const client = harness.client(database)
    const open = async () =>
      harness.ending(await MetricsStore.open({ client, ...options, evaluatesInEngine: true }))
    const [one, other] = [await open(), await open()]
    const words = new Uint32Array(Float64Array.of(3, -1, 8).buffer)
    const valued = (at: number, time: number) => ({
      ...sample('g', time),
      low: words[at * 2] as number,
      high: words[at * 2 + 1] as number,
    })
    await one.append(batchOf([valued(0, NOON - 1000), valued(1, NOON - 2000)]))
    await other.append(batchOf([valued(1, NOON - 1000), valued(2, NOON - 2000)]))
    for (const store of [one, other]) {
      await store.follow()
      const answer = await store.select({ matchers: UP, startMs: 0, endMs: NOON }, bounds)
      expect([...answer.values]).toEqual([8, 3])
      for (const endMs of [NOON - 1000, NOON - 2000]) {
        const grid = await store.selectGrid(
          {
            matchers: UP,
            func: 'last_over_time',
            startMs: endMs,
            endMs,
            stepMs: MINUTE,
            rangeMs: HOUR,
            offsetMs: 0,
          },
          bounds,
        )
        expect(grid?.values[0]).toBe(endMs === NOON - 1000 ? 3 : 8)
      }
    }
  })

  it('stores again what was sent again after another process deleted it', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openMetrics(database), await openMetrics(database)]
    await one.append(batchOf([sample('a', NOON - 1000, 7)]))
    await other.follow()
    await other.deleteSeries([UP], 0, NOON)
    expect((await read(one)).size).toBe(0)
    await one.append(batchOf([sample('a', NOON - 1000, 7)]))
    expect((await read(other)).size).toBe(1)
  })

  it('keeps labels beside samples of a day that another process dropped', async () => {
    const database = harness.newDatabase()
    const old = NOON - 2 * DAY
    const [one, other] = [await openMetrics(database), await openMetrics(database)]
    await one.append(batchOf([sample('a', old, 1)]))
    await other.follow()
    await other.append(batchOf([sample('a', old + 1, 2)]))
    const client = harness.client(database)
    const day = new Date(old).toISOString().slice(0, 10)
    for (const table of ['samples', 'series_days'])
      await client.command(`ALTER TABLE {db}.${table} DROP PARTITION (0, '${day}')`)
    await one.append(batchOf([sample('a', old + 2, 3)]))
    const third = await openMetrics(database)
    const found = (await read(third)).get(sample('a', 0).series.key)
    expect([...(found?.keys() ?? [])]).toEqual([old + 2])
    expect(await countRows(client, 'series_days')).toBe(1)
  })

  it('never mixes two series that two processes gave one id', async () => {
    const database = harness.newDatabase()
    const [lesser, greater] = [sample('a', 0).series, sample('b', 0).series]
    const one = await openMetrics(database)
    await one.append(batchOf([{ ...sample('b', NOON - 1000, 1), series: greater }]))
    // As if the labels of the other had the same hash.
    const hash = hashLabels(greater, { low: 0, high: 0 })
    const id = ((BigInt(hash.high) << 32n) | BigInt(hash.low)).toString()
    const client = harness.client(database)
    await client.command(
      `INSERT INTO {db}.series_days (keep, day, id, mh, labels) SELECT keep, day, id, mh, map('__name__', 'up', 'i', 'a') FROM {db}.series_days WHERE id = ${id}`,
    )
    await client.command(
      `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT keep, mh, id, ts + 1, v FROM {db}.samples`,
    )
    await one.follow()
    expect(one.index.collisions).toBe(1)
    await one.append(batchOf([{ ...sample('b', NOON, 2), series: greater }]))
    const third = await openMetrics(database)
    for (const store of [one, third]) {
      const found = await read(store)
      expect([...(found.get(greater.key)?.keys() ?? [])]).toEqual([NOON])
      // What was stored before anybody knew stays with the one that keeps the id.
      expect(found.get(lesser.key)?.size).toBe(2)
    }
  })
})

describe('log lines of a shared store', () => {
  const line = (app: string, ns: bigint, text: string) => ({ stream: { app }, ns, text })

  it('shows streams and lines of another process', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openLines(database), await openLines(database)]
    await one.append(linesOf([line('a', NOON_NS, 'first')]))
    await vi.waitFor(async () => expect(await readAll(other)).toHaveLength(1), {
      timeout: 20_000,
      interval: 100,
    })
    await other.append(linesOf([line('a', NOON_NS + 5n, 'second')]))
    await one.append(linesOf([line('a', NOON_NS + 9n, 'third'), line('a', NOON_NS, 'first')]))
    for (const store of [one, other]) {
      expect(await readAll(store)).toEqual([
        '{app="a"} 0 first',
        '{app="a"} 5 second',
        '{app="a"} 9 third',
      ])
    }
  })

  it('keeps the labels of a stream whose lines another process deleted', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openLines(database), await openLines(database)]
    await one.append(linesOf([line('a', NOON_NS, 'gone'), line('b', NOON_NS, 'stays')]))
    await other.follow()
    const wanted = {
      matchers: [matcher('app', '=', 'a')],
      startNs: 0n,
      endNs: NOON_NS + 1_000_000_000n,
      needles: [],
    }
    expect(await other.deleteLines({ ...wanted, judge: undefined })).toBe(1)
    await one.append(linesOf([line('a', NOON_NS + 1n, 'later')]))
    const third = await openLines(database)
    expect(await readAll(third)).toEqual(['{app="b"} 0 stays', '{app="a"} 1 later'])
  })

  it('lets two processes delete at the same time', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openLines(database), await openLines(database)]
    const lines = Array.from({ length: 40 }, (_, i) =>
      line(i % 2 === 0 ? 'a' : 'b', NOON_NS + BigInt(i), `line ${i}`),
    )
    await one.append(linesOf(lines))
    await other.follow()
    const range = { startNs: 0n, endNs: NOON_NS + 1_000_000_000n, needles: [] }
    const judge = (text: string): boolean => Number(text.slice(5)) < 20
    const deleted = await Promise.all([
      one.deleteLines({ ...range, matchers: [matcher('app', '=', 'a')], judge }),
      other.deleteLines({ ...range, matchers: [matcher('app', '=', 'b')], judge }),
    ])
    expect(deleted).toEqual([10, 10])
    expect(await readAll(one)).toHaveLength(20)
    const client = harness.client(database)
    const tables = await client.rows(
      `SELECT name FROM system.tables WHERE database = {db_name} AND name LIKE 'doomed%'`,
    )
    expect(tables).toEqual([{ name: 'doomed_lines' }])
  })
})

describe('spans of a shared store', () => {
  it('shows spans with their resources as soon as they are stored', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openSpans(database), await openSpans(database)]
    await one.append(spansOf([{ trace: 1, span: 1, service: 'checkout' }]))
    const signal = anySignal
    const rows = await other.readTraces([traceIdOf(1)], { signal, maxSpans: 100 })
    expect(rows.resources.map((labels: Labels) => labels.get('service.name'))).toEqual([
      expect.stringContaining('checkout'),
    ])
  })

  it('counts a span that came to both once', async () => {
    const database = harness.newDatabase()
    const [one, other] = [await openSpans(database), await openSpans(database)]
    const request = {
      test: { kind: 'any' },
      startNs: NOON_NS - 1n,
      stepNs: 3_600_000_000_000n,
      count: 1,
      by: [],
      value: undefined,
      measure: 'count',
      hasExemplars: false,
    } as const
    const count = async (store: SpansStore): Promise<number> => {
      await store.follow()
      const tally = await store.tally(request, anySignal)
      return (tally?.counts ?? new Float64Array()).reduce((sum, n) => sum + n, 0)
    }
    await one.append(spansOf([{ trace: 1, span: 1 }]))
    expect(await count(one)).toBe(1)
    await other.append(spansOf([{ trace: 1, span: 1 }]))
    expect([await count(one), await count(other)]).toEqual([1, 1])
  })
})
