import { endianness } from 'node:os'
import { describe, expect, it } from 'vitest'
import { FamilyCollection } from '../families.ts'
import { addClock, timex } from './timex.ts'
import { makeFakeHost } from '../fake-host.ts'

/** A struct timex with these longs and ints at their places. */
function struct(longs: Record<number, bigint>, ints: Record<number, number>): Buffer {
  const bytes = Buffer.alloc(256)
  const little = endianness() === 'LE'
  for (const [at, value] of Object.entries(longs)) {
    if (little) bytes.writeBigInt64LE(value, Number(at))
    else bytes.writeBigInt64BE(value, Number(at))
  }
  for (const [at, value] of Object.entries(ints)) {
    if (little) bytes.writeInt32LE(value, Number(at))
    else bytes.writeInt32BE(value, Number(at))
  }
  return bytes
}

function read(returned: number, bytes: Buffer): Record<string, number> {
  const out = new FamilyCollection()
  addClock(out, { returned, struct: bytes })
  return Object.fromEntries(
    out.toFamilies().map(({ name, metrics }) => [name, metrics[0]?.value ?? NaN]),
  )
}

describe('the clock', () => {
  it('is read from the struct of adjtimex', () => {
    const bytes = struct(
      { 8: -1500n, 16: 65_536_000_000n / 2n, 24: 16_000_000n, 88: 10_000n, 128: 4n },
      { 40: 64, 160: 37 },
    )
    expect(read(5, bytes)).toMatchObject({
      node_timex_sync_status: 0,
      node_timex_status: 64,
      node_timex_offset_seconds: -0.0015,
      node_timex_frequency_adjustment_ratio: 1.5,
      node_timex_maxerror_seconds: 16,
      node_timex_tick_seconds: 0.01,
      node_timex_pps_jitter_total: 4,
      node_timex_tai_offset_seconds: 37,
    })
  })

  it('counts in nanoseconds when its status says so', () => {
    const values = read(0, struct({ 8: 2_500n }, { 40: 0x2001 }))
    expect(values).toMatchObject({
      node_timex_sync_status: 1,
      node_timex_offset_seconds: 0.0000025,
    })
    expect(Object.keys(values)).toHaveLength(17)
  })

  it('is asked of the kernel where that is possible', async () => {
    const host = makeFakeHost()
    const lines = await host.start(timex)()
    host.remove()
    const tick = lines.find((line) => line.startsWith('node_timex_tick_seconds'))
    if (tick === undefined) console.log(`not possible here: ${lines.join()}`)
    expect(tick ?? lines.join()).toMatch(/^node_timex_tick_seconds 0\.0[01]|^error: adjtimex/)
  })
})
