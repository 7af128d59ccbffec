import { compressSync, uncompressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { decodeSnappy, SnappyScratch } from './decode.ts'
import { encodeSnappy } from './encode.ts'

const MAX_BYTES = 1 << 24

/** Inputs of every kind: empty, short, runs, text, noise, longer than a block of the encoder. */
function inputs(): Uint8Array[] {
  let seed = 7
  const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648)
  const text = (size: number): Uint8Array =>
    Uint8Array.from({ length: size }, (_, i) => 97 + ((i * i) % 7) + (i % 100 === 0 ? 5 : 0))
  const noise = (size: number): Uint8Array =>
    Uint8Array.from({ length: size }, () => random() >>> 16)
  const sizes = [
    0, 1, 3, 4, 16, 17, 18, 59, 60, 61, 64, 65, 255, 256, 257, 4000, 65_535, 65_536, 65_537,
    200_003,
  ]
  return [
    ...sizes.map(text),
    ...sizes.map(noise),
    ...sizes.map((size) => new Uint8Array(size)),
    ...[1, 2, 3, 4, 5, 7].map((period) => Uint8Array.from({ length: 5000 }, (_, i) => i % period)),
  ]
}

/** What decoding throws, or undefined. */
function failureOf(bytes: Uint8Array): unknown {
  try {
    decodeSnappy(bytes, MAX_BYTES)
    return undefined
  } catch (thrown) {
    return thrown
  }
}

describe('snappy', () => {
  it('decodes what the reference library encodes', () => {
    const scratch = new SnappyScratch()
    for (const input of inputs()) {
      const encoded = new Uint8Array(compressSync(Buffer.from(input)))
      expect(Buffer.compare(decodeSnappy(encoded, MAX_BYTES), input)).toBe(0)
      expect(Buffer.compare(decodeSnappy(encoded, MAX_BYTES, scratch), input)).toBe(0)
    }
  })

  it('encodes what the reference library and this decoder read', () => {
    for (const input of inputs()) {
      const encoded = encodeSnappy(input)
      expect(Buffer.compare(decodeSnappy(encoded, MAX_BYTES), input)).toBe(0)
      expect(Buffer.compare(uncompressSync(Buffer.from(encoded)) as Buffer, input)).toBe(0)
      expect(encoded.length).toBeLessThanOrEqual(32 + input.length + input.length / 6)
    }
    expect(encodeSnappy(new Uint8Array(100_000)).length).toBeLessThan(5000)
  })

  it('reads long literals and four-byte offsets', () => {
    const literal = Uint8Array.of(
      (70_000 & 0x7f) | 0x80,
      ((70_000 >> 7) & 0x7f) | 0x80,
      70_000 >> 14,
    )
    const lengthOf = (value: number): number[] => [
      63 << 2,
      value & 0xff,
      (value >> 8) & 0xff,
      value >> 16,
      0,
    ]
    const bytes = new Uint8Array([
      ...literal,
      ...lengthOf(69_995),
      ...new Uint8Array(69_996).fill(9),
      3 | (3 << 2),
      1,
      0,
      0,
      0,
    ])
    expect([...decodeSnappy(bytes, MAX_BYTES).subarray(69_990)]).toEqual(new Array(10).fill(9))
  })

  it.each([
    ['nothing', []],
    ['a length without end', [0xff, 0xff, 0xff]],
    ['a length of more than 32 bits', [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['a length that no input of this size can have', [0xff, 0xff, 0xff, 0x03, 0x00, 0x61]],
    ['less than declared', [0x05, 0x00, 0x61]],
    ['more than declared', [0x01, 0x04, 0x61, 0x62]],
    ['a literal past the end', [0x05, 0x10, 0x61]],
    ['a literal length past the end', [0x05, 0xf4, 0x01]],
    ['a copy before the start', [0x08, 0x00, 0x61, 0x01, 0x02]],
    ['a copy of offset 0', [0x05, 0x00, 0x61, 0x01, 0x00]],
    ['a copy without its offset', [0x05, 0x00, 0x61, 0x02, 0x01]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeSnappy(Uint8Array.from(bytes), MAX_BYTES)).toThrow('snappy: corrupt input')
  })

  it('refuses a block over the limit by its declared length', () => {
    const encoded = encodeSnappy(new Uint8Array(2000))
    expect(() => decodeSnappy(encoded, 1999)).toThrow(
      'snappy: the block would decode to 2000 bytes, at most 1999 are allowed',
    )
  })

  it('answers damage with a Problem or with bytes, never with another error', () => {
    let seed = 3
    for (const input of inputs().filter((bytes) => bytes.length > 0 && bytes.length < 5001)) {
      const encoded = encodeSnappy(input)
      for (let size = 0; size < Math.min(encoded.length, 300); size++) {
        expect(failureOf(encoded.subarray(0, size))).toBeInstanceOf(Problem)
      }
      for (let round = 0; round < 50; round++) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        const damaged = encoded.slice()
        damaged[seed % damaged.length] = seed >>> 9
        const failure = failureOf(damaged)
        expect(failure === undefined || failure instanceof Problem).toBe(true)
      }
    }
  })
})
