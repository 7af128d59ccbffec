import { compressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { isStale, wordsOf, writeStale } from '../../model/stale.ts'
import { ByteWriter } from '../byte-writer.ts'
import { decodeWriteRequest, type SeriesResolver } from './decode.ts'
import { encodeCompressedWriteRequest, encodeWriteRequest } from './encode.ts'
import { decodeWriteRequestToBatch, PushDecoder } from './push-decoder.ts'
import { SampleColumns } from './sample-columns.ts'

const MAX_BYTES = 1 << 22

function batchOf(
  series: readonly Labels[],
  rows: readonly (readonly [number, number, number])[],
): SampleBatch {
  return {
    series,
    seriesIndex: Uint32Array.from(rows, (row) => row[0]),
    timestampsMs: Float64Array.from(rows, (row) => row[1]),
    values: Float64Array.from(rows, (row) => row[2]),
  }
}

const UP = Labels.from({ __name__: 'up', job: 'a', instance: 'äöü:€' })
const DOWN = Labels.from({ __name__: 'down', job: 'a' })

/** A length-delimited field. */
function field(number: number, body: Uint8Array | string): Uint8Array {
  const out = new ByteWriter()
  out.varint((number << 3) | 2)
  if (typeof body === 'string') out.text(body)
  else {
    out.varint(body.length)
    out.bytes(body)
  }
  return out.finish()
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

const label = (name: string, value: string): Uint8Array =>
  field(1, join(field(1, name), field(2, value)))
// Value 1.5 at 1000 ms.
const SAMPLE = field(2, Uint8Array.of(0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x10, 0xe8, 0x07))

function decodePlain(message: Uint8Array): ReturnType<typeof decodeWriteRequestToBatch> {
  return decodeWriteRequestToBatch(new Uint8Array(compressSync(Buffer.from(message))), MAX_BYTES)
}

function failureOf(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (thrown) {
    return thrown
  }
}

describe('a request that was encoded', () => {
  it('comes back with series, times, values, exemplars, histograms and metadata', () => {
    const batch: SampleBatch = {
      ...batchOf(
        [UP, DOWN],
        [
          [0, 1_700_000_000_123, 1],
          [1, -5, 0],
          [0, 0, Number.NaN],
          [0, 8_640_000_000_000_000, -0],
        ],
      ),
      exemplars: [
        { series: UP, labels: Labels.from({ trace_id: 'x' }), value: 0.5, timestampMs: -1 },
      ],
      histograms: [{ series: DOWN, timestampMs: 77, data: Uint8Array.of(0x08, 0x03, 0x78, 77) }],
      metadata: [{ family: 'up', type: 'gauge', help: 'is it up?', unit: '' }],
    }
    writeStale(wordsOf(batch.values), 2)
    const { batch: decoded, rejected } = decodeWriteRequestToBatch(
      encodeCompressedWriteRequest(batch),
      MAX_BYTES,
    )
    expect(rejected).toEqual([])
    expect(decoded.series.map(String)).toEqual([UP, DOWN].map(String))
    expect([...decoded.seriesIndex]).toEqual([0, 0, 0, 1])
    expect([...decoded.timestampsMs]).toEqual([1_700_000_000_123, 0, 8_640_000_000_000_000, -5])
    expect(isStale(decoded.values, wordsOf(decoded.values), 1)).toBe(true)
    expect([decoded.values[0], decoded.values[2], decoded.values[3]]).toEqual([1, -0, 0])
    expect(decoded.exemplars).toEqual([
      {
        series: decoded.series[0],
        labels: Labels.from({ trace_id: 'x' }),
        value: 0.5,
        timestampMs: -1,
      },
    ])
    expect(decoded.histograms).toEqual([
      { series: decoded.series[1], timestampMs: 77, data: Uint8Array.of(0x08, 0x03, 0x78, 77) },
    ])
    expect(decoded.metadata).toEqual(batch.metadata)
  })

  it('may be empty', () => {
    const { batch } = decodeWriteRequestToBatch(
      encodeCompressedWriteRequest(batchOf([], [])),
      MAX_BYTES,
    )
    expect([batch.series.length, batch.values.length]).toEqual([0, 0])
  })

  it('may be larger than the columns are at first', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [i % 2, i, i / 3] as const)
    const { batch } = decodeWriteRequestToBatch(
      encodeCompressedWriteRequest(batchOf([UP, DOWN], rows)),
      MAX_BYTES,
    )
    expect(batch.values).toHaveLength(5000)
    expect(batch.timestampsMs[2499]).toBe(4998)
    expect(batch.values[4999]).toBe(4999 / 3)
  })
})

