import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { wordsOf, writeStale } from '../../model/stale.ts'
import { decodeNative, type NativeBlock } from './decode.ts'
import { encodeNativeBlock, mapOfLabels, type NativeColumn } from './encode.ts'

// The engine itself is the other side of each test here.
let directory = ''
let session: Session

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'native-'))
  session = new Session(join(directory, 'db'))
})

afterAll(() => {
  session.cleanup()
  rmSync(directory, { recursive: true, force: true })
})

async function ask(sql: string): Promise<NativeBlock[]> {
  const result = await session.queryAsync(sql, { format: 'Native' })
  return decodeNative(result.bytes())
}

async function askOne(sql: string): Promise<NativeBlock> {
  const blocks = await ask(sql)
  expect(blocks).toHaveLength(1)
  return blocks[0] as NativeBlock
}

function fileOf(columns: readonly NativeColumn[]): string {
  const path = join(directory, 'block.native')
  writeFileSync(path, encodeNativeBlock(columns))
  return `file('${path}', 'Native')`
}

describe('decoding what the engine writes', () => {
  it('reads numbers of every width', async () => {
    const block = await askOne(`
      SELECT toUInt8(200) AS u8, toInt8(-3) AS i8, toUInt16(60000) AS u16, toInt16(-300) AS i16, toUInt32(4e9) AS u32,
        toInt32(-7) AS i32, toInt64(-9007199254740991) AS i64, toFloat32(1.5) AS f32, 2.25 AS f64, true AS b,
        toDate('1970-01-03') AS d, toDateTime('2024-01-01 00:00:00', 'UTC') AS dt, CAST('b', 'Enum8(\\'a\\' = 1, \\'b\\' = 2)') AS e`)
    const names = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'i64', 'f32', 'f64', 'b', 'd', 'dt', 'e']
    expect(names.map((name) => block.float64(name)[0])).toEqual([
      200, -3, 60000, -300, 4e9, -7, -9007199254740991, 1.5, 2.25, 1, 172800000, 1704067200000, 2,
    ])
    expect(block.uint32('dt')[0]).toBe(1704067200)
    expect(block.uint32('d')[0]).toBe(2)
  })

  it('reads 64-bit integers exactly', async () => {
    const block = await askOne(
      'SELECT toUInt64(18446744073709551615) - number AS id FROM numbers(3)',
    )
    expect([...block.bigUint64('id')]).toEqual([2n ** 64n - 1n, 2n ** 64n - 2n, 2n ** 64n - 3n])
    expect([...block.uint64Words('id').subarray(0, 2)]).toEqual([0xffffffff, 0xffffffff])
  })

  it('reads times as milliseconds, before 1970 too', async () => {
    const block = await askOne(`
      SELECT fromUnixTimestamp64Milli(arrayJoin([1700000000123, -1, 0]), 'UTC') AS ms,
        toDateTime64(1.5, 1, 'UTC') AS tenths, fromUnixTimestamp64Nano(1700000000123456789, 'UTC') AS ns`)
    expect([...block.float64('ms')]).toEqual([1700000000123, -1, 0])
    expect(block.float64('tenths')[0]).toBe(1500)
    expect(() => block.float64('ns')).toThrow(
      /ns is DateTime64\(9, 'UTC'\), which cannot be read as numbers/,
    )
    expect(block.bigUint64('ns')[0]).toBe(1700000000123456789n)
  })

  it('reads texts, short, long, empty and not ASCII', async () => {
    const block = await askOne(`
      SELECT arrayJoin(['', 'a', 'äöü€😀', repeat('x', 300)]) AS s, toFixedString('abc', 5) AS f,
        toLowCardinality(s) AS lc, if(s = 'a', NULL, s) AS n, CAST(n, 'LowCardinality(Nullable(String))') AS lcn`)
    const texts = ['', 'a', 'äöü€😀', 'x'.repeat(300)]
    expect(block.strings('s')).toEqual(texts)
    expect(block.strings('lc')).toEqual(texts)
    expect(block.strings('f')[0]).toBe('abc\0\0')
    const withNull = ['', undefined, 'äöü€😀', 'x'.repeat(300)]
    expect(block.nullableStrings('n')).toEqual(withNull)
    expect(block.nullableStrings('lcn')).toEqual(withNull)
    expect(() => block.strings('lcn')).toThrow(/cannot be read as text/)
  })

  it('reads dictionaries of more than 256 and 65,536 keys', async () => {
    const sql = (count: number): string => `
      SELECT toLowCardinality(toString(number)) AS s FROM numbers(${count}) SETTINGS max_block_size = 200000`
    for (const count of [300, 70_000]) {
      const blocks = await ask(sql(count))
      const all = blocks.flatMap((block) => block.strings('s'))
      expect(all).toHaveLength(count)
      expect(all.every((text, i) => text === String(i))).toBe(true)
    }
  })

  it('reads arrays, maps and tuples, empty ones too', async () => {
    const block = await askOne(`
      SELECT arrayJoin([1, 2, 3]) AS row,
        CAST(if(row = 2, map(), map('a', toString(row), 'b', '')), 'Map(LowCardinality(String), String)') AS m,
        if(row = 1, [], [toFloat64(row), 0.5]) AS a, CAST(if(row = 3, ['x', 'y'], []), 'Array(LowCardinality(String))') AS s,
        [[row], []] AS nested, CAST((row, 'z'), 'Tuple(n UInt8, \`my name\` LowCardinality(String))') AS t`)
    const map = block.stringMap('m')
    expect([...map.offsets]).toEqual([0, 2, 2, 4])
    expect(map.keys).toEqual(['a', 'b', 'a', 'b'])
    expect(map.values).toEqual(['1', '', '3', ''])
    const array = block.float64Array('a')
    expect([...array.offsets]).toEqual([0, 0, 2, 4])
    expect([...array.values]).toEqual([2, 0.5, 3, 0.5])
    expect(block.stringArray('s').values).toEqual(['x', 'y'])
    expect(block.column('nested').kind).toBe('array')
    const tuple = block.column('t')
    expect(tuple.kind === 'tuple' && tuple.elements.map((element) => element.kind)).toEqual([
      'number',
      'dictionary',
    ])
  })

  it('reads a map column whose maps are all empty, and an aggregate state that is simple', async () => {
    const block = await askOne(`
      SELECT CAST(map(), 'Map(LowCardinality(String), String)') AS m,
        CAST(toInt64(-5), 'SimpleAggregateFunction(min, Int64)') AS s, 7 AS after`)
    expect([...block.stringMap('m').offsets]).toEqual([0, 0])
    expect(block.float64('s')[0]).toBe(-5)
    expect(block.float64('after')[0]).toBe(7)
  })

  it('reads many blocks, and none', async () => {
    const blocks = await ask('SELECT number AS n FROM numbers(10) SETTINGS max_block_size = 3')
    expect(blocks.length).toBeGreaterThan(1)
    expect(blocks.flatMap((block) => [...block.float64('n')])).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
    expect(
      await ask(`SELECT 1 AS a, CAST(map(), 'Map(LowCardinality(String), String)') AS m WHERE 0`),
    ).toEqual([])
  })
})

