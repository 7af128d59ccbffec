import { describe, expect, it } from 'vitest'
import { exemplarPoints, toMatrix, toVector, writeValue } from './trace-series.ts'

const service = { key: 'resource.service.name', value: { stringValue: 'api' } }

describe('series of TraceQL', () => {
  it('become those of PromQL; a value that is left out is 0', () => {
    const samples = [{ timestampMs: '1500' }, { timestampMs: '2500', value: 0.5 }]
    expect(toMatrix([{ labels: [service], samples }])).toEqual([
      {
        metric: { 'resource.service.name': 'api' },
        values: [
          [1.5, '0'],
          [2.5, '0.5'],
        ],
      },
    ])
    expect(toVector([{ labels: [], value: 3 }], 4000)).toEqual([{ metric: {}, value: [4, '3'] }])
  })

  it('have exemplars that lead to their traces', () => {
    const labels = [{ key: 'trace:id', value: { stringValue: 'ab12' } }]
    const exemplars = [{ labels, timestampMs: '1500', value: 0.25 }]
    expect(exemplarPoints([{ labels: [service], exemplars }])).toEqual([
      {
        ...{ title: 'Exemplar', timeMs: 1500, value: 0.25 },
        labels: [
          { name: 'trace:id', value: 'ab12', isId: true },
          { name: 'resource.service.name', value: 'api', isId: false },
        ],
        links: [{ title: 'Open the trace', url: '/traces/ab12', isOwnPage: true }],
      },
    ])
  })

  it('have values of every type', () => {
    const values = [{ intValue: '7' }, { boolValue: false }]
    expect(writeValue({ arrayValue: { values } })).toBe('[7, false]')
    expect(
      writeValue({ kvlistValue: { values: [{ key: 'a', value: { doubleValue: 1.5 } }] } }),
    ).toBe('{a: 1.5}')
    expect(writeValue({})).toBe('')
  })
})
