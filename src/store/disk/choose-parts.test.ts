import { describe, expect, it } from 'vitest'
import { chooseParts, type StoredPart } from './choose-parts.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A part of `lines` that ended at an hour of a day. */
function part(
  day: number,
  hour: number | undefined,
  bytes: number,
  more: Partial<StoredPart> = {},
): StoredPart {
  const { table = 'lines' } = more
  return {
    ...{
      table,
      name: `${table}-${day}-${hour ?? 'all'}-${bytes}`,
      partitionId: `0-${day}`,
      day,
      bytes,
    },
    endMs: hour === undefined ? undefined : day * DAY_MS + hour * HOUR_MS,
    ...more,
  }
}

describe('what goes first', () => {
  it('whole days, the oldest first, with what belongs to them', () => {
    const parts = [
      part(3, 5, 50),
      part(1, 5, 10),
      part(1, undefined, 1, { table: 'stream_days' }),
      part(2, 5, 10),
    ]
    expect(chooseParts(parts, 5)).toEqual({
      partitions: [
        { table: 'lines', id: '0-1' },
        { table: 'stream_days', id: '0-1' },
      ],
      parts: [],
      bytes: 11,
      untilMs: 2 * DAY_MS,
    })
    expect(chooseParts(parts, 15)).toMatchObject({ bytes: 21, untilMs: 3 * DAY_MS })
  })

  it('of the last day the parts that ended first, and never its names', () => {
    const parts = [
      part(9, undefined, 5, { table: 'stream_days' }),
      part(9, 3, 10),
      part(9, 1, 10),
      part(9, 2, 10),
      part(9, 3, 10, { name: 'also until three' }),
    ]
    const doomed = chooseParts(parts, 15)
    expect(doomed.parts.map(({ name }) => name)).toEqual(['lines-9-1-10', 'lines-9-2-10'])
    expect(doomed).toMatchObject({
      partitions: [],
      bytes: 20,
      untilMs: 9 * DAY_MS + 2 * HOUR_MS + 1,
    })
    // Who ended at the same time goes together.
    expect(chooseParts(parts, 25)).toMatchObject({ bytes: 40, partitions: [{ id: '0-9' }] })
  })

  it('in pieces of a day that holds much of what there is, and its rest when all its times are gone', () => {
    const yesterday = [
      part(8, undefined, 2, { table: 'stream_days' }),
      ...[1, 2, 3, 4].map((hour) => part(8, hour, 100)),
    ]
    const parts = [...yesterday, part(9, 1, 10)]
    expect(chooseParts(parts, 50)).toMatchObject({ bytes: 100, untilMs: 8 * DAY_MS + HOUR_MS + 1 })
    expect(chooseParts(parts, 350)).toMatchObject({ bytes: 402, untilMs: 9 * DAY_MS })
  })

  it('only parts where a partition is on another disk, too', () => {
    const parts = [part(1, 1, 10, { isShared: true }), part(2, 1, 100)]
    expect(chooseParts(parts, 5)).toMatchObject({
      partitions: [],
      parts: [{ table: 'lines', name: 'lines-1-1-10' }],
    })
  })

  it('everything when that is not enough, and nothing of nothing', () => {
    expect(chooseParts([part(1, 1, 10), part(2, 1, 10)], 1000)).toMatchObject({ bytes: 20 })
    expect(chooseParts([], 1000)).toEqual({ partitions: [], parts: [], bytes: 0, untilMs: 0 })
  })
})
