import { describe, expect, it } from 'vitest'
import type { ChartPoint } from '../charts/chart-data.ts'
import { pointsOf, thinOut } from './ask-exemplars.ts'

const series = (labels: Record<string, string>) => [
  { seriesLabels: { job: 'api' }, exemplars: [{ labels, value: '0.25', timestamp: 12.5 }] },
]

function point(timeMs: number, value: number): ChartPoint {
  return { title: 'Exemplar', timeMs, value, labels: [], links: [] }
}

describe('exemplars', () => {
  it('are points with the labels of the exemplar before those of the series', () => {
    expect(pointsOf(series({ trace_id: 'abc', user: 'u' }), [])).toEqual([
      {
        ...{ title: 'Exemplar', timeMs: 12_500, value: 0.25 },
        links: [{ title: 'Open the trace', url: '/traces/abc', isOwnPage: true }],
        labels: [
          { name: 'trace_id', value: 'abc', isId: true },
          { name: 'user', value: 'u', isId: false },
          { name: 'job', value: 'api', isId: false },
        ],
      },
    ])
  })

  it.each([
    ['https://traces/${__value.raw}?x=1', 'https://traces/a%2Fb?x=1'],
    ['javascript:alert(1)', 'about:blank'],
  ])('lead to %s', (url, expected) => {
    const [found] = pointsOf(series({ id: 'a/b' }), [{ label: 'id', title: 'Look', url }])
    expect(found?.links).toEqual([{ title: 'Look', url: expected }])
    expect(found?.labels[0]?.isId).toBe(true)
  })

  it('have no link without the label of it, or where no address is known', () => {
    const links = [{ label: 'other', title: 'Look', url: 'https://traces/' }]
    expect(pointsOf(series({ id: 'a', trace_id: '<b>' }), links)[0]?.links).toEqual([])
  })

  it('lead to our own page of the trace where the source names no other place', () => {
    const url = 'https://traces/${__value.raw}'
    const [within] = pointsOf(series({ id: 'a' }), [{ label: 'id', title: 'Look' }])
    expect(within?.links).toEqual([{ title: 'Look', url: '/traces/a', isOwnPage: true }])
    const [beyond] = pointsOf(series({ trace_id: 'a' }), [{ label: 'trace_id', title: 'T', url }])
    expect(beyond?.links).toEqual([{ title: 'T', url: 'https://traces/a' }])
  })

  it('that are upon each other are one, and the highest stays', () => {
    const crowd = Array.from({ length: 300 }, (_none, i) => point(1000 + (i % 3), 1 + i / 10_000))
    const kept = thinOut([...crowd, point(1001, 9), point(59_000, 2)], 0, 60_000)
    expect(kept.map(({ value }) => value)).toEqual([9, 1.0299, 2])
  })
})
