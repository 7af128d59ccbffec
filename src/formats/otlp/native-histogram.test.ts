import { describe, expect, it } from 'vitest'
import { ProtoReader } from '../proto-reader.ts'
import { encodeNativeHistogram } from './native-histogram.ts'
import type { MessageJson } from './testing/encode-metrics.ts'
import { CUMULATIVE, decoded, point, requestOf, TIME_MS } from './testing/metrics-request.ts'

/** A `prometheus.Histogram`, read by its field numbers. */
interface NativeHistogram {
  count?: bigint
  sum?: number
  schema?: number
  zeroThreshold?: number
  zeroCount?: number
  hint?: number
  timestampMs?: number
  bounds?: number[]
  /** Counts by the numbers of their buckets, without those that are 0. */
  positive: Map<number, number>
  negative: Map<number, number>
  spans: number
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function read(bytes: Uint8Array): NativeHistogram {
  const reader = new ProtoReader(bytes)
  const out: NativeHistogram = { positive: new Map(), negative: new Map(), spans: 0 }
  const spans = { positive: [] as number[], negative: [] as number[] }
  const deltas = { positive: [] as number[], negative: [] as number[] }
  const end = bytes.length
  const varint = (within = end): number => reader.int64(within)
  const double = (): number => {
    reader.fixed64(end)
    return reader.view.getFloat64(reader.position - 8, true)
  }
  const readSpan = (to: number[]): void => {
    const spanEnd = reader.delimited(end)
    while (reader.position < spanEnd) {
      const field = reader.varint32(spanEnd) >> 3
      to.push(field === 1 ? unzigzag(varint(spanEnd)) : varint(spanEnd))
    }
  }
  const readPacked = (each: (end: number) => void): void => {
    const listEnd = reader.delimited(end)
    while (reader.position < listEnd) each(listEnd)
  }
  while (reader.position < end) {
    const field = reader.varint32(end) >> 3
    if (field === 1) {
      reader.varint64(end)
      out.count = (BigInt(reader.high) << 32n) | BigInt(reader.low)
    } else if (field === 3) out.sum = double()
    else if (field === 4) out.schema = unzigzag(varint())
    else if (field === 5) out.zeroThreshold = double()
    else if (field === 6) out.zeroCount = varint()
    else if (field === 8) readSpan(spans.negative)
    else if (field === 9) readPacked((to) => deltas.negative.push(unzigzag(varint(to))))
    else if (field === 11) readSpan(spans.positive)
    else if (field === 12) readPacked((to) => deltas.positive.push(unzigzag(varint(to))))
    else if (field === 14) out.hint = varint()
    else if (field === 15) out.timestampMs = varint()
    else if (field === 16) readPacked(() => (out.bounds ??= []).push(double()))
    else throw new Error(`field ${field}`)
  }
  for (const side of ['positive', 'negative'] as const) {
    let [bucket, count, at] = [0, 0, 0]
    for (let i = 0; i < spans[side].length; i += 2) {
      out.spans++
      bucket += spans[side][i] ?? 0
      for (let left = spans[side][i + 1] ?? 0; left > 0; left--) {
        count += deltas[side][at++] ?? 0
        if (count !== 0) out[side].set(bucket, count)
        bucket++
      }
    }
    expect(at).toBe(deltas[side].length)
  }
  return out
}

function encode(kind: string, fields: MessageJson, isDelta = false): NativeHistogram {
  const metric = { name: 'x', [kind]: { ...CUMULATIVE, dataPoints: [point(fields)] } }
  const found = encodeNativeHistogram(decoded(requestOf([metric])).batch, 0, TIME_MS, isDelta)
  if ('fault' in found) throw new Error(found.fault)
  return read(found)
}

const exponential = (fields: MessageJson, isDelta = false): NativeHistogram =>
  encode('exponentialHistogram', fields, isDelta)

describe('an exponential histogram as a native one', () => {
  it('has everything that was sent', () => {
    const found = exponential({
      ...{ count: '8', sum: 3.5, scale: 2, zeroCount: '1', zeroThreshold: 0.01 },
      positive: { offset: -1, bucketCounts: ['1', '2', '0', '3'] },
      negative: { offset: 10, bucketCounts: ['1'] },
    })
    expect(found).toMatchObject({
      ...{ count: 8n, sum: 3.5, schema: 2, zeroCount: 1, zeroThreshold: 0.01 },
      timestampMs: TIME_MS,
    })
    expect(found.hint).toBeUndefined()
    // Bucket i of OpenTelemetry is bucket i + 1 of Prometheus.
    expect([...found.positive]).toEqual([
      [0, 1],
      [1, 2],
      [3, 3],
    ])
    expect([...found.negative]).toEqual([[11, 1]])
  })

  it('has a threshold of zero of its own, no sum and the hint of deltas', () => {
    const found = exponential({ count: '0' }, true)
    expect(found).toMatchObject({ ...{ sum: 0, zeroThreshold: 1e-128, hint: 3, spans: 0 } })
  })

  it('says that it ended by its sum and its count', () => {
    const found = exponential({ count: '4', sum: 1, flags: 1 })
    expect(found.count).toBe(0x7ff0000000000002n)
    expect(found.sum).toBeNaN()
  })

  it('loses resolution above schema 8, and is refused below -4', () => {
    const positive = { offset: -3, bucketCounts: ['1', '1', '1', '1', '1', '1', '1'] }
    const found = exponential({ count: '7', scale: 10, positive })
    expect(found.schema).toBe(8)
    // Four to one: -3 … -1 and 0 … 3.
    expect([...found.positive]).toEqual([
      [0, 3],
      [1, 4],
    ])
    expect(() => exponential({ scale: -5 })).toThrow('must be at least -4, not -5')
    const far = { offset: 2 ** 31 - 1, bucketCounts: ['1', '1', '1'] }
    expect(() => exponential({ positive: far })).toThrow('the offset of buckets is too large')
  })

  it('keeps every count, whatever the gaps', () => {
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 200; round++) {
      const offset = random(400) - 200
      const scale = random(14) - 4
      const counts = Array.from({ length: random(60) }, () => (random(3) === 0 ? random(9) : 0))
      const positive = { offset, bucketCounts: counts.map(String) }
      const found = exponential({ scale, positive })
      const expected = new Map<number, number>()
      for (const [i, count] of counts.entries()) {
        const bucket = Math.floor((offset + i) / 2 ** Math.max(0, scale - 8)) + 1
        if (count > 0) expected.set(bucket, (expected.get(bucket) ?? 0) + count)
      }
      expect([...found.positive]).toEqual([...expected])
    }
  })
})

describe('a histogram with bounds as a native one', () => {
  it('has custom buckets', () => {
    const found = encode('histogram', {
      ...{ count: '6', sum: 2, bucketCounts: ['0', '1', '2', '3'] },
      explicitBounds: [0.1, 1, 10],
    })
    expect(found).toMatchObject({ count: 6n, sum: 2, schema: -53, bounds: [0.1, 1, 10] })
    expect([...found.positive]).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    expect(found.zeroThreshold).toBeUndefined()
  })
})
