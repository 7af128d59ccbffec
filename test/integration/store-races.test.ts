import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import { createLog } from '../../src/self/log.ts'
import type { StoreLimits } from '../../src/store/limits.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import type { MetricsStoreOptions } from '../../src/store/metrics-store-options.ts'
import type { QueryBounds } from '../../src/store/metrics-source.ts'
import { batchOf, readColumns, type Sample } from './store-model.ts'
import { UnluckyClient } from './unlucky-client.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const NOON = Date.UTC(2026, 4, 10, 12)
/** What a series with one sample takes of the hot window. */
const CHUNK_BYTES = 256
const bounds: QueryBounds = {
  signal: new AbortController().signal,
  maxSeries: 100_000,
  maxSamples: 10_000_000,
}

let dataDir = ''
let engine: EngineHandle
let databases = 0
const opened: { store: MetricsStore; client: UnluckyClient }[] = []

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'races-'))
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
    // Hundreds of days are hundreds of parts, which one engine has to know all at once.
    await client.command('DROP DATABASE IF EXISTS {db} SYNC')
    await client.close()
  }
})

afterAll(async () => {
  await engine.stop()
  await rm(dataDir, { recursive: true })
})

interface Harness {
  readonly store: MetricsStore
  readonly client: UnluckyClient
  readonly database: string
}

async function open(
  limits: Partial<StoreLimits> = {},
  options: Partial<MetricsStoreOptions> = {},
  database = `races${++databases}`,
): Promise<Harness> {
  const client = new UnluckyClient({ url: engine.url, socketPath: engine.socketPath, database })
  const store = await MetricsStore.open({
    client,
    nowMs: () => NOON,
    retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] },
    limits,
    ...options,
  })
  opened.push({ store, client })
  return { store, client, database }
}

const up = [matcher('__name__', '=', 'up')]

function sample(i: number | string, timestampMs: number, value = 0): Sample {
  return { series: Labels.from({ __name__: 'up', i: String(i) }), timestampMs, low: value, high: 0 }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

/** A door that is closed until `open` is called. */
function createGate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let openGate = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    openGate = resolve
  })
  return { passed, open: openGate }
}

async function countRows(client: UnluckyClient, table = 'samples'): Promise<number> {
  const rows = await client.rows(`SELECT count() AS n FROM {db}.${table}`)
  return Number(rows[0]?.['n'])
}

