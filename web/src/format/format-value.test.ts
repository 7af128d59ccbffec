import { describe, expect, it } from 'vitest'
import { formatExact, formatValue, type Unit } from './format-value.ts'

describe('formatValue', () => {
  it.each([
    [0, 'short', '0'],
    [1234, 'short', '1.23k'],
    [999.96, 'short', '1k'],
    [-45_600_000, 'short', '-45.6M'],
    [0.1234, 'short', '0.123'],
    [0.00012, 'short', '0.00012'],
    [0.000012, 'short', '1.20e-5'],
    [1234567, 'count', '1 234 567'],
    [1536, 'bytes', '1.5 KiB'],
    [1024 ** 3 * 7.5, 'bytes', '7.5 GiB'],
    [2048, 'bytes/s', '2 KiB/s'],
    [0.4567, 'percent', '45.67 %'],
    [0.0000123, 'seconds', '12.3 µs'],
    [0.25, 'seconds', '250 ms'],
    [90, 'seconds', '90 s'],
    [5400, 'seconds', '90 min'],
    [86_400 * 15, 'seconds', '15 d'],
    [Number.NaN, 'bytes', 'NaN'],
    [-Infinity, 'short', '-Inf'],
    [12.5, 'per second', '12.5/s'],
  ] satisfies [number, Unit, string][])('%d as %s is %s', (value, unit, expected) => {
    expect(formatValue(value, unit)).toBe(expected)
  })

  it('keeps every digit where it is asked to', () => {
    expect([0.1 + 0.2, Infinity, 1e21].map(formatExact)).toEqual([
      ...['0.30000000000000004', '+Inf', '1e+21'],
    ])
  })
})
