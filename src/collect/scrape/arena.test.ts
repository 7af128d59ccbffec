import { describe, expect, it } from 'vitest'
import { Arena } from './arena.ts'

const UNIT = 256 * 1024

describe('an arena', () => {
  it('hands out the first stretch that is long enough', () => {
    const arena = new Arena(8 * UNIT)
    const [a, b, c] = [arena.take(2 * UNIT), arena.take(3 * UNIT), arena.take(3 * UNIT)]
    expect([a?.start, b?.start, c?.start]).toEqual([0, 2, 5])
    expect(arena.take(1)).toBeUndefined()
    if (a === undefined || b === undefined) throw new Error('not taken')
    arena.give(a)
    expect(arena.take(2 * UNIT + 1)).toBeUndefined()
    arena.give(b)
    expect(arena.take(4 * UNIT + 1)).toEqual({ start: 0, units: 5 })
    expect(arena.takenBytes).toBe(arena.sizeBytes)
  })

  it('extends where nothing follows, and changes nothing where something does', () => {
    const arena = new Arena(4 * UNIT)
    const first = arena.take(1)
    if (first === undefined) throw new Error('not taken')
    const longer = arena.extend(first, 3 * UNIT)
    expect(longer).toEqual({ start: 0, units: 3 })
    if (longer === undefined) throw new Error('not extended')
    expect(arena.extend(longer, 5 * UNIT)).toBeUndefined()
    expect(arena.take(UNIT)).toEqual({ start: 3, units: 1 })
    expect(arena.extend(longer, 4 * UNIT)).toBeUndefined()
    arena.give(longer)
    expect(arena.takenBytes).toBe(UNIT)
  })

  it('exchanges for what overlaps', () => {
    const arena = new Arena(6 * UNIT)
    const [before, last] = [arena.take(4 * UNIT), arena.take(2 * UNIT)]
    if (before === undefined || last === undefined) throw new Error('not taken')
    expect(arena.exchange(last, 5 * UNIT)).toBeUndefined()
    arena.give(before)
    expect(arena.exchange(last, 5 * UNIT)).toEqual({ start: 0, units: 5 })
    expect(arena.takenBytes).toBe(5 * UNIT)
  })

  it('keeps what is written apart, and its memory until nothing is taken', () => {
    const arena = new Arena(4 * UNIT)
    const [a, b] = [arena.take(UNIT), arena.take(UNIT)]
    if (a === undefined || b === undefined) throw new Error('not taken')
    arena.bytesOf(a).fill(1)
    arena.bytesOf(b).fill(2)
    arena.shrink()
    expect(new Set(arena.bytesOf(a))).toEqual(new Set([1]))
    expect(new Set(arena.bytesOf(b))).toEqual(new Set([2]))
    arena.give(a)
    arena.give(b)
    arena.shrink()
    const again = arena.take(UNIT)
    if (again === undefined) throw new Error('not taken')
    expect(new Set(arena.bytesOf(again))).toEqual(new Set([0]))
  })
})