describe('what happens between two awaits of the store', () => {
  it('answers whole when series begin while the engine reads', async () => {
    const { store, client } = await open()
    for (const time of [NOON - 7 * HOUR, NOON - MINUTE]) {
      await store.append(batchOf(range(5).map((i) => sample(i, time))))
    }
    let newcomers = 0
    client.meanwhile = () => {
      store.offer(batchOf([sample(`new${newcomers++}`, NOON)]))
    }
    const found = readColumns(
      await store.select({ matchers: up, startMs: NOON - 8 * HOUR, endMs: NOON }, bounds),
    )
    expect(newcomers).toBeGreaterThan(0)
    expect(found.size).toBe(5)
  })

  it('stores a sample once that is sent again while its first copy is being stored', async () => {
    const { store, client } = await open()
    const old = NOON - 8 * HOUR
    await store.append(batchOf([sample(1, old + 1)]))
    const answered = createGate()
    let reads = 0
    // The second question is asked before the first copy is stored, and its answer arrives after that.
    client.meanwhile = () => (++reads === 4 ? answered.passed : undefined)
    const first = store.append(batchOf([sample(1, old, 1)]))
    const stored = createGate()
    client.beforeInsert = (table) => (table === 'samples' ? stored.passed : undefined)
    const second = store.append(batchOf([sample(1, old, 2)]))
    while (reads < 4) await new Promise(setImmediate)
    client.beforeInsert = () => undefined
    stored.open()
    await first
    answered.open()
    expect(await second).toMatchObject({ accepted: 0, rejectedCount: 1 })
    expect(await countRows(client)).toBe(2)
  })

  it('does not acknowledge what it drops because the backlog is full', async () => {
    const maxPendingBytes = 20 * 2048
    const { store, client } = await open({ maxPendingBytes })
    const gate = createGate()
    client.beforeInsert = () => gate.passed
    const held = store.append(batchOf(range(1500).map((i) => sample(i, NOON))))
    while (store.stats().pendingRows === 0) await new Promise(setImmediate)
    store.offer(batchOf(range(1024).map((i) => sample(i, NOON - MINUTE))))
    gate.open()
    await held
    const more = range(3000).map((i) => sample(i, NOON - 2 * MINUTE))
    const outcome = await store.append(batchOf(more))
    expect(outcome.accepted).toBe(3000)
    // Of what was only offered, that is, not acknowledged, a part may be dropped; how much depends on when the backlog was full.
    const { unstoredSamples } = store.stats()
    expect(unstoredSamples).toBeLessThanOrEqual(1024)
    const stored = await client.rows(
      'SELECT toUnixTimestamp64Milli(ts) AS t, count() AS n FROM {db}.samples GROUP BY t ORDER BY t',
    )
    expect(stored.map((row) => [Number(row['t']), Number(row['n'])])).toEqual([
      [NOON - 2 * MINUTE, 3000],
      [NOON - MINUTE, 1024 - unstoredSamples],
      [NOON, 1500],
    ])
  })

  it('stores what is pushed, even where a scrape brought the same and a full backlog dropped it', async () => {
    const { store, client } = await open({ maxPendingBytes: 20 * 2048 })
    const gate = createGate()
    client.beforeInsert = () => gate.passed
    const scraped = range(4096).map((i) => sample(i, NOON - MINUTE))
    store.offer(batchOf(scraped))
    expect(store.stats().unstoredSamples).toBeGreaterThan(0)
    gate.open()
    while (store.stats().pendingRows > 0) await new Promise(setImmediate)
    const outcome = await store.append(batchOf(scraped))
    expect(outcome).toMatchObject({ accepted: 4096, rejectedCount: 0 })
    const stored = await client.rows(
      `SELECT count(DISTINCT id) AS n FROM {db}.samples WHERE toUnixTimestamp64Milli(ts) = ${NOON - MINUTE}`,
    )
    expect(Number(stored[0]?.['n'])).toBe(4096)
    const again = { matchers: up, startMs: NOON - MINUTE, endMs: NOON - MINUTE }
    const found = readColumns(await store.select(again, bounds))
    expect(found.size).toBe(4096)
  })

  it('does not lose from sight what is accepted and not durable yet', async () => {
    const { store, client } = await open({ hotBytes: CHUNK_BYTES * 600 })
    const gate = createGate()
    client.beforeInsert = () => gate.passed
    for (const age of range(1000).reverse())
      store.offer(batchOf([sample(age, NOON - age * 10_000)]))
    store.trim()
    const request = { matchers: up, startMs: NOON - 4 * HOUR, endMs: NOON }
    expect(readColumns(await store.select(request, bounds)).size).toBe(1000)
    gate.open()
    await store.append(batchOf([sample(0, NOON)]))
    store.trim()
    expect(store.stats().hotSamples).toBeLessThan(700)
    expect(readColumns(await store.select(request, bounds)).size).toBe(1000)
  })

  it('holds less in memory while that is short, and answers the same', async () => {
    const { store } = await open({ hotBytes: CHUNK_BYTES * 1000 })
    const ages = range(900).map((i) => i * 5000)
    await store.append(batchOf(ages.map((age) => sample(age, NOON - age))))
    store.trim()
    expect(store.stats().hotSamples).toBe(900)
    store.saveMemory(true)
    expect(store.stats().hotSamples).toBeLessThan(500)
    const request = { matchers: up, startMs: NOON - 4 * HOUR, endMs: NOON }
    expect(readColumns(await store.select(request, bounds)).size).toBe(900)
    store.saveMemory(false)
    const later = range(100).map((i) => 1000 + i * 5000)
    await store.append(batchOf(later.map((age) => sample(age, NOON - age))))
    store.trim()
    expect(store.stats().hotSamples).toBeGreaterThan(500)
    expect(readColumns(await store.select(request, bounds)).size).toBe(1000)
  })

  it('loses nothing at the beginning of the hot window, wherever it is cut', async () => {
    // With these sizes the cut falls between two milliseconds.
    const cutMs = 796_673
    const { store } = await open({ hotBytes: CHUNK_BYTES * 560, hotWindowMs: 15 * MINUTE })
    const ages = range(601).map((i) => cutMs - 300 + i)
    await store.append(batchOf(ages.map((age) => sample(age, NOON - age))))
    store.trim()
    expect(store.stats().hotSamples).toBe(300)
    for (const age of range(7).map((i) => cutMs - 3 + i)) {
      const one = [...up, matcher('i', '=', String(age))]
      const columns = await store.select({ matchers: one, startMs: 0, endMs: NOON }, bounds)
      expect(columns.labels.length, String(age)).toBe(1)
    }
  })

  it('gives the ref of a series to no other while rows of it wait for the engine', async () => {
    let nowMs = NOON
    const first = await open()
    await first.store.append(batchOf([sample('a', NOON - 14 * DAY)]))
    const { store, client } = await open({}, { nowMs: () => nowMs }, first.database)
    const gate = createGate()
    let isAsked = false
    client.meanwhile = () => {
      isAsked = true
      return gate.passed
    }
    const late = store.append(batchOf([sample('a', NOON - 13 * DAY, 7)]))
    while (!isAsked) await new Promise(setImmediate)
    nowMs += 4 * DAY
    await store.applyRetention()
    store.offer(batchOf([sample('b', nowMs)]))
    gate.open()
    client.meanwhile = () => undefined
    await late
    const found = readColumns(
      await store.select({ matchers: up, startMs: 0, endMs: nowMs }, bounds),
    )
    expect([...(found.get(sample('b', 0).series.key)?.keys() ?? [])]).toEqual([nowMs])
  })

  it('ends only when the rows are stored that the engine was being asked about', async () => {
    const first = await open()
    await first.store.append(batchOf([sample('a', NOON - 8 * HOUR)]))
    const second = await open({}, {}, first.database)
    second.store.offer(batchOf([sample('a', NOON - 9 * HOUR)]))
    expect(await second.store.stop(5000)).toBe(true)
    expect(await countRows(second.client)).toBe(2)
  })

  it('takes offered rows once when the engine stops answering between two questions', async () => {
    const first = await open()
    const times = range(12_000).map((i) => NOON - 9 * HOUR - i)
    await first.store.append(batchOf([sample('a', NOON - 8 * HOUR)]))
    const { store, client } = await open({}, {}, first.database)
    let reads = 0
    client.failsRead = () => ++reads > 1
    store.offer(batchOf(times.map((time) => sample('a', time))))
    await store.stop(5000)
    expect(await countRows(client)).toBe(12_001)
  })
})

