import { bench, describe } from 'vitest'
import { decodeNative } from './decode.ts'
import { encodeNativeBlock, type NativeColumn } from './encode.ts'

const ROWS = 240_000
const BLOCK_ROWS = 60_000

function block(): Uint8Array {
  const id = BigUint64Array.from({ length: BLOCK_ROWS }, (_, i) => BigInt(i) << 40n)
  const times = Float64Array.from({ length: BLOCK_ROWS }, (_, i) => 1.7e12 + i * 15_000)
  const columns: NativeColumn[] = [
    { name: 'id', data: { type: 'UInt64', values: id } },
    { name: 'ts', data: { type: "DateTime64(3, 'UTC')", values: times } },
    { name: 'v', data: { type: 'Float64', values: times } },
  ]
  return encodeNativeBlock(columns)
}

const one = block()
const answer = new Uint8Array((one.length * ROWS) / BLOCK_ROWS)
for (let at = 0; at < answer.length; at += one.length) answer.set(one, at)

describe('240k rows of (UInt64, DateTime64, Float64)', () => {
  bench('decode to typed arrays', () => {
    for (const found of decodeNative(answer)) {
      found.uint64Words('id')
      found.float64('ts')
      found.float64('v')
    }
  })
})
