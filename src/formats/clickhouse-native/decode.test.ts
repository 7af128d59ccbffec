import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { decodeNative } from './decode.ts'
import { encodeNativeBlock, mapOfLabels, type NativeColumn } from './encode.ts'
import { parseTypeName } from './type-name.ts'

const COLUMNS: NativeColumn[] = [
  { name: 'id', data: { type: 'UInt64', values: BigUint64Array.of(1n, 2n) } },
  { name: 'v', data: { type: 'Float64', values: Float64Array.of(1, 2) } },
  { name: 's', data: { type: 'String', values: ['a', 'b'.repeat(200)] } },
  { name: 'm', data: mapOfLabels([Labels.from({ a: '1' }), Labels.from({ a: '2', b: '' })]) },
]

/** What decoding and reading a block throws: the class of the error, or undefined. */
function failureOf(bytes: Uint8Array): unknown {
  try {
    for (const found of decodeNative(bytes)) {
      for (const name of found.columnNames) {
        if (found.column(name).kind === 'map') found.stringMap(name)
      }
    }
    return undefined
  } catch (thrown) {
    return thrown instanceof Error ? thrown.constructor : thrown
  }
}

describe('decodeNative', () => {
  it('reads blocks at any alignment', () => {
    const block = encodeNativeBlock(COLUMNS)
    for (let shift = 0; shift < 8; shift++) {
      const shifted = new Uint8Array(block.length * 2 + shift).subarray(shift)
      shifted.set(block)
      shifted.set(block, block.length)
      const blocks = decodeNative(shifted)
      expect(blocks.map((found) => [...found.float64('v')])).toEqual([
        [1, 2],
        [1, 2],
      ])
      expect(blocks[1]?.strings('s')).toEqual(['a', 'b'.repeat(200)])
    }
  })

  it('answers every cut with a Problem', () => {
    const block = encodeNativeBlock(COLUMNS)
    for (let size = 1; size < block.length; size++) {
      expect(() => decodeNative(block.subarray(0, size))).toThrow(Problem)
    }
  })

  it('answers damaged bytes with a Problem or some value, never another error', () => {
    const block = encodeNativeBlock(COLUMNS)
    let seed = 1
    for (let round = 0; round < 3000; round++) {
      const damaged = block.slice()
      for (let k = 0; k < 3; k++) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        damaged[seed % damaged.length] = (seed >>> 8) & 0xff
      }
      expect([undefined, Problem]).toContain(failureOf(damaged))
    }
  })

  it('names the column that is absent or of another type', () => {
    const block = decodeNative(encodeNativeBlock(COLUMNS))[0]
    expect(() => block?.float64('x')).toThrow(
      'native: the answer has no column x (it has id, v, s, m)',
    )
    expect(() => block?.float64('s')).toThrow(
      'native: s is String, which cannot be read as numbers',
    )
    expect(() => block?.uint64Words('v')).toThrow(
      'native: v is Float64, which cannot be read as 64-bit words',
    )
  })
})

describe('encodeNativeBlock', () => {
  it('refuses columns of different lengths', () => {
    const columns: NativeColumn[] = [
      { name: 'a', data: { type: 'UInt8', values: Uint8Array.of(1) } },
      { name: 'b', data: { type: 'UInt8', values: Uint8Array.of(1, 2) } },
    ]
    expect(() => encodeNativeBlock(columns)).toThrow('native: column b has 2 rows, a has 1')
  })

  it('writes a block without rows', () => {
    const bytes = encodeNativeBlock([{ name: 'm', data: mapOfLabels([]) }])
    expect(decodeNative(bytes)).toEqual([])
  })
})

describe('parseTypeName', () => {
  it.each([
    [
      "Map(LowCardinality(String), Array(Nullable(DateTime64(3, 'UTC'))))",
      'Map',
      ['LowCardinality', 'Array'],
    ],
    [
      "Tuple(a UInt8, `b c` Map(String, UInt8), Enum8('x y' = 1, '),' = 2))",
      'Tuple',
      ['UInt8', 'Map', 'Enum8'],
    ],
    ['SimpleAggregateFunction(max, Int64)', 'Int64', []],
  ])('%s', (text, name, args) => {
    const tree = parseTypeName(text)
    expect(tree.name).toBe(name)
    expect(tree.args.map((arg) => arg.name)).toEqual(args)
  })

  it('refuses unbalanced text', () => {
    expect(() => parseTypeName('Array(String')).toThrow(/cannot read the column type/)
  })
})
