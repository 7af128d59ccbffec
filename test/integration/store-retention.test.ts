import { describe, expect, it } from 'vitest'
import { matcher } from '../../src/model/matcher.ts'
import type { Retention } from '../../src/store/limits.ts'
import {
  bounds,
  countRows,
  createGate,
  DAY,
  HOUR,
  NOON,
  range,
  sample,
  StoreHarness,
} from './store-harness.ts'
import { batchOf, readColumns } from './store-model.ts'

const harness = new StoreHarness()
const up = [matcher('__name__', '=', 'up')]

/** With a rule of two days for `up`, or without. */
function retention(hasRule: boolean): Retention {
  return {
    timeMs: 15 * DAY,
    sizeBytes: 0,
    rules: hasRule ? [{ matchers: up, timeMs: 2 * DAY }] : [],
  }
}

describe('retention that changes', () => {
  it('keeps the names of series for as long as their samples, when it changes amid a write', async () => {
    let nowMs = NOON
    const options = { nowMs: () => nowMs }
    const { store, client, database } = await harness.open({
      ...options,
      retention: retention(true),
    })
    const gate = createGate()
    let isHeld = false
    client.beforeInsert = () => {
      isHeld = true
      return gate.passed
    }
    const first = store.append(batchOf([sample('a', NOON)]))
    while (!isHeld) await new Promise(setImmediate)
    store.setRetention(retention(false))
    gate.open()
    await first
    await store.append(batchOf([sample('a', NOON + 1)]))
    expect(await store.stop(5000)).toBe(true)
    nowMs += 5 * DAY
    const again = await harness.open({ ...options, retention: retention(false) }, database)
    await again.store.applyRetention()
    const last = await harness.open({ ...options, retention: retention(false) }, database)
    const request = { matchers: up, startMs: 0, endMs: nowMs }
    const found = readColumns(await last.store.select(request, bounds))
    expect([...(found.get(sample('a', 0).series.key)?.keys() ?? [])]).toEqual([NOON + 1])
  })

  it('keeps the names of series for as long as their samples, when it changes between two starts', async () => {
    let nowMs = NOON
    const options = { nowMs: () => nowMs }
    const { store, database } = await harness.open({ ...options, retention: retention(true) })
    await store.append(batchOf([sample('a', NOON)]))
    expect(await store.stop(5000)).toBe(true)
    const second = await harness.open({ ...options, retention: retention(false) }, database)
    await second.store.append(batchOf([sample('a', NOON + 1)]))
    nowMs += 5 * DAY
    await second.store.applyRetention()
    const last = await harness.open({ ...options, retention: retention(false) }, database)
    const request = { matchers: up, startMs: 0, endMs: nowMs }
    expect(readColumns(await last.store.select(request, bounds)).size).toBe(1)
  })
})

describe('retention by size', () => {
  it('takes nothing more for days that it is about to drop', async () => {
    const { store, client } = await harness.open({
      retention: { timeMs: 15 * DAY, sizeBytes: 1, rules: [] },
    })
    await store.append(batchOf(range(4).map((day) => sample('a', NOON - day * DAY))))
    const outcomes: number[] = []
    client.beforeCommand = async (statement) => {
      if (!statement.includes('DROP PARTITION')) return
      const late = batchOf([sample('b', NOON - 3 * DAY + outcomes.length)])
      outcomes.push((await store.append(late)).accepted)
    }
    await store.applyRetention()
    expect(outcomes.length).toBeGreaterThan(2)
    expect(new Set(outcomes)).toEqual(new Set([0]))
    expect(await countRows(client)).toBe(1)
  })
})

describe('the limit of series', () => {
  it('counts a third of those that ended, and all of those that did not', async () => {
    let nowMs = NOON
    const { store } = await harness.open({ nowMs: () => nowMs, limits: { maxSeries: 90 } })
    const push = async (prefix: string, count: number): Promise<number> => {
      const batch = batchOf(range(count).map((i) => sample(`${prefix}${i}`, nowMs)))
      return (await store.append(batch)).accepted
    }
    expect(await push('a', 100)).toBe(90)
    nowMs += HOUR / 2
    store.trim()
    expect(await push('b', 100)).toBe(0)
    expect(await push('a', 30)).toBe(30)
    nowMs += HOUR / 2 + 1
    store.trim()
    expect(store.stats()).toMatchObject({ series: 90, countedSeries: 50 })
    expect(await push('b', 100)).toBe(40)
    expect(await push('c', 1)).toBe(0)
  })
})

describe('limits of a selection', () => {
  const few = (maxSamples: number) => ({ ...bounds, maxSamples })
  const most = [...up, matcher('i', '=~', '[0-5]')]

  it('count only samples that are wanted', async () => {
    const { store } = await harness.open()
    const times = range(10).map((i) => NOON - 9 * HOUR + i)
    await store.append(batchOf(times.flatMap((time) => range(10).map((i) => sample(i, time)))))
    const request = { matchers: most, startMs: 0, endMs: NOON }
    expect(readColumns(await store.select(request, few(60))).size).toBe(6)
    await expect(store.select(request, few(59))).rejects.toThrow('too many samples')
  })

  it('count samples of memory and engine together', async () => {
    const { store } = await harness.open()
    const times = range(10).flatMap((i) => [NOON - 9 * HOUR + i, NOON - HOUR + i])
    await store.append(batchOf(times.map((time) => sample('a', time))))
    const request = { matchers: up, startMs: 0, endMs: NOON }
    expect(readColumns(await store.select(request, few(20))).size).toBe(1)
    await expect(store.select(request, few(19))).rejects.toThrow('too many samples')
  })
})

describe('samples older than the hot window', () => {
  it('are bounded in memory, too, while the engine does not answer', async () => {
    const first = await harness.open()
    await first.store.append(batchOf([sample('a', NOON - 8 * HOUR)]))
    const maxPendingBytes = 20 * 4096
    const { store, client } = await harness.open({ limits: { maxPendingBytes } }, first.database)
    client.failsRead = () => true
    client.fate = () => 'never arrived'
    for (const round of range(10)) {
      const times = range(2000).map((i) => NOON - 9 * HOUR - round * 2000 - i)
      store.offer(batchOf(times.map((time) => sample('a', time))))
    }
    while (store.stats().unstoredSamples === 0) await new Promise(setImmediate)
    expect(store.stats().pendingRows).toBeLessThan(8192)
    client.fate = () => 'fine'
    store.engineReturned()
  })

  it('are not queued without end for an engine that hangs', async () => {
    const first = await harness.open()
    await first.store.append(batchOf([sample('a', NOON - 8 * HOUR)]))
    const { store, client } = await harness.open({}, first.database)
    const gate = createGate()
    client.meanwhile = () => gate.passed
    const rows = (round: number) =>
      batchOf(range(60_000).map((i) => sample('a', NOON - 9 * HOUR - round * 60_000 - i)))
    for (const round of range(3)) store.offer(rows(round))
    await expect(store.append(rows(3))).rejects.toThrow('too many samples older than')
    gate.open()
    expect(await store.stop(20_000)).toBe(true)
    expect(await countRows(client)).toBe(180_001)
  })
})