describe('encoding what the engine reads', () => {
  it('inserts every column type into a table and gets it back', async () => {
    const values = Float64Array.from([1.5, Number.NaN, Number.NEGATIVE_INFINITY])
    writeStale(wordsOf(values), 1)
    const times = Float64Array.from([1700000000123, -86400001, 0])
    const ids = BigUint64Array.from([2n ** 64n - 1n, 0n, 1n << 32n])
    const low = Uint32Array.from([1, 2, 3])
    const high = Uint32Array.from([0xffffffff, 0, 7])
    const bytes = new Uint8Array([0x61, 0x0a, 0x0a, 0x62])
    const columns: NativeColumn[] = [
      { name: 'u8', data: { type: 'UInt8', values: Uint8Array.of(1, 2, 255) } },
      { name: 'u16', data: { type: 'UInt16', values: Uint16Array.of(1, 2, 65535) } },
      { name: 'u32', data: { type: 'UInt32', values: Uint32Array.of(1, 2, 4294967295) } },
      { name: 'id', data: { type: 'UInt64', values: ids } },
      { name: 'pair', data: { type: 'UInt64', values: { low, high } } },
      { name: 'i64', data: { type: 'Int64', values: Float64Array.of(-1, 2 ** 53, -(2 ** 53)) } },
      { name: 'ts', data: { type: "DateTime64(3, 'UTC')", values: times } },
      { name: 'v', data: { type: 'Float64', values } },
      { name: 's', data: { type: 'String', values: ['', '\n\n; DROP', 'äöü€😀'.repeat(50)] } },
      { name: 'raw', data: { type: 'String', values: [bytes, bytes, new Uint8Array(0)] } },
      {
        name: 'slices',
        data: {
          type: 'String',
          values: { bytes, starts: Uint32Array.of(0, 0, 3), ends: Uint32Array.of(4, 0, 4) },
        },
      },
      { name: 'lc', data: { type: 'LowCardinality(String)', values: ['x', 'y', 'x'] } },
      {
        name: 'm',
        data: mapOfLabels([Labels.from({ a: '1', b: '2' }), Labels.EMPTY, Labels.from({ a: '3' })]),
      },
      {
        name: 'arr',
        data: {
          type: 'Array',
          offsets: Uint32Array.of(0, 1, 1, 3),
          items: { type: 'LowCardinality(String)', values: ['p', 'q', 'p'] },
        },
      },
    ]
    await session.queryAsync(`CREATE DATABASE IF NOT EXISTS t`)
    await session.queryAsync(`
      CREATE OR REPLACE TABLE t.all (u8 UInt8, u16 UInt16, u32 UInt32, id UInt64, pair UInt64, i64 Int64, ts DateTime64(3, 'UTC'), v Float64,
        s String, raw String, slices String, lc LowCardinality(String), m Map(LowCardinality(String), String),
        arr Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY u8`)
    await session.queryAsync(`INSERT INTO t.all SELECT * FROM ${fileOf(columns)}`)
    const block = await askOne('SELECT * FROM t.all ORDER BY u8')
    expect([...block.float64('u16')]).toEqual([1, 2, 65535])
    expect([...block.float64('u32')]).toEqual([1, 2, 4294967295])
    expect([...block.bigUint64('id')]).toEqual([...ids])
    expect([...block.uint64Words('pair')]).toEqual([1, 0xffffffff, 2, 0, 3, 7])
    expect([...block.float64('i64')]).toEqual([-1, 2 ** 53, -(2 ** 53)])
    expect([...block.float64('ts')]).toEqual([...times])
    expect([...wordsOf(block.float64('v'))]).toEqual([...wordsOf(values)])
    expect(block.strings('s')).toEqual(['', '\n\n; DROP', 'äöü€😀'.repeat(50)])
    expect(block.strings('raw')).toEqual(['a\n\nb', 'a\n\nb', ''])
    expect(block.strings('slices')).toEqual(['a\n\nb', '', 'b'])
    expect(block.strings('lc')).toEqual(['x', 'y', 'x'])
    expect(block.stringMap('m')).toEqual({
      offsets: Uint32Array.of(0, 2, 2, 3),
      keys: ['a', 'b', 'a'],
      values: ['1', '2', '3'],
    })
    expect(block.stringArray('arr')).toEqual({
      offsets: Uint32Array.of(0, 1, 1, 3),
      values: ['p', 'q', 'p'],
    })
  })

  it('reads maps that are all empty', async () => {
    const empty = { name: 'm', data: mapOfLabels([Labels.EMPTY, Labels.EMPTY]) }
    const block = await askOne(`SELECT count() AS n, sum(length(m)) AS l FROM ${fileOf([empty])}`)
    expect([block.float64('n')[0], block.float64('l')[0]]).toEqual([2, 0])
  })

  it('reads dictionaries of more than 256 and 65,536 keys', async () => {
    for (const count of [256, 257, 70_000]) {
      const values = Array.from({ length: count }, (_, i) => `key${i}`)
      const column: NativeColumn = { name: 's', data: { type: 'LowCardinality(String)', values } }
      const block = await askOne(
        `SELECT countIf(s = concat('key', toString(rowNumberInAllBlocks()))) AS n FROM ${fileOf([column])}
         SETTINGS max_threads = 1`,
      )
      expect(block.float64('n')[0]).toBe(count)
    }
  })
})