describe('what a sender may send', () => {
  const series = Labels.from({ __name__: 'up', i: '1' })
  const labels = Labels.from({ trace_id: 'abc' })
  const times = [
    ...range(300).map((day) => NOON - day * DAY),
    -1,
    -62_135_596_800_000,
    Number.MIN_SAFE_INTEGER,
    Date.UTC(2200, 0, 1),
    Number.MAX_SAFE_INTEGER,
  ]
  const year = { retention: { timeMs: 299.5 * DAY, sizeBytes: 0, rules: [] } }

  it('stores the exemplars that can be stored, however many days they are of', async () => {
    const { store, client } = await open({}, year)
    const exemplars = times.map((timestampMs) => ({ series, labels, value: 1, timestampMs }))
    await store.append({ ...batchOf([sample('1', NOON)]), exemplars })
    expect(await countRows(client, 'exemplars')).toBe(300)
    const huge = Labels.from({ trace_id: 'x'.repeat(200) })
    const long = [{ series, labels: huge, value: 1, timestampMs: NOON + 1 }]
    await store.append({ ...batchOf([sample('1', NOON + 1)]), exemplars: long })
    expect(await countRows(client, 'exemplars')).toBe(300)
  }, 60_000)

  it('stores the histograms that can be stored and refuses the others', async () => {
    const { store, client } = await open({ maxSeries: 1 }, year)
    const data = new Uint8Array(10)
    const histograms = times.map((timestampMs) => ({ series, timestampMs, data }))
    const others = [{ series: Labels.from({ __name__: 'other' }), timestampMs: NOON, data }]
    const result = await store.append({ ...batchOf([]), histograms: [...histograms, ...others] })
    expect(result.rejected.map(({ reason }) => reason)).toEqual([
      ...range(5).map(() => 'out_of_bounds'),
      'series_limit',
    ])
    expect(await countRows(client, 'histograms')).toBe(300)
    expect(store.stats().newestMs).toBe(NOON)
  }, 60_000)

  it('counts no series whose samples are all refused', async () => {
    const { store } = await open({ maxSeries: 3 })
    const old = range(10).map((i) => sample(`old${i}`, NOON - 40 * DAY))
    const ahead = range(10).map((i) => sample(`ahead${i}`, NOON + DAY))
    expect(await store.append(batchOf([...old, ...ahead]))).toMatchObject({ rejectedCount: 20 })
    expect(await store.append(batchOf(range(3).map((i) => sample(i, NOON))))).toMatchObject({
      accepted: 3,
    })
  })

  it('takes no samples for days that retention by size has dropped', async () => {
    const { store, client, database } = await open(
      {},
      { retention: { timeMs: 15 * DAY, sizeBytes: 1, rules: [] } },
    )
    const days = range(4).map((day) => sample('1', NOON - day * DAY))
    await store.append(batchOf(days))
    await store.applyRetention()
    expect(await countRows(client)).toBe(1)
    const again = await store.append(batchOf(days.slice(1)))
    expect(again).toMatchObject({ accepted: 0, rejectedCount: 3 })
    expect(again.rejected[0]?.reason).toBe('out_of_bounds')
    const restarted = await open({}, {}, database)
    expect(restarted.store.stats().series).toBe(1)
  })
})
