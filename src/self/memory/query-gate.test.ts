import { describe, expect, it, vi } from 'vitest'
import { QueryGate, readInTurn, type ShedReason } from './query-gate.ts'

function createGate(): { gate: QueryGate; shed: ShedReason[]; clock: { nowMs: number } } {
  const shed: ShedReason[] = []
  const clock = { nowMs: 0 }
  const gate = new QueryGate({
    explain: () => '440 MiB of the budget of 450 MiB are used',
    onShed: (reason) => shed.push(reason),
    nowMs: () => clock.nowMs,
  })
  return { gate, shed, clock }
}

/** A read that ends when it is told to, or is aborted. */
function openRead(): { read: (signal: AbortSignal | undefined) => Promise<string>; end(): void } {
  let answerAll = (): void => undefined
  const read = (signal: AbortSignal | undefined): Promise<string> =>
    new Promise((answer, fail) => {
      answerAll = () => answer('rows')
      if (isOver) answer('rows')
      signal?.addEventListener('abort', () => fail(new Error('aborted')))
    })
  let isOver = false
  const end = (): void => {
    isOver = true
    answerAll()
  }
  return { read, end }
}

describe('queries', () => {
  it('all read while memory is calm, one at a time while it is tight', async () => {
    const { gate } = createGate()
    const [a, b, c] = [gate.begin(), gate.begin(), gate.begin()]
    const reads = [openRead(), openRead(), openRead()] as const
    const first = a.read(undefined, reads[0].read)
    gate.update('tight', 0)
    const second = b.read(undefined, reads[1].read)
    const third = c.read(undefined, reads[2].read)
    await Promise.resolve()
    expect([gate.running, gate.waiting]).toEqual([1, 2])
    reads[0].end()
    expect(await first).toBe('rows')
    // It still holds what it has read.
    expect([gate.running, gate.waiting]).toEqual([1, 2])
    a.end()
    expect([gate.running, gate.waiting]).toEqual([1, 1])
    reads[1].end()
    reads[2].end()
    expect(await second).toBe('rows')
    gate.update('calm', 500e6)
    expect(await third).toBe('rows')
  })

  it('are refused with the figures when memory is over, those that wait as well', async () => {
    const { gate, shed } = createGate()
    gate.update('tight', 0)
    const a = gate.begin()
    void a.read(undefined, openRead().read)
    const waiting = gate.begin().read(undefined, openRead().read)
    gate.update('over', 0)
    await expect(waiting).rejects.toThrow('440 MiB of the budget of 450 MiB are used')
    const late = gate.begin().read(undefined, openRead().read)
    await expect(late).rejects.toMatchObject({ code: 'unavailable' })
    expect(shed).toEqual(['refused', 'refused'])
  })

  it('end when they are the largest, and their reads say why', async () => {
    const { gate, shed, clock } = createGate()
    const [small, large] = [gate.begin(), gate.begin()]
    const smallRead = openRead()
    const first = small.read(undefined, smallRead.read)
    const second = large.read(undefined, (signal, note) => {
      note(1e9)
      return openRead().read(signal)
    })
    clock.nowMs = 100
    await Promise.resolve()
    expect(gate.cancelLargest()).toBe(true)
    await expect(second).rejects.toMatchObject({ code: 'unavailable' })
    await expect(large.read(undefined, openRead().read)).rejects.toThrow('the query was ended')
    smallRead.end()
    expect(await first).toBe('rows')
    large.end()
    small.end()
    expect(gate.cancelLargest()).toBe(false)
    expect(shed).toEqual(['canceled'])
  })

  it('leave the queue when their client goes away', async () => {
    const { gate } = createGate()
    gate.update('tight', 0)
    void gate.begin().read(undefined, openRead().read)
    const client = new AbortController()
    const waiting = gate.begin().read(client.signal, openRead().read)
    client.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'canceled' })
    expect(gate.waiting).toBe(0)
  })
})

describe('large queries', () => {
  it('take turns as far as there is room, and small ones pass them by', async () => {
    const { gate, clock } = createGate()
    gate.update('calm', 150e6)
    const reads = [openRead(), openRead(), openRead(), openRead()] as const
    const [a, b, c, d] = [gate.begin(), gate.begin(), gate.begin(), gate.begin()]
    const first = a.read(undefined, reads[0].read)
    const second = b.read(undefined, reads[1].read)
    // Two have just begun: they may be small.
    void c.read(undefined, reads[2].read)
    expect([gate.running, gate.waiting]).toEqual([3, 0])
    c.end()
    clock.nowMs = 301
    const fourth = d.read(undefined, reads[3].read)
    expect([gate.running, gate.waiting]).toEqual([2, 1])
    gate.update('calm', 210e6)
    expect([gate.running, gate.waiting]).toEqual([3, 0])
    for (const { end } of reads) end()
    expect(await Promise.all([first, second, fourth])).toEqual(['rows', 'rows', 'rows'])
  })
})

describe('the reads of one request', () => {
  it('come one after the other while memory is tight, at once otherwise', async () => {
    const { gate } = createGate()
    const begun: number[] = []
    const ticket = gate.begin()
    const [one, two, three] = [openRead(), openRead(), openRead()]
    const begin = (number: number, { read }: ReturnType<typeof openRead>): Promise<string> =>
      ticket.read(undefined, (signal) => {
        begun.push(number)
        return read(signal)
      })
    const all = [begin(1, one), begin(2, two)]
    await vi.waitFor(() => expect(begun).toEqual([1, 2]))
    gate.update('tight', 0)
    all.push(begin(3, three))
    one.end()
    await all[0]
    expect(begun).toEqual([1, 2])
    two.end()
    await vi.waitFor(() => expect(begun).toEqual([1, 2, 3]))
    three.end()
    expect(await Promise.all(all)).toEqual(['rows', 'rows', 'rows'])
  })
})

describe('reads', () => {
  it('of no request are never held up', async () => {
    const { gate } = createGate()
    gate.update('over', 0)
    expect(await readInTurn(undefined, () => Promise.resolve('rows'))).toBe('rows')
    const ticket = gate.begin()
    const read = ticket.run(() => readInTurn(undefined, () => Promise.resolve('rows')))
    await expect(read).rejects.toMatchObject({ code: 'unavailable' })
  })
})
