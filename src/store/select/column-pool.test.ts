import { describe, expect, it } from 'vitest'
import { ColumnPool } from './column-pool.ts'

const MiB = 1024 * 1024

describe('the pool of columns', () => {
  it('uses the memory of a column again for one of about its length', () => {
    const pool = new ColumnPool(8 * MiB)
    const first = pool.take(100_000)
    expect(first).toHaveLength(100_000)
    pool.give(first)
    const second = pool.take(99_000)
    expect(second).toHaveLength(99_000)
    expect(second.buffer).toBe(first.buffer)
    expect(pool.take(99_000).buffer).not.toBe(first.buffer)
  })

  it('takes the tightest that is not far too large', () => {
    const pool = new ColumnPool(8 * MiB)
    const [large, fitting, small] = [pool.take(60_000), pool.take(40_000), pool.take(20_000)]
    for (const column of [large, fitting, small]) pool.give(column)
    expect(pool.take(39_000).buffer).toBe(fitting.buffer)
    expect(pool.take(10_000).buffer).not.toBe(large.buffer)
  })

  it('gives a buffer once, however often it is given back', () => {
    const pool = new ColumnPool(8 * MiB)
    const column = pool.take(10_000)
    pool.give(column)
    pool.give(column.subarray(1))
    pool.give(new Float64Array(10_000))
    expect(pool.take(10_000).buffer).toBe(column.buffer)
    expect(pool.take(10_000).buffer).not.toBe(column.buffer)
    expect(pool.freeBytes).toBe(0)
  })

  it('holds no more than its bound, and nothing for long that nobody needs', () => {
    const pool = new ColumnPool(MiB)
    const columns = Array.from({ length: 4 }, () => pool.take(50_000))
    for (const column of columns) pool.give(column)
    expect(pool.freeBytes).toBeGreaterThan(MiB / 2)
    expect(pool.freeBytes).toBeLessThanOrEqual(MiB)
    pool.trim()
    expect(pool.freeBytes).toBeGreaterThan(0)
    pool.trim()
    expect(pool.freeBytes).toBe(0)
  })

  it('leaves small columns to the garbage collector', () => {
    const pool = new ColumnPool(MiB)
    const column = pool.take(10)
    expect(column).toEqual(new Float64Array(10))
    pool.give(column)
    expect(pool.freeBytes).toBe(0)
  })
})
