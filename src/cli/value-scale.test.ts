import { describe, expect, it } from 'vitest'
import { chooseScale, formatValue } from './value-scale.ts'

describe('the axis of values', () => {
  it.each([
    [[0, 1], 8, ['1.0', '0.5', '0']],
    [[0, 1], 6, ['1', '0']],
    [[3, 97], 20, ['80', '60', '40', '20', '0']],
    [[95, 99], 12, ['98', '96']],
    [[-3, 3], 12, ['2', '0', '-2']],
    [[0, 0.0004], 8, ['0.0004', '0.0002', '0']],
    [[1.2e9, 1.3e9], 8, ['1.30G', '1.25G', '1.20G']],
    [[0, 2_500], 12, ['2k', '1k', '0']],
    [[0, 5e-9], 8, ['5e-9', '2.5e-9', '0']],
    [[0, 3e18], 8, ['2e+18', '0']],
    [[-8, -5], 8, ['-6', '-8']],
    [[-8, -1], 8, ['0', '-5']],
  ])('of %j in %i rows is %j', (values, rows, texts) => {
    const scale = chooseScale([Float64Array.from(values)], rows)
    expect(scale.ticks.map(({ text }) => text)).toEqual(texts)
  })

  it.each([
    [[]],
    [[Number.NaN]],
    [[Number.POSITIVE_INFINITY]],
    [[0, 0]],
    [[7, 7]],
    [[1e-310]],
    [[-1e308, 1e308]],
  ])('exists for %j', (values) => {
    const { low, high, ticks } = chooseScale([Float64Array.from(values)], 6)
    expect(high).toBeGreaterThan(low)
    expect(Number.isFinite(high - low)).toBe(true)
    expect(ticks.length).toBeGreaterThan(1)
    expect(ticks.length).toBeLessThan(10)
  })
})

describe('a value in short', () => {
  it.each([
    [0, '0'],
    [0.25, '0.25'],
    [1234, '1.234k'],
    [999.99, '1k'],
    [5_600_000, '5.6M'],
    [-2e9, '-2G'],
    [123_456, '123.5k'],
    [0.00001, '1e-5'],
    [1.5e20, '1.5e+20'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%f is %s', (value, text) => expect(formatValue(value)).toBe(text))
})
