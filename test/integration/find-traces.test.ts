import { describe, expect, it } from 'vitest'
import { Labels } from '../../src/model/labels.ts'
import { StoreClient } from '../../src/store/client.ts'
import { SeriesIndex } from '../../src/store/series/series-index.ts'
import { findTraces } from '../../src/store/select/find-traces.ts'
import type { SpanCondition } from '../../src/store/spans-source.ts'
import { NOON_NS, spansOf, spansOver, traceIdOf, type TestSpan } from './spans-harness.ts'
import { DAY, NOON, StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const open = spansOver(harness)
const TRACES = 144
const TEN_MINUTES_MS = 600_000
const RARE = [20, 70, 130]
const signal = new AbortController().signal

/** Counts what is asked. */
class CountingClient extends StoreClient {
  asked = 0

  override rows(...asked: Parameters<StoreClient['rows']>): ReturnType<StoreClient['rows']> {
    this.asked++
    return super.rows(...asked)
  }
}

/** A trace every ten minutes of the day before noon, the newest is the first; three of them have `rare`. */
async function fill() {
  const { store, database } = await open()
  const spans = Array.from({ length: TRACES }, (_, i): TestSpan => {
    const attributes = { n: i, ...(RARE.includes(i) ? { rare: 'yes' } : {}) }
    return { trace: i + 1, span: 1, atMs: -i * TEN_MINUTES_MS, attributes }
  })
  await store.append(spansOf(spans))
  const { url, socketPath } = harness.engine
  const client = new CountingClient({ url, socketPath, database })
  const index = new SeriesIndex()
  const ref = index.add(Labels.fromPairs([['service.name', 'sapi']]))
  index.touch(ref, NOON - DAY)
  index.touch(ref, NOON)
  return async (condition: SpanCondition, enough: number, mostSpansALeap?: number) => {
    const found: string[] = []
    const before = client.asked
    const range = { startNs: NOON_NS - BigInt(DAY) * 1_000_000n, endNs: NOON_NS + 1n }
    const options = { signal, enough, ...(mostSpansALeap === undefined ? {} : { mostSpansALeap }) }
    for await (const ids of findTraces({ client, index }, condition, range, options)) {
      found.push(...ids)
      if (found.length >= enough) break
    }
    return { found, asked: client.asked - before }
  }
}

function equals(name: string, text: string): SpanCondition {
  return { kind: 'attribute', name, test: { kind: 'equals', texts: [text] } }
}

describe('looking for traces', () => {
  it('takes a few statements for what is rare, and finds the same when that were too much to read', async () => {
    const find = await fill()
    const rare = equals('rare', 'syes')
    const atOnce = await find(rare, 20)
    expect(atOnce.found).toEqual(RARE.map((i) => traceIdOf(i + 1)))
    const inSteps = await find(rare, 20, 1)
    expect(inSteps.found).toEqual(atOnce.found)
    expect(atOnce.asked).toBeLessThanOrEqual(4)
    // One of these is refused.
    expect(inSteps.asked).toBeGreaterThan(atOnce.asked)
    expect((await find(equals('rare', 'sno'), 20)).found).toEqual([])
  })

  it('finds the newest first, each once, however much of the range is wanted', async () => {
    const find = await fill()
    const all = Array.from({ length: TRACES }, (_, i) => traceIdOf(i + 1))
    for (const most of [1, undefined]) {
      expect((await find({ kind: 'any' }, TRACES, most)).found).toEqual(all)
      const some = await find({ kind: 'any' }, 5, most)
      expect(some.found.slice(0, 5)).toEqual(all.slice(0, 5))
    }
  })

  it('reads few spans for those that failed', async () => {
    const { store, database } = await open()
    const spans = Array.from({ length: 8000 }, (_, i): TestSpan => {
      return {
        trace: 1 + Math.floor(i / 20),
        span: 1 + (i % 20),
        atMs: i,
        status: i === 5000 ? 2 : 1,
      }
    })
    await store.append(spansOf(spans))
    const { url, socketPath } = harness.engine
    const client = new StoreClient({ url, socketPath, database })
    // More would be refused. Spans lie in granules of 1024.
    const settings = { max_rows_to_read: 2048 }
    const query = 'SELECT lower(hex(trace)) AS id FROM {db}.spans WHERE status = 2'
    expect(await client.rows(query, { settings })).toEqual([{ id: traceIdOf(251) }])
    await client.close()
  })
})
