import { describe, expect, it } from 'vitest'
import {
  formatExponent,
  formatFixed,
  formatSampleValue,
  parseGoFloat,
  parseGoInt,
} from './go-float.ts'

/** Value, FormatFloat 'f' -1, the API's form, FormatFloat 'e' -1. */
const CASES: readonly (readonly [number, string, string, string])[] = [
  [0, '0', '0', '0e+00'],
  [-0, '-0', '-0', '-0e+00'],
  [1, '1', '1', '1e+00'],
  [-1, '-1', '-1', '-1e+00'],
  [0.1, '0.1', '0.1', '1e-01'],
  [0.1 + 0.2, '0.30000000000000004', '0.30000000000000004', '3.0000000000000004e-01'],
  [123456789, '123456789', '123456789', '1.23456789e+08'],
  [1e20, '100000000000000000000', '100000000000000000000', '1e+20'],
  [1e21, '1000000000000000000000', '1e+21', '1e+21'],
  [-1e21, '-1000000000000000000000', '-1e+21', '-1e+21'],
  [1.5e22, '15000000000000000000000', '1.5e+22', '1.5e+22'],
  [
    123456789012345680000,
    '123456789012345680000',
    '123456789012345680000',
    '1.2345678901234568e+20',
  ],
  [
    999999999999999900000,
    '999999999999999900000',
    '999999999999999900000',
    '9.999999999999999e+20',
  ],
  [1e-6, '0.000001', '0.000001', '1e-06'],
  [1e-7, '0.0000001', '1e-07', '1e-07'],
  [-1.25e-9, '-0.00000000125', '-1.25e-09', '-1.25e-09'],
  [9.99999999999999e-7, '0.000000999999999999999', '9.99999999999999e-07', '9.99999999999999e-07'],
  [2 ** 53, '9007199254740992', '9007199254740992', '9.007199254740992e+15'],
  [NaN, 'NaN', 'NaN', 'NaN'],
  [Infinity, '+Inf', '+Inf', '+Inf'],
  [-Infinity, '-Inf', '-Inf', '-Inf'],
  [5e-324, `0.${'0'.repeat(323)}5`, '5e-324', '5e-324'],
  [
    Number.MAX_VALUE,
    `17976931348623157${'0'.repeat(292)}`,
    '1.7976931348623157e+308',
    '1.7976931348623157e+308',
  ],
  [
    2.2250738585072014e-308,
    `0.${'0'.repeat(307)}22250738585072014`,
    '2.2250738585072014e-308',
    '2.2250738585072014e-308',
  ],
  [1e100, `1${'0'.repeat(100)}`, '1e+100', '1e+100'],
]

describe('formats', () => {
  for (const [value, fixed, sample, exponent] of CASES) {
    it(`writes ${sample}`, () => {
      expect(formatFixed(value)).toBe(fixed)
      expect(formatSampleValue(value)).toBe(sample)
      expect(formatExponent(value)).toBe(exponent)
    })
  }

  it('reads back what it wrote, for numbers of every size', () => {
    let seed = 42
    const words = new Uint32Array(2)
    const floats = new Float64Array(words.buffer)
    for (let i = 0; i < 5000; i++) {
      for (let w = 0; w < 2; w++) words[w] = seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      const value = floats[0] ?? 0
      if (Number.isNaN(value)) continue
      expect(parseGoFloat(formatFixed(value))).toBe(value)
      expect(parseGoFloat(formatSampleValue(value))).toBe(value)
      expect(parseGoFloat(formatExponent(value))).toBe(value)
    }
  })
})

describe('parseGoFloat', () => {
  const good: readonly (readonly [string, number])[] = [
    ['1', 1],
    ['+1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['-1E-3', -0.001],
    ['inf', Infinity],
    ['+Infinity', Infinity],
    ['-INF', -Infinity],
    ['0x1p-2', 0.25],
    ['0x1.8p1', 3],
    ['-0X_1Fp0', -31],
  ]
  for (const [text, value] of good)
    it(`reads ${text}`, () => expect(parseGoFloat(text)).toBe(value))
  it('NaN', () => expect(parseGoFloat('nan')).toBeNaN())

  const bad = [
    '',
    ' 1',
    '1 ',
    '1,5',
    '0x10',
    '1e',
    'e5',
    '.',
    '--1',
    '1e999',
    '+nan',
    '1_000',
    '0x__1p0',
    'abc',
    '1m',
  ]
  for (const text of bad) it(`not ${text}`, () => expect(parseGoFloat(text)).toBeUndefined())
})

describe('parseGoInt', () => {
  it('reads signed decimal numbers', () => {
    expect(parseGoInt('10')).toBe(10)
    expect(parseGoInt('+007')).toBe(7)
    expect(parseGoInt('-3')).toBe(-3)
    expect(parseGoInt('0'.repeat(100) + '8')).toBe(8)
  })
  it('has the messages of Go', () => {
    expect(parseGoInt('1.5')).toEqual({ error: 'strconv.Atoi: parsing "1.5": invalid syntax' })
    expect(parseGoInt('')).toEqual({ error: 'strconv.Atoi: parsing "": invalid syntax' })
    expect(parseGoInt('99999999999999999999')).toEqual({
      error: 'strconv.Atoi: parsing "99999999999999999999": value out of range',
    })
  })
})
