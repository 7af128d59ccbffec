import { describe, expect, it } from 'vitest'
import { decodeUtf8, encodeUtf8, findInvalidUtf8, isValidUtf8 } from './text-codec.ts'
import { decodePooled } from './text-pool.ts'

const TEXTS = [
  '',
  'a',
  'abcdefg',
  'x'.repeat(15),
  'x'.repeat(16),
  'x'.repeat(17),
  'äöü€😀',
  '\ufeffbom',
  'a\0b',
  `${'y'.repeat(100)}é`,
]

describe('decodeUtf8', () => {
  it.each(TEXTS)('reads %j back, wherever it stands', (text) => {
    const encoded = encodeUtf8(text)
    for (let shift = 0; shift < 5; shift++) {
      const bytes = new Uint8Array([...new Uint8Array(shift).fill(0xff), ...encoded, 0xff])
      expect(decodeUtf8(bytes, shift, shift + encoded.length)).toBe(text)
      expect(decodePooled(bytes, shift, shift + encoded.length)).toBe(text)
      expect(decodePooled(bytes, shift, shift + encoded.length)).toBe(text)
    }
  })

  it('replaces malformed sequences', () => {
    expect(decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62), 0, 3)).toBe('a\ufffdb')
  })

  it('keeps pooled texts apart', () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20_000; i++) {
        const bytes = encodeUtf8(`value ${i}`)
        expect(decodePooled(bytes, 0, bytes.length)).toBe(`value ${i}`)
      }
    }
  })
})

describe('findInvalidUtf8', () => {
  it.each([
    ['a continuation alone', [0x80], 0],
    ['an overlong slash', [0x61, 0xc0, 0xaf], 1],
    ['an overlong three', [0xe0, 0x80, 0xaf], 0],
    ['a surrogate', [0xed, 0xa0, 0x80], 0],
    ['past U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 0],
    ['0xf5', [0xf5, 0x80, 0x80, 0x80], 0],
    ['a cut sequence', [0x61, 0x62, 0xe2, 0x82], 2],
    ['a cut sequence before ASCII', [0xe2, 0x82, 0x61], 0],
  ])('finds %s', (_, bytes, at) => {
    expect(findInvalidUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBe(at)
  })

  it('agrees with the platform on random bytes, at every alignment and length', () => {
    let seed = 1
    for (let round = 0; round < 4000; round++) {
      const size = round % 150
      const buffer = new Uint8Array(size + 8)
      const start = round % 7
      for (let i = 0; i < size; i++) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        buffer[start + i] = (seed >>> 8) % 9 === 0 && round % 3 > 0 ? seed >>> 16 : 0x61
      }
      const end = start + size
      const isValid = !new TextDecoder().decode(buffer.subarray(start, end)).includes('\ufffd')
      expect(isValidUtf8(buffer, start, end)).toBe(isValid)
    }
  })
})
