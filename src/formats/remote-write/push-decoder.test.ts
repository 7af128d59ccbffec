import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { encodeCompressedWriteRequest } from './encode.ts'
import { PushDecoder } from './push-decoder.ts'

function push(series: readonly Labels[]): Uint8Array {
  const batch: SampleBatch = {
    series,
    seriesIndex: Uint32Array.from(series, (_, i) => i),
    timestampsMs: new Float64Array(series.length),
    values: Float64Array.from(series, (_, i) => i),
  }
  return encodeCompressedWriteRequest(batch)
}

function named(prefix: string, count: number): Labels[] {
  return Array.from({ length: count }, (_, i) => Labels.from({ __name__: `${prefix}${i}` }))
}

describe('a decoder whose series are not all taken', () => {
  it('remembers those that were, whatever stands between them, and no other', () => {
    const decoder = new PushDecoder({ maxBytes: 1e6, isTaken: (labels) => labels.slot >= 0 })
    const series = named('m', 100)
    const first = decoder.decode(push(series)).batch.series
    for (let i = 0; i < 100; i += 3) (first[i] as Labels).slot = i
    const second = decoder.decode(push(series)).batch.series
    expect(second.map(String)).toEqual(series.map(String))
    for (const [i, labels] of second.entries()) expect(labels === first[i]).toBe(i % 3 === 0)
    decoder.decode(push([]))
    expect(decoder.size).toBe(34)
  })

  it('holds nothing of a flood that is refused, and knows what it knew before', () => {
    const decoder = new PushDecoder({ maxBytes: 1e6, isTaken: (labels) => labels.slot >= 0 })
    const known = decoder.decode(push(named('known', 10))).batch.series
    for (const labels of known) labels.slot = 1
    for (let round = 0; round < 50; round++) {
      expect(decoder.decode(push(named(`flood${round}_`, 200))).batch.series).toHaveLength(200)
      expect(decoder.size).toBe(210)
    }
    const again = decoder.decode(push(named('known', 10))).batch.series
    expect(again.every((labels, i) => labels === known[i])).toBe(true)
    decoder.forgetUnseen()
    expect(decoder.size).toBe(10)
    decoder.forgetUnseen()
    expect(decoder.size).toBe(0)
  })

  it('takes a series that stands twice in a request as one', () => {
    const decoder = new PushDecoder({ maxBytes: 1e6, isTaken: () => false })
    const [a, b] = named('m', 2) as [Labels, Labels]
    const batch = {
      series: [a, b, Labels.from({ __name__: 'm0' })],
      seriesIndex: Uint32Array.of(0, 1, 2),
      timestampsMs: Float64Array.of(1, 2, 3),
      values: Float64Array.of(1, 2, 3),
    }
    for (let round = 0; round < 3; round++) {
      const got = decoder.decode(encodeCompressedWriteRequest(batch)).batch
      expect([...got.seriesIndex]).toEqual([0, 1, 0])
      expect(got.series.map(String)).toEqual(['m0', 'm1'])
    }
  })
})

describe('a decoder that rests between pieces', () => {
  it('decodes one request after the other, whatever comes meanwhile', async () => {
    const decoder = new PushDecoder({ maxBytes: 1e6 })
    const whole = new PushDecoder({ maxBytes: 1e6 })
    const seen: number[] = []
    const rest = async (): Promise<void> => {
      decoder.forgetUnseen()
      await new Promise(setImmediate)
    }
    const bodies = [named('a', 950), named('b', 10), named('a', 950)].map(push)
    const results = await Promise.all(
      bodies.map((body) =>
        decoder.decodeInTurn(body, (series, newSeries) => {
          seen.push(newSeries)
          return series === 100 ? rest() : undefined
        }),
      ),
    )
    expect(results).toEqual(bodies.map((body) => whole.decode(body)))
    expect(seen).toEqual([...Array<number>(9).fill(100), ...Array<number>(9).fill(0)])
    expect(results[2]?.batch.series[949]).toBe(results[0]?.batch.series[949])
  })

  it('goes on after a request that cannot be read', async () => {
    const decoder = new PushDecoder({ maxBytes: 1e6 })
    const rest = (): undefined => undefined
    const bad = decoder.decodeInTurn(Uint8Array.of(1, 2, 3), rest)
    const good = decoder.decodeInTurn(push(named('a', 1)), rest)
    await expect(bad).rejects.toThrow('snappy')
    expect((await good).batch.series.map(String)).toEqual(['a0'])
    decoder.forgetUnseen()
    decoder.forgetUnseen()
    expect(decoder.size).toBe(0)
  })
})
