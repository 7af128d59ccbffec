import { describe, expect, it, vi } from 'vitest'
import { matcher } from '../../src/model/matcher.ts'
import type { StoreClient } from '../../src/store/client.ts'
import { LinesStore } from '../../src/store/lines-store.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import { migrate } from '../../src/store/migrate.ts'
import { StoreMove, type MovePass } from '../../src/store/move/move-store.ts'
import { SpansStore } from '../../src/store/spans-store.ts'
import { batchOf as linesOf, NOON_NS, readAll } from './lines-harness.ts'
import { SharedHarness } from './shared-harness.ts'
import { spansOf, traceIdOf } from './spans-harness.ts'
import { bounds, DAY, MINUTE, NOON, range, sample, StoreHarness } from './store-harness.ts'
import { batchOf, readColumns } from './store-model.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

const sources = new StoreHarness()
const targets = new SharedHarness()
const UP = [matcher('__name__', '=', 'up')]
const options = { nowMs: () => NOON, retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] } }
const asked = { url: 'http://target', username: 'vedette' }
const LAST: MovePass = {
  isLast: true,
  signal: new AbortController().signal,
  nowMs: () => NOON,
  onProgress: () => undefined,
}
const BESIDE = { ...LAST, isLast: false }

/** A store with something of everything, on three days, some of it twice. */
async function fill(): Promise<{ readonly store: MetricsStore; readonly source: StoreClient }> {
  const { store, client } = await sources.open()
  const lines = await LinesStore.open({ client, ...options })
  const spans = await SpansStore.open({ client, ...options })
  for (const day of range(3)) {
    const time = NOON - day * DAY - 20 * MINUTE
    const times = range(200).flatMap((k) => [
      sample('a', time - k * 1000, k),
      sample('b', time - k),
    ])
    await store.append({
      ...batchOf(times),
      metadata: [{ family: 'up', type: 'gauge', help: `of ${day}`, unit: '' }],
    })
    const batch = linesOf(
      range(50).map((k) => ({
        stream: { app: String(k % 3) },
        ns: NOON_NS - BigInt(day) * 86_400_000_000_000n - BigInt(k),
        text: `line ${k}\n\nof ${day}`,
        metadata: { trace_id: String(k) },
      })),
    )
    await lines.append(batch)
    await lines.append(batch)
    const some = spansOf(
      range(20).map((k) => ({ trace: k, span: k + 1, atMs: -day * DAY - k, service: 'shop' })),
    )
    await spans.append(some)
    await spans.append(some)
  }
  await lines.stop(5000)
  await spans.stop(5000)
  return { store, source: client }
}

/** What a store answers, of everything. */
async function answers(client: StoreClient): Promise<unknown> {
  const metrics = await MetricsStore.open({ client, ...options })
  const lines = await LinesStore.open({ client, ...options })
  const spans = await SpansStore.open({ client, ...options })
  const request = { matchers: UP, startMs: 0, endMs: NOON }
  const signal = LAST.signal
  const traces = range(20).map(traceIdOf)
  const answer = {
    samples: readColumns(await metrics.select(request, bounds)),
    metadata: [...metrics.metadata('', 0, 0)],
    lines: await readAll(lines),
    spans: (await spans.readTraces(traces, { signal, maxSpans: 1000 })).spanIds,
  }
  for (const store of [metrics, lines, spans]) await store.stop(5000)
  return answer
}

/** Rows of the tables whose rows are told apart by nothing: none may be there twice. */
async function countSamples(client: StoreClient): Promise<unknown> {
  return client.rows('SELECT count() AS n, uniqExact(id, ts) AS u FROM {db}.samples')
}

