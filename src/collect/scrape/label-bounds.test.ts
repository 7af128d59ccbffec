import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { faultOfBounds } from './label-bounds.ts'

const NONE = { maxCount: 0, maxNameLength: 0, maxValueLength: 0 }
const series = Labels.from({ __name__: 'requests_total', code: '200', größe: 'ä' })

describe('bounds of labels', () => {
  it('are none when they are 0', () => {
    expect(faultOfBounds(series, NONE)).toBeUndefined()
  })

  it('hold at the limit itself, the metric name counting as a label', () => {
    const bounds = { maxCount: 3, maxNameLength: 8, maxValueLength: 14 }
    expect(faultOfBounds(series, bounds)).toBeUndefined()
  })

  it.each([
    [
      { ...NONE, maxCount: 2 },
      'label_limit exceeded (metric: requests_total, number of labels: 3, limit: 2)',
    ],
    [
      { ...NONE, maxNameLength: 7 },
      'label_name_length_limit exceeded (metric: requests_total, label name: __name__, length: 8, limit: 7)',
    ],
    [
      { ...NONE, maxValueLength: 13 },
      'label_value_length_limit exceeded (metric: requests_total, label name: __name__, value: "requests_total", length: 14, limit: 13)',
    ],
  ])('%j', (bounds, message) => {
    expect(faultOfBounds(series, bounds)).toBe(message)
  })

  it('count bytes of UTF-8', () => {
    const labels = Labels.from({ __name__: 'm', a: 'ää' })
    expect(faultOfBounds(labels, { ...NONE, maxValueLength: 3 })).toContain('length: 4, limit: 3')
  })

  it('are named with the first 50 characters of what breaks them', () => {
    const long = '🦩'.repeat(60)
    const fault = faultOfBounds(Labels.from({ __name__: 'm', a: long }), {
      ...NONE,
      maxValueLength: 50,
    })
    expect(fault).toContain(`value: "${'🦩'.repeat(50)}", length: 240`)
  })
})
