import { describe, expect, it } from 'vitest'
import { traceIdOf, NOON_NS, spansOf, spansOver } from './spans-harness.ts'
import { StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const open = spansOver(harness)
const signal = new AbortController().signal
const DAY_MS = 86_400_000

describe('spans that ask too much', () => {
  it('of one trace are left out beyond its limit, and told', async () => {
    const { store } = await open({ maxSpansPerTrace: 100 })
    const spans = Array.from({ length: 150 }, (_, i) => ({ trace: 1, span: i + 1 }))
    const result = await store.append(spansOf([...spans, { trace: 2, span: 1 }]))
    expect(result).toMatchObject({ accepted: 101, refused: 0, outOfBounds: 0, tooLarge: 50 })
    const rows = await store.readTraces([traceIdOf(1)], { signal, maxSpans: 1000 })
    expect(rows.length).toBe(100)
    await expect(store.readTraces([traceIdOf(1)], { signal, maxSpans: 50 })).rejects.toThrow(
      'more than 50 spans',
    )
  })

  it('lie years apart in one request, and are all found', async () => {
    const { store } = await open()
    const days = [-10_000, -400, -200, -1, 0, 1, 200, 400, 10_000]
    const result = await store.append(
      spansOf(days.map((day, i) => ({ trace: i + 1, span: 1, atMs: day * DAY_MS }))),
    )
    expect(result).toEqual({ accepted: days.length, refused: 0, outOfBounds: 0 })
    const ids = days.map((_, i) => traceIdOf(i + 1))
    expect((await store.readTraces(ids, { signal, maxSpans: 100 })).length).toBe(days.length)
    const found = new Set<string>()
    const range = { startNs: 0n, endNs: NOON_NS * 3n }
    const all = store.findTraces({ kind: 'any' }, range, { signal, enough: 100 })
    for await (const some of all) for (const id of some) found.add(id)
    expect(found.size).toBe(days.length)
    expect(await store.attributeNames(range, signal)).toEqual([])
  })

  it('that begin before 1970 or after 2099 are told apart', async () => {
    const { store } = await open()
    const far = [
      { trace: 1, span: 1, atMs: 200 * 365 * DAY_MS },
      { trace: 2, span: 1 },
    ]
    expect(await store.append(spansOf(far))).toMatchObject({ accepted: 1, outOfBounds: 1 })
  })
})
