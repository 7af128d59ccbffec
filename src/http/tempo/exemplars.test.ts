import { describe, expect, it } from 'vitest'
import { parse } from '../../lang/traceql/parse.ts'
import type { MetricsSeries, SeriesExemplar } from '../../query/traceql/metrics-series.ts'
import { Params } from '../params.ts'
import { chooseExemplars, exemplarsJson, readExemplars } from './exemplars.ts'

function wanted(query: string, parameters: string): number {
  const { hints = [] } = parse(query).query ?? {}
  return readExemplars(new Params(`/api/metrics/query_range?${parameters}`), hints)
}

describe('how many exemplars are wanted', () => {
  it.each([
    ['{} | rate()', '', 100],
    ['{} | rate()', 'exemplars=0', 100],
    ['{} | rate()', 'exemplars=7', 7],
    ['{} | rate()', 'exemplars=5000', 100],
    ['{} | rate() with(exemplars=false)', 'exemplars=7', 0],
    ['{} | rate() with(exemplars=true)', 'exemplars=7', 7],
    ['{} | rate() with(exemplars=3)', 'exemplars=7', 3],
    ['{} | rate() with(sample=true)', '', 100],
  ])('%s %s: %d', (query, parameters, expected) => expect(wanted(query, parameters)).toBe(expected))

  it('is a number', () => {
    expect(() => wanted('{} | rate()', 'exemplars=many')).toThrow('invalid exemplars')
  })
})

const exemplar = (interval: number): SeriesExemplar => ({
  ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), startNs: 1_500_000_000n },
  ...{ interval, value: undefined },
})

describe('exemplars', () => {
  it('are spread over time, and stand where their series has a value', () => {
    const intervals = Array.from({ length: 100 }, (_, i) => i)
    const values = Float64Array.from(intervals, (i) => (i < 50 ? Number.NaN : i))
    const series: MetricsSeries = { labels: [], values, exemplars: intervals.map(exemplar) }
    const chosen = [...chooseExemplars([series], 5)].map(({ interval }) => interval)
    expect(chosen).toEqual([50, 60, 70, 80, 90])
  })

  it('of counts stand at the value of their interval', () => {
    const one = exemplar(1)
    const series: MetricsSeries = { labels: [], values: Float64Array.of(0, 4), exemplars: [one] }
    expect(exemplarsJson(series, new Set([one]))).toEqual({
      exemplars: [
        {
          labels: [
            { key: 'trace:id', value: { stringValue: 'a'.repeat(32) } },
            { key: 'span:id', value: { stringValue: 'b'.repeat(16) } },
          ],
          value: 4,
          timestampMs: '1500',
        },
      ],
    })
    expect(exemplarsJson(series, new Set())).toEqual({})
  })
})
