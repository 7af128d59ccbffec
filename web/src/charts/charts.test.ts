import { describe, expect, it } from 'vitest'
import { hasSameShape, type ChartData, type SeriesStyle } from './chart-data.ts'
import { toPlotColumns } from './plot-columns.ts'
import { fittingLabels, linearRange } from './plot-scales.ts'
import { sparkPath } from './spark-path.ts'
import { summarise } from './summarise.ts'
import { timeTicks } from './time-ticks.ts'
import { toggleHidden } from './toggle-hidden.ts'
import { tooltipRows } from './tooltip-rows.ts'

const none = Number.NaN

function dataOf(...series: [readonly number[], (SeriesStyle | undefined)?][]): ChartData {
  return {
    timesMs: Float64Array.from(series[0]?.[0] ?? [], (_value, i) => i * 1000),
    series: series.map(([values, style], i) => ({
      name: `s${i}`,
      labels: {},
      values: Float64Array.from(values),
      ...(style ? { style } : {}),
    })),
  }
}

const columnsOf = (data: ChartData, hidden: number[] = []) =>
  toPlotColumns(data, (index) => hidden.includes(index))

describe('columns to draw', () => {
  it.each([
    ['a gap', undefined, [1, null, null, 4]],
    ['bridged', { nulls: 'connect' }, [1, undefined, undefined, 4]],
    ['zero', { nulls: 'zero' }, [1, 0, 0, 4]],
    ['bridged when short', { nulls: { connectUpToMs: 3000 } }, [1, undefined, undefined, 4]],
    ['a gap when long', { nulls: { connectUpToMs: 2999 } }, [1, null, null, 4]],
    ['negative', { negative: true }, [-1, null, null, -4]],
  ] satisfies [string, SeriesStyle | undefined, unknown][])(
    'a missing value is %s',
    (_name, style, expected) => {
      expect(columnsOf(dataOf([[1, none, none, 4], style])).columns[0]).toEqual(expected)
    },
  )

  it('stack visible series of a group, upwards and downwards apart', () => {
    const up = { stack: 'a' }
    const down = { stack: 'a', negative: true }
    const data = dataOf(
      [[1, 2, none], up],
      [[10, none, none], up],
      [[3, 3, 3], down],
      [[100, 100, none], up],
      [[5, 5, 5]],
    )
    const { columns, bands, timesMs } = columnsOf(data, [1])
    expect(columns).toEqual([
      [1, 2, null],
      [10, null, null],
      [-3, -3, -3],
      [101, 102, null],
      [5, 5, 5],
    ])
    expect(bands).toEqual([[3, 0]])
    expect(timesMs).toEqual([0, 1000, 2000])
    expect(columnsOf(data).bands).toEqual([
      [1, 0],
      [3, 1],
    ])
  })

  it('fill a band down to the series of a name, while both are there', () => {
    const data = dataOf([[3, 3], { fillTo: 's2' }], [[2, 2]], [[1, 1]], [[9, 9], { fillTo: 'no' }])
    const named = data.series.map((one, i) => ({ ...one, name: `s${i}` }))
    const banded = { ...data, series: named }
    expect(columnsOf(banded).bands).toEqual([[0, 2]])
    expect(columnsOf(banded, [2]).bands).toEqual([])
  })

  it('stack as shares of the whole', () => {
    const style: SeriesStyle = { stack: 'a', stackMode: 'percent' }
    const { columns } = columnsOf(dataOf([[1, 0], style], [[3, 0], style]))
    expect(columns).toEqual([
      [0.25, 0],
      [1, 0],
    ])
  })

  it('have the same shape only with the same series and styles', () => {
    const data = dataOf([[1], { color: 'red' }])
    expect(hasSameShape(data, dataOf([[2], { color: 'red' }]))).toBe(true)
    expect(hasSameShape(data, dataOf([[2], { color: 'blue' }]))).toBe(false)
    expect(hasSameShape(data, dataOf([[2], { color: 'red' }], [[1]]))).toBe(false)
  })
})

describe('summaries', () => {
  it('leave NaN out', () => {
    expect(summarise(Float64Array.of(none, 3, 1, none, 8, none))).toEqual({
      ...{ first: 3, last: 8, min: 1, max: 8, sum: 12, mean: 4, count: 3, range: 7 },
    })
    expect(summarise(Float64Array.of(none))).toMatchObject({ count: 0, min: none, last: none })
  })
})

