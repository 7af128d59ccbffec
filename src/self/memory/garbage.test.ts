import { describe, expect, it, vi } from 'vitest'
import { Garbage } from './garbage.ts'

const MIB = 1024 * 1024

describe('garbage', () => {
  it('is collected when much of it has gathered, every three seconds at most', () => {
    let held = 100 * MIB
    let collections = 0
    const garbage = new Garbage({
      heldBytes: () => held,
      collect: () => {
        collections += 1
        held = 90 * MIB
      },
    })
    const at = (ms: number, mib: number): boolean => {
      held = mib * MIB
      return garbage.collectWhenDue(ms)
    }
    expect([at(0, 100), at(1000, 131), at(2000, 132), at(4000, 160), at(5000, 160)]).toEqual([
      ...[false, false, true, false, true],
    ])
    // What V8 has collected itself is not there any more.
    expect([at(9000, 60), at(10_000, 91), at(10_001, 92)]).toEqual([false, false, true])
    expect(collections).toBe(3)
  })

  it('is what nothing in this process needs', async () => {
    const garbage = new Garbage()
    garbage.collectWhenDue(0)
    const startBytes = process.memoryUsage().external
    for (let i = 0; i < 60; i++) Buffer.allocUnsafeSlow(MIB).fill(1)
    garbage.collectWhenDue(10_000)
    await vi.waitFor(() =>
      expect(process.memoryUsage().external - startBytes).toBeLessThan(40 * MIB),
    )
  })
})
