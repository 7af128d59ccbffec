import { expect, it } from 'vitest'
import {
  deleteLineDeletion,
  deleteLineDeletionsBefore,
  findLineDeletion,
  finishLineDeletion,
  insertLineDeletion,
  listLineDeletions,
} from './line-deletions.ts'
import { describeEachDatabase } from './testing/each-database.ts'

const request = (id: string, createdMs: number) => ({
  ...{ id, query: '{app="web"} |= "x"', startMs: 1000, endMs: 2000, createdMs, createdBy: 'ada' },
})

describeEachDatabase('requests to delete lines', ({ open, place }) => {
  it('are kept, oldest first, until they are cancelled or long carried out', async () => {
    const where = await place()
    const first = await open(where)
    await insertLineDeletion(first, request('b', 2_000_000_000_000))
    await insertLineDeletion(first, request('a', 1_000_000_000_000))
    await insertLineDeletion(first, request('c', 3_000_000_000_000))
    await finishLineDeletion(first, 'a', { processedMs: 5000, lines: 7 })
    await first.close()
    const again = await open(where)
    expect(await listLineDeletions(again)).toEqual([
      { ...request('a', 1_000_000_000_000), processedMs: 5000, lines: 7 },
      { ...request('b', 2_000_000_000_000), processedMs: undefined, lines: 0 },
      { ...request('c', 3_000_000_000_000), processedMs: undefined, lines: 0 },
    ])
    expect(await deleteLineDeletion(again, 'b')).toBe(true)
    // What was carried out cannot be taken back.
    expect(await deleteLineDeletion(again, 'a')).toBe(false)
    await deleteLineDeletionsBefore(again, 5000)
    expect(await findLineDeletion(again, 'a')).toMatchObject({ lines: 7 })
    await deleteLineDeletionsBefore(again, 5001)
    expect(await findLineDeletion(again, 'a')).toBeUndefined()
    expect((await listLineDeletions(again)).map(({ id }) => id)).toEqual(['c'])
  })
})
