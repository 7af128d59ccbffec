import { describe, expect, it } from 'vitest'
import { matcher } from '../../src/model/matcher.ts'
import type { LinesToDelete } from '../../src/store/lines-to-delete.ts'
import type { LinesStore } from '../../src/store/lines-store.ts'
import { batchOf, linesOver, NOON_NS, readAll, type TestLine } from './lines-harness.ts'
import { createGate, DAY, range, StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const open = linesOver(harness)
const DAY_NS = BigInt(DAY) * 1_000_000n

function line(i: number, text = `line ${i}`, app = 'web'): TestLine {
  return { stream: { app }, ns: NOON_NS + BigInt(i), text }
}

function deletion(app: string, more: Partial<LinesToDelete> = {}): LinesToDelete {
  return {
    matchers: [matcher('app', '=', app)],
    startNs: NOON_NS - 10n * DAY_NS,
    endNs: NOON_NS + DAY_NS,
    ...{ needles: [], judge: undefined },
    ...more,
  }
}

const texts = async (store: LinesStore): Promise<(string | undefined)[]> =>
  (await readAll(store)).map((row) => row.split(' ').slice(2).join(' '))

/** How many rows lie on the disk, deleted or not. */
async function storedRows(client: {
  rows(query: string): Promise<Record<string, unknown>[]>
}): Promise<number> {
  const [row] = await client.rows(
    "SELECT sum(rows) AS n FROM system.parts WHERE active AND database = {db_name} AND table = 'lines'",
  )
  return Number(row?.['n'])
}

describe('deleting lines', () => {
  it('takes those of a selection and a time from answers and from the disk', async () => {
    const { store, client, database } = await open()
    await store.append(batchOf([line(1), line(2), line(3), line(2, 'other', 'db')]))
    await store.append(batchOf([{ ...line(0, 'old'), ns: NOON_NS - 3n * DAY_NS }]))
    const wanted = deletion('web', { startNs: NOON_NS + 2n, endNs: NOON_NS + 3n })
    expect(await store.deleteLines(wanted)).toBe(1)
    expect(await texts(store)).toEqual(['old', 'line 1', 'other', 'line 3'])
    expect(await storedRows(client)).toBe(4)
    expect(await store.deleteLines(wanted)).toBe(0)
    expect(await store.stop(5000)).toBe(true)
    expect(await texts((await open({}, database)).store)).toHaveLength(4)
  })

  it('answers others while lines are deleted that a judge has named', async () => {
    const { store } = await open()
    for (const part of range(6)) {
      await store.append(batchOf(range(500).map((i) => line(part * 500 + i))))
    }
    const judge = (text: string): boolean => text.endsWith('7')
    let isOver = false
    const deleting = store.deleteLines(deletion('web', { judge })).finally(() => (isOver = true))
    const seen: number[] = []
    while (!isOver) seen.push((await texts(store)).length)
    expect(await deleting).toBe(300)
    // Who asks hides them until then; the store shows some or all.
    expect(seen.filter((count) => count < 2700 || count > 3000)).toEqual([])
    expect(await texts(store)).toHaveLength(2700)
  })

  it('takes what a pattern finds, and has lines judged that are no UTF-8', async () => {
    const { store } = await open()
    const bad = batchOf([line(20, 'card 4111 AAA'), line(21, 'visa AAA')])
    // The texts' last three bytes become bytes that are no UTF-8.
    for (const end of bad.ends) bad.bytes.fill(0xff, end - 3, end)
    await store.append(batchOf([line(1, 'card 4111'), line(2, 'card none'), line(3, 'card 42')]))
    await store.append(bad)
    const judged: string[] = []
    const judge = (text: string): boolean => {
      judged.push(text)
      return text.startsWith('visa')
    }
    const patterns = [{ source: 'card [0-9]+', isAbsent: false }]
    expect(await store.deleteLines(deletion('web', { patterns, judge }))).toBe(3)
    expect(judged.toSorted()).toEqual(['card 4111 \ufffd\ufffd\ufffd', 'visa \ufffd\ufffd\ufffd'])
    expect(await texts(store)).toHaveLength(2)
    const others = [{ source: '^card', isAbsent: true }]
    expect(await store.deleteLines(deletion('web', { patterns: others, judge }))).toBe(0)
    // A pattern that the engine takes for none is left to the judge.
    const huge = [{ source: '((((a{100}){100}){100}){100})', isAbsent: false }]
    const none = (text: string): boolean => text === 'card none'
    expect(await store.deleteLines(deletion('web', { patterns: huge, judge: none }))).toBe(1)
  })

  it('takes what the engine can tell by a text, and what only a judge can', async () => {
    const { store, client } = await open()
    const lines = range(40).map((i) => line(i, i % 4 === 0 ? `secret ${i}` : `line ${i}`))
    await store.append(batchOf(lines))
    await store.append(
      batchOf([
        { ...line(50, 'same'), metadata: { trace: 'a' } },
        { ...line(50, 'same'), metadata: { trace: 'b' } },
      ]),
    )
    expect(await store.deleteLines(deletion('web', { needles: [{ anyOf: ['secret'] }] }))).toBe(10)
    expect((await texts(store)).filter((text) => text?.includes('secret'))).toEqual([])
    const judged = await store.deleteLines(
      deletion('web', {
        judge: (text, stream, metadata, ns) =>
          stream.get('app') === 'web' &&
          (metadata.get('trace') === 'b' || (text === 'line 5' && ns === NOON_NS + 5n)),
      }),
    )
    expect(judged).toBe(2)
    const left = await texts(store)
    expect(left).toHaveLength(30)
    expect(left).toContain('same {trace="a"}')
    expect(left).not.toContain('same {trace="b"}')
    expect(left).not.toContain('line 5')
    expect(await storedRows(client)).toBe(30)
  })

  it('judges more lines of one nanosecond than one answer has, and lines that are long', async () => {
    const { store } = await open()
    await store.append(batchOf(range(21_000).map((i) => ({ ...line(0), text: `n ${i}` }))))
    await store.append(batchOf(range(90).map((i) => line(1, `${i} ${'x'.repeat(200_000)}`))))
    const wanted = deletion('web', {
      judge: (text) => text.startsWith('n 2') || text.length > 1000,
    })
    const twos = range(21_000).filter((i) => String(i).startsWith('2')).length
    expect(await store.deleteLines(wanted)).toBe(twos + 90)
    expect(await texts(store)).toHaveLength(21_000 - twos)
  }, 60_000)

  it('takes lines that wait to be stored, and not those that come later', async () => {
    const { store, client } = await open()
    const gate = createGate()
    client.beforeInsert = () => gate.passed
    const waiting = store.append(batchOf([line(1)]))
    const deleted = store.deleteLines(deletion('web'))
    gate.open()
    await waiting
    expect(await deleted).toBe(1)
    await store.append(batchOf([line(1)]))
    expect(await texts(store)).toEqual(['line 1'])
  })

  it('forgets streams without a line, also over a restart, and keeps the others', async () => {
    const { store, database } = await open()
    await store.append(batchOf([line(1), line(2, 'x', 'db'), line(3, 'y', 'db')]))
    await store.deleteLines(deletion('web'))
    await store.deleteLines(deletion('db', { needles: [{ anyOf: ['x'] }] }))
    expect(store.figures().streams).toBe(1)
    await store.append(batchOf([line(5, 'new', 'mail')]))
    await store.stop(5000)
    const again = await open({}, database)
    expect(again.store.figures().streams).toBe(2)
    await again.store.append(batchOf([line(7)]))
    expect(await texts(again.store)).toEqual(['y', 'new', 'line 7'])
  })

  it('goes on where it was broken off', async () => {
    const { store, client } = await open()
    await store.append(batchOf([line(1), line(2, 'x', 'db')]))
    client.beforeCommand = (statement) => {
      if (statement.includes('APPLY')) return Promise.reject(new Error('broken off'))
      return undefined
    }
    await expect(store.deleteLines(deletion('web'))).rejects.toThrow('broken off')
    expect(await texts(store)).toEqual(['x'])
    expect(await storedRows(client)).toBe(2)
    client.beforeCommand = () => undefined
    await store.deleteLines(deletion('web'))
    expect(await storedRows(client)).toBe(1)
  })
})