describe('ticks', () => {
  const at = (text: string): number => Date.parse(text)
  const labelsOf = (from: string, to: string, most: number, zone = 'utc'): readonly string[] =>
    timeTicks(at(from), at(to), most, zone).labels

  it('name the date under the first tick and where it changes', () => {
    const labels = labelsOf('2026-11-19T20:10:00Z', '2026-11-20T05:00:00Z', 4)
    expect(labels).toEqual(['21:00\n19 Nov', '00:00\n20 Nov', '03:00'])
  })

  it.each([
    ['2026-11-20T10:00:00.000Z', '2026-11-20T10:00:00.100Z', 2, '10:00:00.000\n20 Nov'],
    ['2026-11-20T10:00:00Z', '2026-11-20T10:01:00Z', 6, '10:00:00\n20 Nov'],
    ['2026-11-02T00:00:00Z', '2026-11-20T00:00:00Z', 3, '2 Nov\n2026'],
    ['2025-01-01T00:00:00Z', '2026-11-20T00:00:00Z', 6, 'Jan\n2025'],
    ['2000-01-01T00:00:00Z', '2026-11-20T00:00:00Z', 6, 'Jan\n2000'],
  ])('%s to %s in %d: first %s', (from, to, most, first) => {
    const labels = labelsOf(from, to, most)
    expect(labels[0]).toBe(first)
    expect(labels.length).toBeLessThanOrEqual(most + 1)
  })

  it('stand on local hours and days through changes of clocks', () => {
    const labels = labelsOf('2026-10-24T22:00:00Z', '2026-10-26T00:00:00Z', 5, 'Europe/Berlin')
    expect(labels).toEqual(['00:00\n25 Oct', '06:00', '12:00', '18:00', '00:00\n26 Oct'])
    const days = timeTicks(at('2026-10-23T00:00Z'), at('2026-10-28T00:00Z'), 6, 'Europe/Berlin')
    expect(days.timesMs.map((t) => new Date(t).toISOString().slice(5, 16))).toEqual([
      ...['10-23T22:00', '10-24T22:00', '10-25T23:00', '10-26T23:00', '10-27T23:00'],
    ])
  })

  it('end for any range', () => {
    for (const span of [0.5, 1, 1e3, 1e6, 1e9, 1e12, 4e12]) {
      const { timesMs } = timeTicks(1e12, 1e12 + span, 8, 'Asia/Kathmandu')
      expect(timesMs.length).toBeLessThanOrEqual(10)
    }
    expect(timeTicks(5, 5, 8, 'utc').timesMs).toEqual([])
  })
})

describe('the range of values', () => {
  it.each([
    [0, 100, {}, [0, 106]],
    [80, 100, {}, [78.8, 101.2]],
    [5, 100, {}, [0, 105.7]],
    [-10, -5, {}, [-10.3, -4.7]],
    [1, 1, {}, [0, 1.25]],
    [0, 0, { min: 0, softMax: 10 }, [0, 10]],
    [null, null, {}, [0, 1]],
    [0, 0.5, { max: 1 }, [0, 1]],
    [20, 30, { min: 0, max: 100 }, [0, 100]],
  ])('of %s to %s with %j is %j', (low, high, axis, [from = 0, to = 0]) => {
    const [start, end] = linearRange(low, high, axis)
    expect(start).toBeCloseTo(from)
    expect(end).toBeCloseTo(to)
  })
})

describe('tooltips', () => {
  it('sort, leave out what is missing, and keep the focused series', () => {
    const data = dataOf(...Array.from({ length: 40 }, (_none, i): [number[]] => [[i]]), [[none]])
    const options = { mode: 'all', sort: 'descending' } as const
    const { rows, omitted } = tooltipRows(data, 0, 2, options, (index) => index === 39)
    expect(rows[0]).toEqual({ index: 38, value: 38 })
    expect(rows.at(-1)?.index).toBe(2)
    expect([rows.length, omitted]).toEqual([30, 9])
    expect(tooltipRows(data, 0, 5, { mode: 'single' }, () => false).rows).toHaveLength(1)
    expect(tooltipRows(data, 0, 5, { mode: 'none' }, () => false).rows).toEqual([])
  })
})

describe('the legend', () => {
  it('shows one alone, then all again; with a key it adds and takes away', () => {
    const alone = toggleHidden(new Set(), 1, 3, false)
    expect([...alone]).toEqual([0, 2])
    expect([...toggleHidden(alone, 1, 3, false)]).toEqual([])
    expect([...toggleHidden(alone, 2, 3, true)]).toEqual([0])
    expect([...toggleHidden(alone, 2, 3, false)]).toEqual([0, 1])
  })
})

describe('sparklines', () => {
  it('scale to their own values and break at gaps', () => {
    expect(sparkPath(Float64Array.of(0, 10, none, 5), 30, 24)).toBe(
      'M0.0 22.0L10.0 2.0M30.0 12.0h0',
    )
    expect(sparkPath(Float64Array.of(none), 30, 24)).toBe('')
  })
})

describe('labels of times', () => {
  it('are whole and apart: one that would be cut at the end, or touch another, is left out', () => {
    const labels = ['17:00:00\n21 Nov', '17:00:30', '17:01:00', '17:01:30']
    expect(fittingLabels([0, 96, 192, 288], labels, 320)).toEqual(labels)
    expect(fittingLabels([0, 96, 192, 288], labels, 300).at(-1)).toBe('')
    expect(fittingLabels([0, 40, 80, 120], labels, 200)).toEqual([labels[0], '', labels[2], ''])
  })
})
