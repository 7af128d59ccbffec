import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SpareBuffers } from './spare-buffers.ts'

const KIB = 1024

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function create(): SpareBuffers {
  return new SpareBuffers({ largestBytes: 1024 * KIB, mostBytes: 1536 * KIB, idleMs: 1000 })
}

describe('spare buffers', () => {
  it('are taken again when they are large enough', () => {
    const buffers = create()
    const first = buffers.take(300 * KIB)
    expect(first.length).toBeGreaterThanOrEqual(300 * KIB)
    buffers.give(first)
    expect(buffers.take(600 * KIB) === first).toBe(false)
    expect(buffers.take(400 * KIB) === first).toBe(true)
    expect(buffers.take(400 * KIB) === first).toBe(false)
  })

  it('are bounded, one by one and together', () => {
    const buffers = create()
    buffers.give(Buffer.alloc(1025 * KIB))
    expect(buffers.spareBytes).toBe(0)
    buffers.give(Buffer.alloc(1024 * KIB))
    buffers.give(Buffer.alloc(513 * KIB))
    expect(buffers.spareBytes).toBe(1024 * KIB)
    buffers.give(Buffer.alloc(512 * KIB))
    expect(buffers.spareBytes).toBe(1536 * KIB)
  })

  it('gives place to larger ones, and the smallest that suffices', () => {
    const buffers = create()
    const [small, medium, large] = [256, 512, 1024].map((size) => buffers.take(size * KIB))
    for (const one of [medium, small]) if (one !== undefined) buffers.give(one)
    expect(buffers.take(200 * KIB) === small).toBe(true)
    if (small !== undefined) buffers.give(small)
    if (large !== undefined) buffers.give(large)
    expect(buffers.spareBytes).toBe(1536 * KIB)
    expect(buffers.take(200 * KIB) === medium).toBe(true)
    expect(buffers.take(200 * KIB) === large).toBe(true)
  })

  it('are let go when none was given back for a while', () => {
    const buffers = create()
    buffers.give(Buffer.alloc(KIB))
    vi.advanceTimersByTime(900)
    buffers.give(Buffer.alloc(KIB))
    vi.advanceTimersByTime(900)
    expect(buffers.spareBytes).toBe(2 * KIB)
    vi.advanceTimersByTime(200)
    expect(buffers.spareBytes).toBe(0)
  })
})
