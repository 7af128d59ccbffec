import { expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { NO_RECORDED_VALUE } from '../../model/otlp-metrics.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { wordsOf, writeStale } from '../../model/stale.ts'
import { throughPipelines } from './processed-samples.ts'
import { samplesAsPoints } from './samples-as-points.ts'

function batchOf(rows: readonly (readonly [Record<string, string>, number])[]): SampleBatch {
  const values = Float64Array.from(rows, ([, value]) => value)
  for (const [i, [, value]] of rows.entries())
    if (Number.isNaN(value)) writeStale(wordsOf(values), i)
  return {
    series: rows.map(([labels]) => Labels.from(labels)),
    seriesIndex: Uint32Array.from(rows.keys()),
    timestampsMs: new Float64Array(rows.length).fill(1000),
    values,
  }
}

const BATCH = batchOf([
  [{ __name__: 'a_total', job: 'j', instance: 'i', x: '1' }, 5],
  [{ __name__: 'b', job: 'j', instance: 'i' }, Number.NaN],
  [{ __name__: 'a_total', job: 'j', instance: 'i', x: '2' }, 6],
])

it('samples become points of metrics that stand together, a marker one without a value', () => {
  const { metrics, metricIndex, values, flags, timesNs, resources, strings, attributes } =
    samplesAsPoints(BATCH)
  expect(metrics.map(({ name, kind }) => [name, kind])).toEqual([
    ['a_total', 'sum'],
    ['b', 'gauge'],
  ])
  expect([...metricIndex]).toEqual([0, 0, 1])
  expect([...values]).toEqual([5, 6, 0])
  expect([...flags]).toEqual([0, 0, NO_RECORDED_VALUE])
  expect(timesNs[0]).toBe(1_000_000_000n)
  expect(resources).toEqual([
    [
      ['service.instance.id', 'si'],
      ['service.name', 'sj'],
    ],
  ])
  expect([...attributes.ends]).toEqual([1, 2, 2])
  expect(Array.from(attributes.values, (place) => strings[place])).toEqual(['s1', 's2'])
})

it('leads samples of a job through its pipelines, and leaves those of others as they are', () => {
  const offered: SampleBatch[] = []
  const nothing = { accepted: 0, rejected: [], rejectedCount: 0 }
  const sink = throughPipelines(
    {
      append: () => Promise.resolve(nothing),
      offer: (batch) => {
        offered.push(batch)
        return nothing
      },
    },
    {
      pipelinesOf: (job) => (job === 'j' ? (batch) => [batch, batch] : undefined),
      translate: ({ values }) => ({ ...BATCH, values }),
    },
  )
  const other = batchOf([[{ __name__: 'a', job: 'other' }, 1]])
  sink.offer(other)
  sink.offer(BATCH)
  expect(offered[0]).toBe(other)
  expect([...(offered[1]?.values ?? [])]).toEqual([5, 6, 0, 5, 6, 0])
  expect([...(offered[1]?.seriesIndex ?? [])]).toEqual([0, 1, 2, 3, 4, 5])
})
