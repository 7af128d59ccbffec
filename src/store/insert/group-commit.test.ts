import { describe, expect, it, vi } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { GroupCommit } from './group-commit.ts'

interface Numbers {
  readonly rows: number[]
  readonly isEmpty: boolean
}

function setUp(write: (rows: readonly number[]) => Promise<void>) {
  let rows: number[] = []
  const failures: string[] = []
  const commit = new GroupCommit<Numbers>({
    isBuffered: () => rows.length > 0,
    take: () => {
      const taken = rows
      rows = []
      return { rows: taken, isEmpty: taken.length === 0 }
    },
    write: (batch) => write(batch.rows),
    lingerMs: 5,
    onFailure: (problem) => failures.push(problem.message),
  })
  return { commit, failures, put: (row: number) => rows.push(row) }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('group commit', () => {
  it('tells a waiter only after its rows are durable, and batches what gathers meanwhile', async () => {
    const written: number[][] = []
    const gates: (() => void)[] = []
    const { commit, put } = setUp((rows) => {
      written.push([...rows])
      return new Promise((resolve) => gates.push(resolve))
    })
    put(1)
    let firstDone = false
    const first = commit.barrier(1000).then(() => (firstDone = true))
    put(2)
    const second = commit.barrier(1000)
    put(3)
    const third = commit.barrier(1000)
    expect(firstDone).toBe(false)
    while (gates.length === 0) await new Promise(setImmediate)
    gates[0]?.()
    await first
    while (gates.length < 2) await new Promise(setImmediate)
    gates[1]?.()
    await Promise.all([second, third])
    expect(written).toEqual([[1], [2, 3]])
  })

  it('waits for those whom it has answered or kept waiting, so that two senders go together', async () => {
    const written: number[][] = []
    const { commit, put } = setUp(async (rows) => {
      written.push([...rows])
      await sleep(20)
    })
    const push = (row: number): Promise<void> => {
      put(row)
      return commit.barrier(5000)
    }
    const first = push(1)
    const second = push(2)
    await first
    // The second is waiting already: it is not written before the first has sent again.
    await Promise.all([push(3), second])
    expect(written).toEqual([[1], [2, 3]])
  })

  it('does not keep a lone sender waiting, nor wait for long for one who has gone', async () => {
    vi.useFakeTimers()
    try {
      const written: number[][] = []
      const { commit, put } = setUp((rows) => {
        written.push([...rows])
        return sleep(40)
      })
      const push = (row: number): Promise<void> => {
        put(row)
        return commit.barrier(5000)
      }
      const first = push(1)
      await vi.advanceTimersByTimeAsync(40)
      await first
      const lone = push(2)
      await vi.advanceTimersByTimeAsync(0)
      expect(written).toEqual([[1], [2]])
      const waiting = push(3)
      await vi.advanceTimersByTimeAsync(40)
      await lone
      expect(written).toHaveLength(2)
      await vi.advanceTimersByTimeAsync(40)
      expect(written).toEqual([[1], [2], [3]])
      await vi.advanceTimersByTimeAsync(40)
      await waiting
    } finally {
      vi.useRealTimers()
    }
  })

  it('writes the same batch again until it succeeds', async () => {
    const seen: number[][] = []
    const { commit, failures, put } = setUp(async (rows) => {
      seen.push([...rows])
      if (seen.length < 3) throw new Problem('unavailable', 'away')
    })
    put(7)
    const done = commit.barrier(5000)
    while (failures.length < 1) await new Promise(setImmediate)
    commit.retryNow()
    while (failures.length < 2) await new Promise(setImmediate)
    commit.retryNow()
    await done
    expect(seen).toEqual([[7], [7], [7]])
  })

  it('gives up waiting, not writing, when the time is over', async () => {
    let open: (() => void) | undefined
    const { commit, put } = setUp(() => new Promise((resolve) => (open = resolve)))
    put(1)
    await expect(commit.barrier(10)).rejects.toThrow('did not commit within 10 ms')
    put(2)
    const later = commit.barrier(5000)
    open?.()
    while (commit.inFlight?.rows[0] !== 2) await new Promise(setImmediate)
    open?.()
    await later
  })

  it('writes rows that nobody waits for', async () => {
    const written: number[][] = []
    const { commit, put } = setUp(async (rows) => {
      written.push([...rows])
    })
    put(1)
    commit.noteRows()
    while (written.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(written).toEqual([[1]])
  })

  it('sends away who comes after the end, instead of letting them wait', async () => {
    const { commit, put } = setUp(async () => undefined)
    put(1)
    expect(await commit.stop(5000)).toBe(true)
    put(2)
    await expect(commit.barrier(600_000)).rejects.toThrow('shutting down')
  })

  it('sends away who waits when the end comes before the commit', async () => {
    let open: (() => void) | undefined
    const { commit, put } = setUp(() => new Promise((resolve) => (open = resolve)))
    put(1)
    const early = commit.barrier(600_000)
    put(2)
    const late = commit.barrier(600_000)
    expect(await commit.stop(10)).toBe(false)
    open?.()
    await expect(early).rejects.toThrow('shutting down')
    await expect(late).rejects.toThrow('shutting down')
  })
})
