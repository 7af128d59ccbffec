import { describe, expect, it } from 'vitest'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import type { SampleBatch } from '../../src/model/samples.ts'
import { selectGridFromEngine } from '../../src/store/select/select-grid.ts'
import { bounds, DAY, HOUR, MINUTE, NOON, range, StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const total = [matcher('__name__', '=', 'c_total')]

/** A counter for each number, with a sample every 15 s in the last hour before `endMs`. */
function counters(numbers: readonly number[], endMs: number): SampleBatch {
  const rows = numbers.length * 241
  return {
    series: numbers.map((i) => Labels.from({ __name__: 'c_total', i: String(i) })),
    seriesIndex: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / 241)),
    timestampsMs: Float64Array.from(
      { length: rows },
      (_, row) => endMs - HOUR + (row % 241) * 15_000,
    ),
    values: Float64Array.from({ length: rows }, (_, row) => (row % 241) * 30),
  }
}

const request = {
  matchers: total,
  func: 'rate',
  rangeMs: 5 * MINUTE,
  offsetMs: 0,
  startMs: NOON - 30 * MINUTE,
  endMs: NOON,
  stepMs: MINUTE,
} as const

describe('grids computed in the engine', () => {
  it.each(['rate', 'irate', 'increase', 'idelta', 'resets', 'last_over_time'] as const)(
    '%s sees a sample once that is stored twice',
    async (func) => {
      const { store, client } = await harness.open({ evaluatesInEngine: true })
      await store.append(counters([1], NOON))
      const once = await store.selectGrid({ ...request, func }, bounds)
      await client.command('INSERT INTO {db}.samples SELECT * FROM {db}.samples')
      const twice = await store.selectGrid({ ...request, func }, bounds)
      expect(once?.present.every((one) => one === 1)).toBe(true)
      expect([...(twice?.values ?? [])]).toEqual([...(once?.values ?? [])])
    },
  )

  it('answers what begins before 1970', async () => {
    const { store } = await harness.open({ evaluatesInEngine: true })
    await store.append(counters([1], NOON))
    const stepMs = NOON - 15 * MINUTE + 1500
    const early = { ...request, func: 'last_over_time', startMs: -1500, stepMs } as const
    const grid = await store.selectGrid(early, bounds)
    expect([...(grid?.present ?? [])]).toEqual([0, 1])
    expect(grid?.values[1]).toBe(180 * 30)
  })

  it('gives the values of a series to no other that has its ref after it was forgotten', async () => {
    let nowMs = NOON
    const { store, client } = await harness.open({
      nowMs: () => nowMs,
      limits: { hotWindowMs: MINUTE },
    })
    await store.append(counters(range(120), NOON))
    let reads = 0
    client.meanwhile = async () => {
      if (++reads !== 2) return
      nowMs += 20 * DAY
      store.trim()
      await store.applyRetention()
      const others = range(120).map((i) => 1000 + i)
      await store.append(counters(others, nowMs))
    }
    const wide = { ...request, startMs: NOON - 30 * MINUTE, endMs: NOON + 21 * DAY, stepMs: HOUR }
    const refs = store.index.match(total).slice()
    // Small portions: as if each series had very many samples.
    const grid = await selectGridFromEngine(client, store.index, refs, wide, bounds, 1e9)
    expect(reads).toBeGreaterThan(1)
    const steps = grid?.steps ?? 0
    for (const [row, labels] of (grid?.labels ?? []).entries()) {
      const present = grid?.present.subarray(row * steps + 24, (row + 1) * steps)
      expect(present?.includes(1), labels.toString()).toBe(false)
    }
  })
})
