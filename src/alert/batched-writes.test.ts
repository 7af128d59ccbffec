import { describe, expect, it } from 'vitest'
import { BatchedWrites } from './batched-writes.ts'
import { WritePace } from './write-pace.ts'

/** A write that ends when the test says so. */
function controlled() {
  const batches: number[][] = []
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = []
  const writes = new BatchedWrites<number>((items) => {
    batches.push([...items])
    return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }))
  })
  return { writes, batches, ends }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('writes in batches', () => {
  it('write what comes in one turn together, and gather what comes meanwhile', async () => {
    const { writes, batches, ends } = controlled()
    const first = Promise.all([writes.add(1), writes.add(2)])
    await turn()
    const second = Promise.all([writes.add(3), writes.add(4), writes.add(5)])
    await turn()
    expect(batches).toEqual([[1, 2]])
    ends[0]?.resolve()
    await first
    await turn()
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ])
    ends[1]?.resolve()
    await second
    await writes.settle()
  })

  it('rest when the pace asks for it, and not when all is to be settled', async () => {
    const pace = new WritePace(() => 0)
    pace.note(60_000)
    const batches: number[][] = []
    const writes = new BatchedWrites<number>((items) => {
      batches.push([...items])
      return Promise.resolve()
    }, pace)
    const added = [writes.add(1)]
    await turn()
    added.push(writes.add(2))
    await turn()
    expect(batches).toEqual([])
    await writes.settle()
    await Promise.all(added)
    expect(batches).toEqual([[1, 2]])
  })

  it('fail only the batch that failed', async () => {
    const { writes, batches, ends } = controlled()
    const first = writes.add(1)
    const failure = first.catch((thrown: unknown) => String(thrown))
    await turn()
    const second = writes.add(2)
    ends[0]?.reject(new Error('disk'))
    expect(await failure).toContain('disk')
    await turn()
    expect(batches).toEqual([[1], [2]])
    ends[1]?.resolve()
    await second
  })
})
