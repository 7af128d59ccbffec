import { describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import type { AppendResult, SampleBatch, SampleSink } from '../model/samples.ts'
import { isStale, wordsOf, writeStale } from '../model/stale.ts'
import { limitLabels } from './samples.ts'

const LIMITS = { maxNames: 2, maxNameLength: 10, maxValueLength: 10 }
const good = Labels.from({ __name__: 'good', a: '1' })
const other = Labels.from({ __name__: 'other' })
const bad = Labels.from({ __name__: 'bad', a: '1', b: '2' })

/** A sink that keeps its last batch. */
class LastBatch implements SampleSink {
  batch: SampleBatch | undefined
  result: AppendResult = { accepted: 0, rejected: [], rejectedCount: 0 }

  append(batch: SampleBatch): Promise<AppendResult> {
    return Promise.resolve(this.offer(batch))
  }

  offer(batch: SampleBatch): AppendResult {
    this.batch = batch
    return { ...this.result, accepted: batch.values.length }
  }
}

function batchOf(series: readonly Labels[], index: readonly number[]): SampleBatch {
  return {
    series,
    seriesIndex: Uint32Array.from(index),
    timestampsMs: Float64Array.from(index, (_, row) => 1000 + row),
    values: Float64Array.from(index, (_, row) => row),
  }
}

describe('a sink with limits', () => {
  it('hands a good batch on as it is', async () => {
    const sink = new LastBatch()
    const batch = batchOf([good, other], [0, 1])
    expect(limitLabels(sink, LIMITS).offer(batch).accepted).toBe(2)
    expect(sink.batch).toBe(batch)
    await limitLabels(sink, LIMITS).append(batch)
    expect(sink.batch).toBe(batch)
  })

  it.each(['append', 'offer'] as const)(
    'refuses bad series and hands on the others (%s)',
    async (verb) => {
      const sink = new LastBatch()
      const batch: SampleBatch = {
        ...batchOf([good, bad, other], [0, 1, 2, 1, 0]),
        exemplars: [good, bad].map((series) => ({
          series,
          labels: Labels.EMPTY,
          value: 1,
          timestampMs: 1,
        })),
        histograms: [bad, other].map((series) => ({
          series,
          timestampMs: 1,
          data: new Uint8Array(0),
        })),
      }
      writeStale(wordsOf(batch.values), 4)
      const result = await limitLabels(sink, LIMITS)[verb](batch)
      expect(result).toMatchObject({ accepted: 3, rejectedCount: 3 })
      expect(
        result.rejected.map(({ series, timestampMs, reason }) => [
          series.name,
          timestampMs,
          reason,
        ]),
      ).toEqual([
        ['bad', 1001, 'label_limit'],
        ['bad', 1003, 'label_limit'],
        ['bad', 1, 'label_limit'],
      ])
      expect(result.rejected[0]?.message).toContain('ingest.max-label-names')
      const passed = sink.batch as SampleBatch
      expect([...passed.seriesIndex]).toEqual([0, 2, 0])
      expect([...passed.timestampsMs]).toEqual([1000, 1002, 1004])
      expect([...passed.values].slice(0, 2)).toEqual([0, 2])
      expect(isStale(passed.values, wordsOf(passed.values), 2)).toBe(true)
      expect(passed.exemplars?.map(({ series }) => series.name)).toEqual(['good'])
      expect(passed.histograms?.map(({ series }) => series.name)).toEqual(['other'])
    },
  )

  it('does not add what the batch does not have', () => {
    const sink = new LastBatch()
    limitLabels(sink, LIMITS).offer(batchOf([bad], [0]))
    expect(sink.batch).not.toHaveProperty('exemplars')
    expect(sink.batch).not.toHaveProperty('histograms')
  })

  it('takes a series that the sink knows as checked', () => {
    const sink = new LastBatch()
    const known = Labels.from(bad.toObject())
    known.slot = 0
    expect(limitLabels(sink, LIMITS).offer(batchOf([known], [0])).rejectedCount).toBe(0)
  })

  it('names a hundred refusals, its own and those of the sink, and counts all', () => {
    const sink = new LastBatch()
    const rejected = {
      series: good,
      timestampMs: 1,
      reason: 'out_of_bounds',
      message: 'x',
    } as const
    const rejectedByReason = new Map([
      ['out_of_bounds', 3],
      ['label_limit', 2],
    ] as const)
    sink.result = { accepted: 0, rejected: [rejected], rejectedCount: 5, rejectedByReason }
    const result = limitLabels(sink, LIMITS).offer(
      batchOf(
        [bad],
        Array.from({ length: 250 }, () => 0),
      ),
    )
    expect(result.rejectedCount).toBe(255)
    expect(result.rejected).toHaveLength(100)
    expect(result.rejected[0]).toBe(rejected)
    expect(result.rejectedByReason).toEqual(
      new Map([
        ['out_of_bounds', 3],
        ['label_limit', 252],
      ]),
    )
  })
})
