import { describe, expect, it } from 'vitest'
import { HistogramTable } from '../../model/histograms/histogram-table.ts'
import { ByteWriter } from '../byte-writer.ts'
import { HistogramDecoder, STALE_HISTOGRAM, UNREADABLE_HISTOGRAM } from './decode.ts'
import { encodeHistogram } from './encode.ts'

const TIME_MS = 1_700_000_000_123

function decode(data: Uint8Array): { readonly table: HistogramTable; readonly row: number } {
  const table = new HistogramTable()
  // Histograms of an answer lie among others.
  const bytes = new Uint8Array(data.length + 7)
  bytes.set(data, 3)
  return { table, row: new HistogramDecoder().decode(bytes, 3, 3 + data.length, table) }
}

/** Index and count of each bucket, negative ones first. */
function bucketsOf(table: HistogramTable, row: number): readonly (readonly number[])[] {
  const out: number[][] = []
  for (let i = table.negativeFrom[row] ?? 0; i < (table.ends[row] ?? 0); i++) {
    const sign = i < (table.positiveFrom[row] ?? 0) ? -1 : 1
    out.push([sign, table.indexes[i] ?? NaN, table.counts[i] ?? NaN])
  }
  return out
}

function tag(out: ByteWriter, field: number, wire: number): void {
  out.varint(field * 8 + wire)
}

function double(out: ByteWriter, field: number, value: number): void {
  tag(out, field, 1)
  out.memory(Float64Array.of(value))
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

/** Spans and whole counts as a client with integer histograms writes them. */
function side(
  out: ByteWriter,
  field: number,
  spans: readonly (readonly [number, number])[],
  deltas: readonly number[],
): void {
  for (const [offset, length] of spans) {
    const inner = new ByteWriter()
    tag(inner, 1, 0)
    inner.varint(zigzag(offset))
    tag(inner, 2, 0)
    inner.varint(length)
    tag(out, field, 2)
    out.varint(inner.length)
    out.bytes(inner.finish())
  }
  const list = new ByteWriter()
  for (const delta of deltas) list.varint(zigzag(delta))
  tag(out, field + 1, 2)
  out.varint(list.length)
  out.bytes(list.finish())
}

function integers(schema = 1): ByteWriter {
  const out = new ByteWriter()
  tag(out, 1, 0)
  out.varint(12)
  double(out, 3, 18.4)
  tag(out, 4, 0)
  out.varint(zigzag(schema))
  double(out, 5, 0.001)
  tag(out, 6, 0)
  out.varint(2)
  side(out, 8, [[0, 2]], [2, 1])
  side(
    out,
    11,
    [
      [-1, 2],
      [3, 1],
    ],
    [1, 1, -1],
  )
  tag(out, 14, 0)
  out.varint(2)
  tag(out, 15, 0)
  out.int64(TIME_MS)
  return out
}

describe('decode', () => {
  it('reads whole counts, which come as differences', () => {
    const { table, row } = decode(integers().finish().slice())
    expect(row).toBe(0)
    expect([table.totals[0], table.sums[0], table.schemas[0], table.hints[0]]).toEqual([
      ...[12, 18.4, 1, 2],
    ])
    expect([table.zeroThresholds[0], table.zeroCounts[0]]).toEqual([0.001, 2])
    expect(bucketsOf(table, row)).toEqual([
      ...[
        [-1, 0, 2],
        [-1, 1, 3],
      ],
      ...[
        [1, -1, 1],
        [1, 0, 2],
        [1, 4, 1],
      ],
    ])
  })

  it('makes schemas that are finer than 8 coarser', () => {
    const { table, row } = decode(integers(10).finish().slice())
    expect(table.schemas[row]).toBe(8)
    // -1, 0 become 0; 4 becomes 1.
    expect(bucketsOf(table, row).slice(-2)).toEqual([
      [1, 0, 3],
      [1, 1, 1],
    ])
  })

  it('reads what the first releases stored of OTLP', () => {
    const out = new ByteWriter()
    tag(out, 1, 0)
    out.varint(3)
    double(out, 2, 4.5)
    tag(out, 3, 0)
    out.varint(zigzag(-2))
    double(out, 4, 0.25)
    side(out, 11, [[5, 1]], [3])
    const { table, row } = decode(out.finish().slice())
    expect([table.totals[row], table.sums[row], table.schemas[row]]).toEqual([3, 4.5, -2])
    expect(table.zeroThresholds[row]).toBe(0.25)
    expect(bucketsOf(table, row)).toEqual([[1, 5, 3]])
  })

  it('tells that a series ended', () => {
    const out = new ByteWriter()
    tag(out, 3, 1)
    out.words(0x00000002, 0x7ff00000)
    expect(decode(out.finish().slice()).row).toBe(STALE_HISTOGRAM)
  })

  it.each([
    ['cut bytes', (out: ByteWriter) => out.finish().slice(0, -40)],
    ['a schema that nobody knows', () => integers(-9).finish().slice()],
    [
      'more buckets than counts',
      (out: ByteWriter) => {
        side(out, 11, [[1, 1_000_000_000]], [])
        return out.finish().slice()
      },
    ],
    [
      'spans that overlap',
      (out: ByteWriter) => {
        side(
          out,
          11,
          [
            [1, 1],
            [-3, 1],
          ],
          [1, 1],
        )
        return out.finish().slice()
      },
    ],
    [
      'custom buckets past the last bound',
      () => {
        const out = new ByteWriter()
        tag(out, 4, 0)
        out.varint(zigzag(-53))
        side(out, 11, [[0, 3]], [1, 1, 1])
        tag(out, 16, 2)
        out.varint(8)
        out.memory(Float64Array.of(1))
        return out.finish().slice()
      },
    ],
  ])('does not take %s, nor keep anything of it', (_what, make) => {
    const { table, row } = decode(make(integers()))
    expect(row).toBe(UNREADABLE_HISTOGRAM)
    expect([table.size, table.buckets]).toEqual([0, 0])
  })

  it('reads any damaged bytes as some histogram or none', () => {
    const good = integers().finish().slice()
    for (let i = 0; i < good.length * 8; i++) {
      const bad = good.slice()
      bad[i >> 3] = (bad[i >> 3] ?? 0) ^ (1 << (i & 7))
      expect(decode(bad).row).toBeLessThanOrEqual(0)
    }
  })
})

describe('encode', () => {
  it.each([
    ['exponential buckets', 1, undefined],
    ['custom buckets', -53, Float64Array.of(1, 2, 5, 9, 10)],
  ])('gives back %s', (_what, schema, bounds) => {
    const table = new HistogramTable()
    table.begin()
    if (bounds === undefined) table.addBucket(-3, 1.5)
    table.startPositive()
    for (const [index, count] of [
      [0, 2],
      [1, 0.5],
      [4, 7],
    ] as const) {
      table.addBucket(index, count)
    }
    const custom = bounds !== undefined
    const row = table.finish({
      ...{ schema, hint: 3, count: 11, sum: -2.25, bounds },
      zeroThreshold: custom ? 0 : 0.5,
      zeroCount: custom ? 0 : 1,
    })
    const read = decode(encodeHistogram(table, row, TIME_MS))
    expect(read.table.hints[read.row]).toBe(3)
    const both = new HistogramTable()
    expect(both.areEqual(both.copy(table, row), both.copy(read.table, read.row))).toBe(true)
  })
})
