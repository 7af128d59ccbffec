import { describe, expect, it } from 'vitest'
import {
  parseDurationSeconds,
  parseNumber,
  roundAwayFromZero,
  secondsToMs,
} from './number-literal.ts'

describe('numbers', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['5.', 5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['0x1F', 31],
    ['0x_1F', 31],
    ['0755', 493],
    ['0999', 999],
    ['0755.0', 755],
    ['00', 0],
    ['1_000', 1000],
    ['1_23.50_0_0e+1_2', 1.235e14],
    ['Inf', Infinity],
    ['NAN', NaN],
    ['9223372036854775808', 2 ** 63],
    ['1e-400', 0],
  ])('%s is %d', (text, value) => {
    expect(parseNumber(text)).toEqual({ value })
  })

  it.each([
    ['1_.5', 'invalid syntax'],
    ['1__0', 'invalid syntax'],
    ['0x', 'invalid syntax'],
    ['0x1e+5', 'invalid syntax'],
    ['0xFFFFFFFFFFFFFFFF', 'invalid syntax'],
    ['1e999', 'value out of range'],
  ])('%s is refused', (text, reason) => {
    const message = `error parsing number: strconv.ParseFloat: parsing "${text}": ${reason}`
    expect(parseNumber(text).fault).toBe(message)
  })

  it('takes a long row of digits without a pause', () => {
    expect(parseNumber(`0x${'a'.repeat(5000)}_`).fault).toContain('invalid syntax')
  })
})

describe('durations', () => {
  it.each([
    ['5m', 300],
    ['1h30m', 5400],
    ['4s180ms', 4.18],
    ['1y2w3d4h5m6s7ms', 33019506.007],
    ['0m', 0],
  ])('%s is %d seconds', (text, value) => {
    expect(parseDurationSeconds(text)).toEqual({ value })
  })

  it.each([
    ['5m1h', 'not a valid duration string: "5m1h"'],
    ['5m1m', 'not a valid duration string: "5m1m"'],
    ['5y1hs', 'unknown unit "hs" in duration "5y1hs"'],
    ['1.5m', 'unknown unit "." in duration "1.5m"'],
    ['300y', 'duration out of range'],
  ])('%s is refused', (text, fault) => {
    expect(parseDurationSeconds(text).fault).toBe(fault)
  })

  it('go to whole milliseconds by way of nanoseconds', () => {
    expect(secondsToMs(4.018)).toBe(4018)
    expect(secondsToMs(-0.0009)).toBe(0)
    expect(secondsToMs(1.0019)).toBe(1001)
    expect(roundAwayFromZero(-2.5)).toBe(-3)
    expect(roundAwayFromZero(2.5)).toBe(3)
  })
})