describe('PushDecoder', () => {
  it('gives the same Labels object when a series comes again, in any order', () => {
    const decoder = new PushDecoder({ maxBytes: MAX_BYTES })
    const series = Array.from({ length: 300 }, (_, i) =>
      Labels.from({ __name__: 'm', i: String(i) }),
    )
    const first = decoder.decode(
      encodeCompressedWriteRequest(
        batchOf(
          series,
          series.map((_, i) => [i, 1, i]),
        ),
      ),
    )
    const backwards = series.toReversed()
    const second = decoder.decode(
      encodeCompressedWriteRequest(
        batchOf(
          backwards,
          backwards.map((_, i) => [i, 2, i]),
        ),
      ),
    )
    expect(second.batch.series).toHaveLength(300)
    expect(second.batch.series.every((labels, i) => labels === first.batch.series[299 - i])).toBe(
      true,
    )
    expect(decoder.size).toBe(300)
  })

  it('keeps series apart when they come and go between requests', () => {
    const decoder = new PushDecoder({ maxBytes: MAX_BYTES })
    let seed = 5
    for (let round = 0; round < 60; round++) {
      const chosen: number[] = []
      for (let i = 0; i < 80; i++) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        if (seed % 3 > 0) chosen.push(i)
      }
      if (round % 7 === 0) chosen.reverse()
      const series = chosen.map((i) => Labels.from({ __name__: 'm', i: 'x'.repeat(i) }))
      const rows = chosen.map((i, at) => [at, round, i] as const)
      const { batch } = decoder.decode(encodeCompressedWriteRequest(batchOf(series, rows)))
      expect(batch.series.map((labels) => labels.get('i').length)).toEqual(chosen)
      expect([...batch.values]).toEqual(chosen)
      if (round % 5 === 0) decoder.forgetUnseen()
    }
  })

  it('forgets what it has not seen when it holds too much', () => {
    const decoder = new PushDecoder({ maxBytes: MAX_BYTES, maxSeries: 100 })
    for (let round = 0; round < 20; round++) {
      const series = Array.from({ length: 60 }, (_, i) =>
        Labels.from({ __name__: `m${round}`, i: `${i}` }),
      )
      const rows = series.map((_, i) => [i, round, i] as const)
      const { batch } = decoder.decode(encodeCompressedWriteRequest(batchOf(series, rows)))
      expect(batch.series.map(String)).toEqual(series.map(String))
      expect(decoder.size).toBeLessThanOrEqual(160)
    }
  })

  it('takes two spellings of one label set as one series', () => {
    const usual = field(1, join(label('__name__', 'm'), label('a', '1'), label('b', '2'), SAMPLE))
    const other = field(
      1,
      join(label('b', '2'), label('a', '1'), label('c', ''), label('__name__', 'm'), SAMPLE),
    )
    for (const message of [join(usual, other), join(other, usual)]) {
      const { batch, rejectedCount } = decodePlain(message)
      expect(batch.series.map(String)).toEqual(['m{a="1", b="2"}'])
      expect([...batch.seriesIndex]).toEqual([0, 0])
      expect(rejectedCount).toBe(0)
    }
  })
})

describe('unusual but legal messages', () => {
  it('has labels after and between samples', () => {
    const { batch } = decodePlain(
      join(
        field(1, join(label('__name__', 'm'), SAMPLE, label('a', '1'), SAMPLE)),
        field(1, join(SAMPLE, label('__name__', 'm'))),
        field(1, join(label('__name__', 'm'), SAMPLE)),
      ),
    )
    expect(batch.series.map(String)).toEqual(['m{a="1"}', 'm'])
    expect([...batch.seriesIndex]).toEqual([0, 0, 1, 1])
    expect([...batch.values]).toEqual([1.5, 1.5, 1.5, 1.5])
  })

  it('has a known series with a label more', () => {
    const decoder = new PushDecoder({ maxBytes: MAX_BYTES })
    const short = field(1, join(label('__name__', 'm'), SAMPLE))
    const long = field(1, join(label('__name__', 'm'), label('a', '1'), SAMPLE))
    for (const message of [short, long, short, long]) {
      const { batch } = decoder.decode(new Uint8Array(compressSync(Buffer.from(message))))
      expect(batch.series.map(String)).toEqual([message === short ? 'm' : 'm{a="1"}'])
    }
  })

  it('has unknown fields, which are passed over', () => {
    const unknown = Uint8Array.of(
      0x50,
      0x01,
      0x59,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      0x65,
      1,
      2,
      3,
      4,
      0x6a,
      1,
      9,
    )
    const { batch } = decodePlain(
      join(unknown, field(1, join(label('__name__', 'm'), SAMPLE, unknown)), unknown),
    )
    expect([...batch.values]).toEqual([1.5])
  })

  it('has a sample without value or time, which are zero then', () => {
    const { batch } = decodePlain(
      field(1, join(label('__name__', 'm'), field(2, new Uint8Array(0)))),
    )
    expect([batch.values[0], batch.timestampsMs[0]]).toEqual([0, 0])
  })
})

