import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import {
  formatG,
  formatGPrecision,
  formatLabelSet,
  formatOpenMetricsFloat,
  parseGoFloat,
} from './go-format.ts'

describe('numbers in the notation of Go', () => {
  it.each([
    [0, '0'],
    [1.5, '1.5'],
    [100_000, '100000'],
    [1_000_000, '1e+06'],
    [1234567.5, '1.2345675e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e100, '1e+100'],
    [-Infinity, '-Inf'],
    [NaN, 'NaN'],
  ])('%%g of %d is %s', (value, text) => {
    expect(formatG(value)).toBe(text)
  })

  it.each([
    [2, '2'],
    [10, '10'],
    [100, '1e+02'],
    [123, '1.2e+02'],
    [0.12345, '0.12'],
    [0.00001234, '1.2e-05'],
    [99.9, '1e+02'],
  ])('%%.2g of %d is %s', (value, text) => {
    expect(formatGPrecision(value, 2)).toBe(text)
  })

  it.each([
    [1, '1.0'],
    [0.5, '0.5'],
    [1e6, '1e+06'],
    [Infinity, '+Inf'],
    [NaN, 'NaN'],
  ])('OpenMetrics writes %d as %s', (value, text) => {
    expect(formatOpenMetricsFloat(value)).toBe(text)
  })

  it.each([
    ['1', 1],
    ['+Inf', Infinity],
    ['-infinity', -Infinity],
    ['nan', NaN],
    ['.5e1', 5],
    ['0x1p-2', 0.25],
    ['-0x1.8p1', -3],
    ['', undefined],
    ['1 ', undefined],
    ['0x10', undefined],
    ['abc', undefined],
  ])('%s is read as %d', (text, value) => {
    expect(parseGoFloat(text)).toEqual(value)
  })

  it('shows label sets with the name inside', () => {
    const labels = Labels.from({ __name__: 'up', job: 'a"b', 'x.y': 'z' })
    expect(formatLabelSet(labels)).toBe('{__name__="up", job="a\\"b", "x.y"="z"}')
  })
})
