import { describe, expect, it } from 'vitest'
import { matcher } from '../../src/model/matcher.ts'
import { batchOf, linesOver, NOON_NS, readAll, type TestLine } from './lines-harness.ts'
import { countRows, DAY, HOUR, MINUTE, NOON, range, StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const open = linesOver(harness)
const MS = 1_000_000n

function line(i: number, text = `line ${i}`, app = 'web'): TestLine {
  return { stream: { app }, ns: NOON_NS + BigInt(i), text }
}

describe('lines in the store', () => {
  it('keep the order in which they came, also at one nanosecond', async () => {
    const { store, client } = await open()
    const texts = Array.from({ length: 60 }, (_, i) => `${(i * 7919) % 101} same time`)
    const of = (some: readonly string[]) =>
      batchOf(some.map((text) => ({ stream: { app: 'web' }, ns: NOON_NS, text })))
    await store.append(of(texts.slice(0, 25)))
    await store.append(of(texts.slice(25)))
    const shown = texts.map((text) => `{app="web"} 0 ${text}`)
    expect(await readAll(store)).toEqual(shown)
    expect(await readAll(store, { direction: 'backward' })).toEqual(shown.toReversed())
    await client.command('OPTIMIZE TABLE {db}.lines FINAL')
    expect(await readAll(store)).toEqual(shown)
  })

  it('come back as they were pushed, newest or oldest first', async () => {
    const { store } = await open()
    const lines: TestLine[] = [
      { stream: { app: 'web', env: 'a' }, ns: NOON_NS, text: 'hello\n\nSELECT 1; DROP TABLE x' },
      {
        stream: { app: 'web', env: 'a' },
        ns: NOON_NS + 3n,
        text: "it's \\ 'quoted'",
        metadata: { trace: '1"2' },
      },
      { stream: { app: 'db' }, ns: NOON_NS + 2n, text: 'äöü€😀' },
      { stream: { app: 'db' }, ns: NOON_NS + 1n, text: '' },
    ]
    const result = await store.append(batchOf(lines))
    expect(result).toEqual({ accepted: 4, refusedStreams: [], refusedLines: 0, outOfBounds: 0 })
    const shown = [
      '{app="web", env="a"} 0 hello\n\nSELECT 1; DROP TABLE x',
      '{app="db"} 1 ',
      '{app="db"} 2 äöü€😀',
      '{app="web", env="a"} 3 it\'s \\ \'quoted\' {trace="1\\"2"}',
    ]
    expect(await readAll(store)).toEqual(shown)
    expect(await readAll(store, { direction: 'backward' })).toEqual(shown.toReversed())
    expect(await readAll(store, { matchers: [matcher('app', '=', 'db')] })).toEqual(
      shown.slice(1, 3),
    )
    // The start belongs to the range, the end does not.
    expect(await readAll(store, { startNs: NOON_NS + 1n, endNs: NOON_NS + 3n })).toEqual(
      shown.slice(1, 3),
    )
  })

  it('are there after a restart, under the same streams', async () => {
    const { store, database } = await open()
    await store.append(batchOf([line(1), { ...line(2), stream: { app: 'web', a: 'b' } }]))
    expect(await store.stop(5000)).toBe(true)
    const again = await open({}, database)
    expect(again.store.figures().streams).toBe(2)
    await again.store.append(batchOf([line(3)]))
    expect(await readAll(again.store)).toEqual([
      '{app="web"} 1 line 1',
      '{a="b", app="web"} 2 line 2',
      '{app="web"} 3 line 3',
    ])
    expect(again.store.figures().streams).toBe(2)
  })

  it('are read in portions without a seam, also where many share a nanosecond', async () => {
    const { store } = await open()
    const lines = [
      ...range(3000).map((i) => line(Math.floor(i / 7), `a ${i}`)),
      ...range(1500).map((i) => line(500, `tie ${i}`, 'db')),
      ...range(50).map((i) => ({ ...line(i), ns: NOON_NS - BigInt(i * 3 * HOUR) * MS })),
    ]
    await store.append(batchOf(lines))
    const forward = await readAll(store)
    expect(forward).toHaveLength(4550)
    expect(new Set(forward).size).toBe(4550)
    const times = forward.map((row) => Number(row.split(' ')[1]))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const few = await readAll(store, { direction: 'backward', enough: 10 })
    expect(few.toSorted()).toEqual(forward.toSorted())
    const backwardTimes = few.map((row) => Number(row.split(' ')[1]))
    expect(backwardTimes).toEqual(times.toReversed())
  })

  it('that come twice are one line, and differ by text and by structured metadata', async () => {
    const { store, client } = await open()
    const twice = [
      line(1),
      { ...line(1), metadata: { a: '1' } },
      line(1, 'other'),
      ...range(40).map((i) => line(2, `same time ${i}`)),
    ]
    await store.append(batchOf(twice))
    await store.append(batchOf(twice.toReversed()))
    expect(await countRows(client, 'lines')).toBe(86)
    expect(await readAll(store)).toHaveLength(43)
    expect(await readAll(store, { direction: 'backward', enough: 5 })).toHaveLength(43)
    await client.command('OPTIMIZE TABLE {db}.lines FINAL')
    expect(await countRows(client, 'lines')).toBe(43)
    expect(await readAll(store)).toHaveLength(43)
  })

  it('are found by needles, whatever is in them', async () => {
    const { store } = await open()
    const texts = [
      'GET /api/users?id=7 200',
      "it's a 'needle' \\' OR 1=1 --",
      'Error: disk FULL',
      'percent 100% _under_ äöü',
      'plain',
    ]
    await store.append(batchOf(texts.map((text, i) => line(i, text))))
    const find = async (anyOf: string[], more = {}): Promise<number[]> => {
      const rows = await readAll(store, { needles: [{ anyOf, ...more }] })
      return rows.map((row) => Number(row.split(' ')[1]))
    }
    expect(await find(['/api/users?'])).toEqual([0])
    expect(await find(["' OR 1=1 --"])).toEqual([1])
    expect(await find(['100%'])).toEqual([3])
    expect(await find(['_under_ ä'])).toEqual([3])
    expect(await find(['lai', 'disk F'])).toEqual([2, 4])
    expect(await find(['error:'], { ignoresCase: true })).toEqual([2])
    expect(await find(['plain', 'Error'], { isAbsent: true })).toEqual([0, 1, 3])
    expect(await find(['nowhere to be found'])).toEqual([])
    expect(await find([''])).toHaveLength(5)
  })

  it('have an index of their words at once where they are many, and when they are merged where they are few', async () => {
    const { store, client } = await open()
    await client.command('SYSTEM STOP MERGES {db}.lines')
    await store.append(batchOf(range(5000).map((i) => line(i, `many ${i}`))))
    await store.append(batchOf(range(100).map((i) => line(i, `few ${i}`))))
    const parts = await client.rows(
      "SELECT rows, secondary_indices_compressed_bytes > 0 AS indexed FROM system.parts WHERE database = {db_name} AND table = 'lines' AND active ORDER BY rows",
    )
    expect(parts).toMatchObject([
      { rows: '100', indexed: 0 },
      { rows: '5000', indexed: 1 },
    ])
    const found = await readAll(store, { needles: [{ anyOf: ['many 4321', 'few 77'] }] })
    expect(found).toHaveLength(2)
  })

  it('are folded when an insert was committed and its answer lost', async () => {
    const { store, client } = await open()
    let inserts = 0
    client.fate = () => (++inserts === 2 ? 'committed' : inserts === 3 ? 'never arrived' : 'fine')
    await store.append(batchOf([line(1), line(2)]))
    expect(await readAll(store)).toEqual(['{app="web"} 1 line 1', '{app="web"} 2 line 2'])
  })

  it('of too many streams are refused, the others stored', async () => {
    let nowMs = NOON
    const { store } = await open({ maxStreams: () => 2, nowMs: () => nowMs })
    const result = await store.append(
      batchOf([line(1, 'a', 'a'), line(2, 'b', 'b'), line(3, 'c', 'c'), line(4, 'd', 'a')]),
    )
    expect(result.accepted).toBe(3)
    expect(result.refusedLines).toBe(1)
    expect(result.refusedStreams.map(String)).toEqual(['{app="c"}'])
    expect(await readAll(store)).toHaveLength(3)
    // Streams without lines for an hour do not count.
    nowMs += 2 * HOUR
    await store.applyRetention()
    const later = await store.append(batchOf([line(5, 'c', 'c')]))
    expect(later.refusedLines).toBe(0)
  })

  it('outside of the days that can be stored are counted', async () => {
    const { store } = await open()
    const result = await store.append(
      batchOf([
        { ...line(1), ns: -1n },
        { ...line(1), ns: 2n ** 63n - 1n },
        { ...line(1), ns: 0n },
        { ...line(1), ns: BigInt(Date.UTC(2026, 4, 11)) * MS - 1n, text: 'last of the day' },
        { ...line(1), ns: BigInt(Date.UTC(2026, 4, 11)) * MS, text: 'first of the day' },
      ]),
    )
    expect(result).toMatchObject({ accepted: 3, outOfBounds: 2 })
    expect(await readAll(store, { startNs: 0n })).toHaveLength(3)
  })

  it('are dropped by day once their retention is over, by the rule of their stream', async () => {
    let nowMs = NOON
    const { store, client } = await open({
      nowMs: () => nowMs,
      retention: {
        timeMs: 30 * DAY,
        sizeBytes: 0,
        rules: [{ matchers: [matcher('app', '=', 'short')], timeMs: 7 * DAY }],
      },
    })
    await store.append(batchOf([line(1, 'a', 'short'), line(2, 'b', 'long')]))
    nowMs = NOON + 8 * DAY
    await store.applyRetention()
    expect(await readAll(store)).toEqual(['{app="long"} 2 b'])
    expect(store.figures().streams).toBe(1)
    nowMs = NOON + 31 * DAY
    await store.applyRetention()
    expect(await readAll(store)).toEqual([])
    expect(await countRows(client, 'stream_days')).toBe(0)
  })

  it('are counted and measured', async () => {
    const { store } = await open()
    await store.append(
      batchOf([
        line(1, '12345', 'a'),
        line(2, '123', 'a'),
        { ...line(3, '1234567', 'b'), ns: NOON_NS + BigInt(30 * MINUTE) * MS },
      ]),
    )
    const all = { matchers: [], startNs: NOON_NS, endNs: NOON_NS + BigInt(HOUR) * MS }
    expect(await store.stats(all)).toEqual({ streams: 2, chunks: 2, bytes: 15, entries: 3 })
    // What was sent again counts once, in another request or twice in one; another line of the same length and time does not.
    await store.append(batchOf([line(1, '12345', 'a'), line(2, '123', 'a'), line(2, '123', 'a')]))
    expect(await store.stats(all)).toEqual({ streams: 2, chunks: 2, bytes: 15, entries: 3 })
    await store.append(batchOf([line(9, 'abc', 'c'), line(9, 'abc', 'c'), line(9, 'xyz', 'c')]))
    const c = { ...all, matchers: [matcher('app', '=', 'c')] }
    expect(await store.stats(c)).toEqual({ streams: 1, chunks: 1, bytes: 6, entries: 2 })
    expect((await store.volume(c)).map(({ bytes }) => [...bytes])).toEqual([[6]])
    const volume = await store.volume(all)
    expect(volume.map((v) => [v.labels.toString(), ...v.bytes].join(' ')).toSorted()).toEqual([
      '{app="a"} 8',
      '{app="b"} 7',
      '{app="c"} 6',
    ])
    const steps = await store.volume({ ...all, stepNs: BigInt(20 * MINUTE) * MS })
    expect(steps.map((v) => [v.labels.toString(), ...v.bytes].join(' ')).toSorted()).toEqual([
      '{app="a"} 8 0 0',
      '{app="b"} 0 7 0',
      '{app="c"} 6 0 0',
    ])
    const names = { selectors: [], startNs: NOON_NS, endNs: all.endNs, limit: 0 }
    expect(store.labelNames(names).values).toEqual(['app'])
    expect(store.labelValues('app', names).values).toEqual(['a', 'b', 'c'])
    expect(
      store.streams({ ...names, selectors: [[matcher('app', '=', 'b')]] }).values,
    ).toHaveLength(1)
  })

  it('are refused as a whole while the engine is away or the backlog is full', async () => {
    let isReady = false
    const { store, client } = await open({
      isEngineReady: () => isReady,
      maxPendingBytes: 100,
      commitTimeoutMs: 50,
    })
    await expect(store.append(batchOf([line(1)]))).rejects.toMatchObject({ code: 'unavailable' })
    isReady = true
    let arrives = false
    client.fate = () => (arrives ? 'fine' : 'never arrived')
    await expect(store.append(batchOf([line(2, 'x'.repeat(200))]))).rejects.toThrow(
      /did not commit/,
    )
    await expect(store.append(batchOf([line(3)]))).rejects.toThrow(/backlog of log lines/)
    arrives = true
    store.engineReturned()
    await expect.poll(() => store.figures().pendingLines).toBe(0)
    expect(await readAll(store)).toHaveLength(1)
  })
})