describe('series with bad labels are left out and counted, the others stay', () => {
  const invalid = join(
    label('__name__', 'm'),
    field(1, join(field(1, 'a'), field(2, Uint8Array.of(0xff)))),
  )
  it.each([
    ['no labels', new Uint8Array(0), 'invalid metric name or labels, got {}: no metric name'],
    ['no name', label('a', '1'), 'invalid metric name or labels, got {a="1"}: no metric name'],
    ['an empty name', join(label('__name__', ''), label('a', '1')), 'no metric name'],
    [
      'an empty label name',
      join(label('__name__', 'm'), label('', '1')),
      'a label has an empty name',
    ],
    [
      'a repeated label',
      join(label('__name__', 'm'), label('a', '1'), label('a', '2')),
      'duplicated label "a"',
    ],
    ['malformed UTF-8', invalid, 'label "a" is not valid UTF-8'],
  ])('%s', (_, labels, message) => {
    const good = field(1, join(label('__name__', 'good'), SAMPLE))
    const bad = field(1, join(labels, SAMPLE, SAMPLE, field(4, Uint8Array.of(0x78, 1))))
    const { batch, rejected, rejectedCount } = decodePlain(join(good, bad, good))
    expect(batch.series.map(String)).toEqual(['good'])
    expect([...batch.seriesIndex]).toEqual([0, 0])
    expect(batch.histograms).toBeUndefined()
    expect(rejectedCount).toBe(3)
    expect(rejected).toHaveLength(1)
    expect(rejected[0]?.message).toContain(message)
    expect(rejected[0]?.timestampMs).toBe(1000)
  })

  it('counts the samples of series that the resolver does not take', () => {
    const resolver: SeriesResolver = { lookup: () => -1, add: () => -1 }
    const columns = new SampleColumns()
    decodeWriteRequest(field(1, join(label('__name__', 'm'), SAMPLE, SAMPLE)), resolver, columns)
    expect([columns.length, columns.untakenCount, columns.rejectedCount]).toEqual([0, 2, 0])
  })
})

describe('malformed requests', () => {
  it.each([
    ['a cut label', field(1, Uint8Array.of(0x0a, 5, 1)), 'proto: unexpected end of the message'],
    [
      'labels that are numbers',
      field(1, Uint8Array.of(0x08, 5)),
      'proto: field TimeSeries is varint, length-delimited is right',
    ],
    [
      'a time that is a string',
      field(1, field(2, Uint8Array.of(0x12, 0))),
      'proto: field Sample.timestamp',
    ],
    ['a group', Uint8Array.of(0x7b), 'proto: illegal wire type 3'],
    ['field 0', Uint8Array.of(0x02, 0), 'proto: illegal field number 0'],
    [
      'an endless number',
      Uint8Array.of(0x50, ...new Array<number>(11).fill(0xff)),
      'proto: integer overflow',
    ],
    [
      'a length over 32 bits',
      Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f),
      'proto: integer overflow',
    ],
  ])('%s', (_, message, text) => {
    expect(() => decodePlain(message)).toThrow(text)
    expect(failureOf(() => decodePlain(message))).toBeInstanceOf(Problem)
  })

  it('are refused when they are not Snappy, or too large', () => {
    expect(() => decodeWriteRequestToBatch(Uint8Array.of(1, 2, 3), MAX_BYTES)).toThrow(
      'snappy: corrupt input',
    )
    const body = encodeCompressedWriteRequest(batchOf([UP], [[0, 1, 1]]))
    expect(() => decodeWriteRequestToBatch(body, 10)).toThrow(/snappy: the block would decode to/)
  })

  it('answers cut and damaged messages with a Problem or rows, and stays usable', () => {
    const series = Array.from({ length: 20 }, (_, i) =>
      Labels.from({ __name__: 'm', i: 'y'.repeat(i) }),
    )
    const batch: SampleBatch = {
      ...batchOf(
        series,
        series.map((_, i) => [i, 1e12, i]),
      ),
      exemplars: [{ series: series[0] as Labels, labels: UP, value: 1, timestampMs: 1 }],
      metadata: [{ family: 'm', type: 'counter', help: 'h', unit: 's' }],
    }
    const plain = encodeWriteRequest(batch)
    const decoder = new PushDecoder({ maxBytes: MAX_BYTES })
    const attempt = (message: Uint8Array): unknown => {
      return failureOf(() => decoder.decode(new Uint8Array(compressSync(Buffer.from(message)))))
    }
    for (let size = 0; size < plain.length; size++) {
      const failure = attempt(plain.subarray(0, size))
      expect(failure === undefined || failure instanceof Problem).toBe(true)
    }
    let seed = 11
    for (let round = 0; round < 3000; round++) {
      const damaged = plain.slice()
      for (let k = 0; k < 1 + (round % 3); k++) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        damaged[seed % damaged.length] = seed >>> 10
      }
      const failure = attempt(damaged)
      expect(failure === undefined || failure instanceof Problem).toBe(true)
    }
    const { batch: after } = decoder.decode(encodeCompressedWriteRequest(batch))
    expect(after.series.map(String)).toEqual(series.map(String))
  })
})