describe('moving a store', () => {
  it('brings everything over, once, and proves it', async () => {
    const { source } = await fill()
    const target = targets.client(targets.newDatabase())
    const move = await StoreMove.prepare({ source, target }, asked)
    const totals = await move.pass(LAST)
    expect(totals.copiedRows).toBeGreaterThan(1200)
    expect(await answers(target)).toEqual(await answers(source))
    expect(await countSamples(target)).toEqual([{ n: '1200', u: '1200' }])
    // Nothing is left to do, and nothing is done twice.
    const again = await StoreMove.prepare({ source, target }, asked)
    expect(await again.pass(LAST)).toMatchObject({ items: 0, copiedRows: 0 })
  })

  it('goes on while the source is written into, and then into a target that is', async () => {
    const { store, source } = await fill()
    const database = targets.newDatabase()
    const target = targets.client(database)
    const move = await StoreMove.prepare({ source, target }, asked)
    const first = await move.pass(BESIDE)
    expect(first.copiedRows).toBeGreaterThan(1000)
    await store.append(batchOf([sample('a', NOON - 1000, 5), sample('late', NOON - DAY, 6)]))
    expect((await move.pass(BESIDE)).copiedRows).toBeLessThan(200)
    // The server has gone over: its days are those of the last rows.
    const moved = targets.ending(
      await MetricsStore.open({ client: targets.client(database), ...options }),
    )
    await moved.append(batchOf([sample('a', NOON - 500, 7)]))
    const last = await StoreMove.prepare({ source, target }, asked)
    await last.pass(LAST)
    await moved.follow()
    const request = { matchers: UP, startMs: 0, endMs: NOON }
    const found = readColumns(await moved.select(request, bounds))
    expect(found.get(sample('a', 0).series.key)?.size).toBe(602)
    expect(found.get(sample('late', 0).series.key)?.size).toBe(1)
    expect(await countSamples(target)).toEqual([{ n: '1203', u: '1203' }])
  })

  it('goes on after it was interrupted, and copies nothing twice', async () => {
    const { source } = await fill()
    const target = targets.client(targets.newDatabase())
    for (const stop of [300, 700]) {
      const controller = new AbortController()
      const move = await StoreMove.prepare({ source, target }, asked)
      const onProgress = ({ copiedRows }: { copiedRows: number }): void => {
        if (copiedRows > stop) controller.abort(new Error('killed'))
      }
      await expect(move.pass({ ...LAST, signal: controller.signal, onProgress })).rejects.toThrow(
        'killed',
      )
    }
    // As when it was killed amid an insert: some rows of a day are there.
    await target.command(
      `ALTER TABLE {db}.samples DELETE WHERE ts > fromUnixTimestamp64Milli(${NOON - 100 * MINUTE}, 'UTC') AND toUnixTimestamp64Milli(ts) % 3 = 0`,
      { mutations_sync: 1 },
    )
    const move = await StoreMove.prepare({ source, target }, asked)
    await target.command('TRUNCATE TABLE {db}.moves')
    await move.pass(LAST)
    expect(await answers(target)).toEqual(await answers(source))
    expect(await countSamples(target)).toEqual([{ n: '1200', u: '1200' }])
  })
})

describe('a target', () => {
  it('that holds data of another is refused, and stays as it is', async () => {
    const { client: source } = await sources.open()
    const database = targets.newDatabase()
    const other = await MetricsStore.open({ client: targets.client(database), ...options })
    await other.append(batchOf([sample('theirs', NOON)]))
    await other.stop(5000)
    const target = targets.client(database)
    await expect(StoreMove.prepare({ source, target }, asked)).rejects.toThrow(
      /the target is not empty: .* did not come from here\. .* nothing was changed/,
    )
    expect(await target.rows(`EXISTS TABLE {db}.moves`)).toEqual([{ result: 0 }])
  })

  it('of another schema version is refused', async () => {
    const { client: source } = await sources.open()
    const target = targets.client(targets.newDatabase())
    await migrate(target)
    await target.command('INSERT INTO {db}.schema_version (version) SELECT 900')
    await expect(StoreMove.prepare({ source, target }, asked)).rejects.toThrow(
      /the tables of the target have schema version 900, .* nothing was changed/,
    )
  })
})
