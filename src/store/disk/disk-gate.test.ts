import { describe, expect, it } from 'vitest'
import { DiskGate, type GateLook } from './disk-gate.ts'

const MIB = 1024 ** 2

/** A gate over a disk that the test fills and empties; looks are counted. */
function gateOver(disk: { roomMiB: number; isPassing?: boolean }) {
  const asked: number[] = []
  const gate = new DiskGate({
    look: async (neededBytes): Promise<GateLook> => {
      asked.push(neededBytes / MIB)
      return {
        roomBytes: disk.roomMiB * MIB,
        isPassing: disk.isPassing ?? false,
        ratios: new Map([['lines', 0.2]]),
      }
    },
    mostBytes: () => 30 * MIB,
    explain: () => 'used up',
    sleep: async () => undefined,
  })
  return { gate, asked }
}

describe('who asks before storing', () => {
  it('waits for a look only when the room of the last one is used up', async () => {
    const disk = { roomMiB: 3 }
    const { gate, asked } = gateOver(disk)
    await gate.look(0)
    // A mebibyte of lines becomes less than a third of one, besides the files of a part.
    for (let i = 0; i < 8; i++) (await gate.admit('lines', MIB))()
    expect(asked).toHaveLength(1)
    ;(await gate.admit('lines', MIB))()
    expect(asked).toHaveLength(2)
  })

  it('is refused when there is none, and let in when there is some again', async () => {
    const disk = { roomMiB: 0.01 }
    const { gate } = gateOver(disk)
    await gate.look(0)
    expect(gate.isRefusing).toBe(false)
    await expect(gate.admit('lines', MIB)).rejects.toThrow('used up')
    expect(gate.isRefusing).toBe(true)
    disk.roomMiB = 5
    await gate.look(0)
    expect(gate.isRefusing).toBe(false)
    await gate.admit('lines', MIB)
  })

  it('waits while something on the disk goes by itself', async () => {
    const disk = { roomMiB: 0, isPassing: true }
    let looks = 0
    const gate = new DiskGate({
      look: async () => {
        if (++looks === 3) disk.roomMiB = 5
        return { roomBytes: disk.roomMiB * MIB, isPassing: true, ratios: new Map() }
      },
      mostBytes: () => 30 * MIB,
      explain: () => 'used up',
      sleep: async () => undefined,
    })
    await gate.look(0)
    await gate.admit('lines', MIB)
    expect(looks).toBe(3)
  })

  it('does not forget at a look what is being stored, and gives back what a long body took on its way', async () => {
    const disk = { roomMiB: 20 }
    const { gate, asked } = gateOver(disk)
    await gate.look(0)
    const stored = await gate.admit('lines', 8 * MIB)
    await gate.look(0)
    const [, pending = 0] = asked
    expect(pending).toBeGreaterThan(8 * 1.3)
    expect(gate.roomBytes / MIB).toBeCloseTo(20 - pending, 1)
    stored()
    expect(gate.roomBytes / MIB).toBeCloseTo(20 - pending + 8, 1)
  })

  it('asks for no more than there can be', async () => {
    const { gate, asked } = gateOver({ roomMiB: 100 })
    await gate.admit('lines', 400 * MIB)
    const next = gateOver({ roomMiB: 20 })
    await next.gate.look(0)
    await expect(next.gate.admit('lines', 400 * MIB)).rejects.toThrow('used up')
    expect([asked, next.asked]).toEqual([[], [0, 30]])
  })
})
