import { describe, expect, it } from 'vitest'
import { wordsOf } from '../../model/stale.ts'
import { createTarget, HotWindow } from './hot-window.ts'

const scratch = new Float64Array(1)
const scratchWords = wordsOf(scratch)

function add(hot: HotWindow, ref: number, time: number, value: number): string {
  scratch[0] = value
  return hot.add(ref, time, scratchWords[0] as number, scratchWords[1] as number)
}

function read(
  hot: HotWindow,
  ref: number,
  from = 0,
  to = Number.MAX_SAFE_INTEGER,
): [number, number][] {
  const target = createTarget(hot.count(ref, from, to))
  hot.copy(ref, from, to, target)
  return Array.from({ length: target.length }, (_, i) => [
    target.timestampsMs[i] as number,
    target.values[i] as number,
  ])
}

describe('hot window', () => {
  it('gives back what was added, in order of time, whatever the order it came in', () => {
    const hot = new HotWindow()
    const times = Array.from({ length: 500 }, (_, i) => (i * 7919) % 500)
    for (const time of times) expect(add(hot, 3, time, time * 2)).toBe('added')
    expect(read(hot, 3)).toEqual(Array.from({ length: 500 }, (_, i) => [i, i * 2]))
    expect(hot.samples).toBe(500)
  })

  it('keeps the first of two samples at one time', () => {
    const hot = new HotWindow()
    for (let i = 0; i < 100; i++) add(hot, 0, i, i)
    expect(add(hot, 0, 50, 50)).toBe('same')
    expect(add(hot, 0, 99, 99)).toBe('same')
    expect(add(hot, 0, 50, 51)).toBe('conflict')
    expect(read(hot, 0, 50, 50)).toEqual([[50, 50]])
  })

  it('copies only the range asked for, across chunks', () => {
    const hot = new HotWindow()
    for (let i = 0; i < 100; i++) add(hot, 7, i * 10, i)
    expect(read(hot, 7, 305, 340).map(([time]) => time)).toEqual([310, 320, 330, 340])
    expect(read(hot, 7, 2000, 3000)).toEqual([])
    expect(read(hot, 8)).toEqual([])
  })

  it('frees chunks and uses them again', () => {
    const hot = new HotWindow()
    for (let ref = 0; ref < 3000; ref++) for (let i = 0; i < 40; i++) add(hot, ref, i, i)
    const size = hot.sizeBytes
    hot.trim(32)
    expect(read(hot, 5).map(([time]) => time)).toEqual([32, 33, 34, 35, 36, 37, 38, 39])
    for (let ref = 0; ref < 3000; ref++) hot.drop(ref)
    expect(hot.samples).toBe(0)
    expect(hot.usedBytes).toBe(0)
    for (let ref = 0; ref < 3000; ref++) for (let i = 0; i < 40; i++) add(hot, ref, i, i)
    expect(hot.sizeBytes).toBe(size)
  })

  it('gives the memory of a flood back once it is over', () => {
    const hot = new HotWindow()
    for (let ref = 0; ref < 100; ref++) add(hot, ref, 1000, ref)
    const usual = hot.sizeBytes
    for (let ref = 100; ref < 60_000; ref++) add(hot, ref, 10, ref)
    expect(hot.sizeBytes).toBeGreaterThan(10 * usual)
    hot.trim(20)
    expect(hot.sizeBytes).toBeLessThanOrEqual(2 * usual)
    for (let ref = 100; ref < 20_000; ref++) add(hot, ref, 2000, ref)
    for (let ref = 0; ref < 20_000; ref++) {
      expect(read(hot, ref)).toEqual([[ref < 100 ? 1000 : 2000, ref]])
    }
    expect(hot.samples).toBe(20_000)
  })

  it('counts and copies ranges between two samples, and samples at the ends of a range', () => {
    const hot = new HotWindow()
    for (let i = 0; i < 70; i++) add(hot, 1, i * 10, i)
    for (const [from, to, count] of [
      [11, 19, 0],
      [315, 318, 0],
      [310, 320, 2],
      [690, 690, 1],
      [691, 900, 0],
      [20, 10, 0],
    ] as const) {
      expect(hot.count(1, from, to)).toBe(count)
      expect(read(hot, 1, from, to)).toHaveLength(count)
    }
  })

  it('removes a range and returns it', () => {
    const hot = new HotWindow()
    for (let i = 0; i < 100; i++) add(hot, 1, i, i)
    expect(hot.remove(1, 10, 89)?.timestampsMs).toHaveLength(80)
    expect(read(hot, 1)).toHaveLength(20)
    expect(hot.remove(1, 10, 89)).toBeUndefined()
    expect(hot.samples).toBe(20)
  })

  it('keeps the bits of a staleness marker', () => {
    const hot = new HotWindow()
    hot.add(0, 1, 0x00000002, 0x7ff00000)
    const values = new Float64Array(1)
    const words = wordsOf(values)
    hot.copy(0, 0, 10, { timestampsMs: new Float64Array(1), values, words, length: 0 })
    expect([words[0], words[1]]).toEqual([0x00000002, 0x7ff00000])
  })
})
