import { describe, expect, it } from 'vitest'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import type { MetricsStore } from '../../src/store/metrics-store.ts'
import {
  bounds,
  countRows,
  createGate,
  DAY,
  HOUR,
  MINUTE,
  NOON,
  range,
  sample,
  StoreHarness,
} from './store-harness.ts'
import { batchOf, readColumns } from './store-model.ts'

const harness = new StoreHarness()
const up = [matcher('__name__', '=', 'up')]

/** The times held of `up{i="…"}`. */
async function timesOf(store: MetricsStore, i: string): Promise<number[]> {
  const request = { matchers: up, startMs: 0, endMs: NOON + DAY }
  const found = readColumns(await store.select(request, bounds))
  return [...(found.get(sample(i, 0).series.key)?.keys() ?? [])]
}

describe('deleting series', () => {
  it('leaves samples in sight and stored that come while the engine is at it', async () => {
    const { store, client, database } = await harness.open()
    await store.append(batchOf([sample('a', NOON - 2 * MINUTE), sample('a', NOON - 9 * HOUR)]))
    const asked = createGate()
    const answer = createGate()
    client.beforeCommand = (statement) => {
      if (!statement.startsWith('DELETE')) return undefined
      asked.open()
      return answer.passed
    }
    const deletion = store.deleteSeries([up], 0, NOON + DAY)
    await asked.passed
    store.offer(batchOf([sample('a', NOON - MINUTE)]))
    const late = store.append(batchOf([sample('a', NOON)]))
    answer.open()
    await deletion
    await late
    expect(await timesOf(store, 'a')).toEqual([NOON - MINUTE, NOON])
    expect(await store.stop(5000)).toBe(true)
    const again = await harness.open({}, database)
    expect(await timesOf(again.store, 'a')).toEqual([NOON - MINUTE, NOON])
  })

  it('deletes samples that were accepted before and are not stored yet', async () => {
    const { store, client, database } = await harness.open()
    const gate = createGate()
    client.beforeInsert = () => gate.passed
    store.offer(batchOf([sample('a', NOON - MINUTE), sample('b', NOON)]))
    const deletion = store.deleteSeries([[...up, matcher('i', '=', 'a')]], 0, NOON)
    gate.open()
    await deletion
    expect([await timesOf(store, 'a'), await timesOf(store, 'b')]).toEqual([[], [NOON]])
    const again = await harness.open({}, database)
    expect(await timesOf(again.store, 'a')).toEqual([])
  })

  it('is over although the engine has not rewritten its parts, and stays so when it is killed', async () => {
    const { store, client, database } = await harness.open()
    for (const day of range(6)) {
      for (const k of range(4)) {
        const at = NOON - day * DAY - k * MINUTE
        await store.append(batchOf(range(10).map((i) => sample(i, at))))
      }
    }
    for (const i of range(8)) {
      await store.deleteSeries([[...up, matcher('i', '=', String(i))]], 0, NOON)
    }
    expect(await countRows(client)).toBe(48)
    const before = harness.engine.pid
    process.kill(before ?? 0, 'SIGKILL')
    while (harness.engine.pid === before) await new Promise((resolve) => setTimeout(resolve, 20))
    await harness.engine.whenReady()
    const again = await harness.open({}, database)
    expect(await timesOf(again.store, '7')).toEqual([])
    expect(await timesOf(again.store, '8')).toHaveLength(24)
    expect(await countRows(again.client)).toBe(48)
  })

  it('takes what travels beside the samples, too', async () => {
    const { store, client } = await harness.open()
    const { series } = sample('a', 0)
    const labels = Labels.from({ trace_id: 'x' })
    await store.append({
      ...batchOf([sample('a', NOON)]),
      exemplars: [{ series, labels, value: 1, timestampMs: NOON }],
      histograms: [{ series, timestampMs: NOON, data: new Uint8Array(3) }],
    })
    const request = { matchers: up, startMs: 0, endMs: NOON }
    expect(await store.exemplars(request, bounds)).toHaveLength(1)
    await store.deleteSeries([up], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    expect(await store.exemplars(request, bounds)).toEqual([])
    expect(await countRows(client, 'histograms')).toBe(0)
    expect(await timesOf(store, 'a')).toEqual([])
  })

  it('leaves everything as it was when the engine fails', async () => {
    const { store, client } = await harness.open()
    await store.append(batchOf([sample('a', NOON - MINUTE), sample('a', NOON)]))
    client.beforeCommand = () => {
      throw new Error('away')
    }
    await expect(store.deleteSeries([up], 0, NOON)).rejects.toThrow('away')
    expect(await timesOf(store, 'a')).toEqual([NOON - MINUTE, NOON])
    await store.append(batchOf([sample('a', NOON - 1)]))
    expect(await timesOf(store, 'a')).toEqual([NOON - MINUTE, NOON - 1, NOON])
  })

  it('is not done later when it was refused because the store did not answer in time', async () => {
    const { store, client } = await harness.open({ limits: { commitTimeoutMs: 300 } })
    await store.append(batchOf([sample('a', NOON - MINUTE)]))
    const gate = createGate()
    client.beforeInsert = () => gate.passed
    store.offer(batchOf([sample('a', NOON)]))
    await expect(store.deleteSeries([up], 0, NOON)).rejects.toThrow('did not commit within 300 ms')
    gate.open()
    expect(await store.stop(5000)).toBe(true)
    expect(await timesOf(store, 'a')).toEqual([NOON - MINUTE, NOON])
  })
})
