import { describe, expect, it } from 'vitest'
import { foldHistograms } from './fold-histograms.ts'
import type { AnsweredDataJson, HistogramJson } from './prometheus.ts'

const found: HistogramJson = {
  count: '6',
  sum: '7.5',
  buckets: [
    [3, '-0.5', '0.5', '1'],
    [0, '1', '2', '3'],
    [0, '2', '+Inf', '2'],
  ],
}
const metric = { __name__: 'latency', job: 'a' }

describe('foldHistograms', () => {
  it('leaves numbers as they are', () => {
    const data: AnsweredDataJson = { resultType: 'vector', result: [{ metric, value: [1, '2'] }] }
    expect(foldHistograms(data, 'totals')).toEqual(data)
    const scalar: AnsweredDataJson = { resultType: 'scalar', result: [1, '2'] }
    expect(foldHistograms(scalar, 'buckets')).toEqual(scalar)
  })

  it('shows count and sum under the names that classic histograms have', () => {
    const data: AnsweredDataJson = {
      resultType: 'vector',
      result: [
        { metric, histogram: [1, found] },
        { metric: { job: 'b' }, histogram: [1, found] },
      ],
    }
    expect(foldHistograms(data, 'totals').result).toEqual([
      { metric: { __name__: 'latency_count', job: 'a' }, value: [1, '6'] },
      { metric: { __name__: 'latency_sum', job: 'a' }, value: [1, '7.5'] },
      { metric: { __name__: 'count', job: 'b' }, value: [1, '6'] },
      { metric: { __name__: 'sum', job: 'b' }, value: [1, '7.5'] },
    ])
  })

  it('keeps the numbers of a series that became a histogram', () => {
    const data: AnsweredDataJson = {
      resultType: 'matrix',
      result: [{ metric, values: [[1, '5']], histograms: [[2, found]] }],
    }
    expect(foldHistograms(data, 'totals').result).toEqual([
      { metric, values: [[1, '5']] },
      { metric: { __name__: 'latency_count', job: 'a' }, values: [[2, '6']] },
      { metric: { __name__: 'latency_sum', job: 'a' }, values: [[2, '7.5']] },
    ])
  })

  it('makes buckets of which each counts all below its bound, the same ones at every time', () => {
    const later: HistogramJson = { count: '1', sum: '3', buckets: [[0, '2', '4', '1']] }
    const data: AnsweredDataJson = {
      resultType: 'matrix',
      result: [
        {
          metric,
          histograms: [
            [1, found],
            [2, later],
          ],
        },
      ],
    }
    const shown = foldHistograms(data, 'buckets')
    const series = shown.resultType === 'matrix' ? shown.result : []
    expect(series.map((one) => [one.metric['le'], ...one.values.map(([, text]) => text)])).toEqual([
      ['0.5', '1', '0'],
      ['2', '4', '0'],
      ['4', '4', '1'],
      ['+Inf', '6', '1'],
    ])
  })
})
