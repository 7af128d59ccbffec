import { describe, expect, it } from 'vitest'
import { addDecimal, divideDecimal, multiplyDecimal, subtractDecimal } from './decimal.ts'
import { containsIp, parseIpRange } from './ip.ts'
import { parseBytes, parseGoDurationNs, parseGoFloat, parseQueryDurationNs } from './quantity.ts'

describe('durations', () => {
  it.each([
    ['0', 0],
    ['1h2m3.5s', 3_723_500_000_000],
    ['-1.5h', -5_400_000_000_000],
    ['.5ms', 500_000],
    ['10µs', 10_000],
    ['1s1s', 2_000_000_000],
  ])('%s', (text, value) => {
    expect(parseGoDurationNs(text)).toEqual({ value })
  })

  it.each([
    ['', 'time: invalid duration ""'],
    ['1', 'time: missing unit in duration "1"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['s', 'time: invalid duration "s"'],
    ['1.s.', 'time: invalid duration "1.s."'],
  ])('refuses %j', (text, fault) => {
    expect(parseGoDurationNs(text)).toEqual({ fault })
  })

  it('of queries also know days', () => {
    expect(parseQueryDurationNs('1d')).toBe(86_400_000_000_000)
    expect(parseQueryDurationNs('1x')).toBeUndefined()
  })
})

describe('sizes', () => {
  it.each([
    ['42', 42],
    ['1kB', 1000],
    ['1 KiB', 1024],
    ['1.5MB', 1_500_000],
    ['1,024B', 1024],
    ['2Gi', 2 * 1024 ** 3],
  ])('%s', (text, value) => {
    expect(parseBytes(text)).toEqual({ value })
  })

  it.each([
    ['1x', 'unhandled size name: x'],
    ['', 'strconv.ParseFloat: parsing "": invalid syntax'],
    ['99EB', 'too large: 99EB'],
  ])('refuses %j', (text, fault) => {
    expect(parseBytes(text)).toEqual({ fault })
  })
})

describe('numbers', () => {
  it.each([
    ['1.5e3', 1500],
    ['+.5', 0.5],
    ['0x1.8p3', 12],
    ['-Inf', -Infinity],
    ['nan', NaN],
  ])('%s', (text, value) => {
    expect(parseGoFloat(text)).toEqual({ value })
  })

  it.each(['0x10', '1_000', '1e', '', ' 1'])('refuses %j', (text) => {
    expect(parseGoFloat(text)).toHaveProperty('fault')
  })

  it('are added as they are written', () => {
    expect(addDecimal(0.1, 0.2)).toBe(0.3)
    expect(subtractDecimal(0.3, 0.1)).toBe(0.2)
    expect(multiplyDecimal(1.1, 3)).toBe(3.3)
    expect(divideDecimal(1, 3)).toBe(0.3333333333333333)
    expect(divideDecimal(-2, 3)).toBe(-0.6666666666666667)
    expect(addDecimal(Infinity, 1)).toBe(Infinity)
    expect(() => divideDecimal(1, 0)).toThrow('division by 0')
  })
})

describe('addresses', () => {
  it.each([
    ['10.0.0.0/8', 'from 10.9.8.7, port 80', true],
    ['10.0.0.0/8', 'version 10.9.8', false],
    ['192.168.0.1-192.168.0.9', 'x192.168.0.5x', true],
    ['192.168.0.1', '192.168.0.10', false],
    ['::1', 'at [::1]:80', true],
    ['fe80::/10', 'fe80::1234:5678', true],
    ['::ffff:1.2.3.4', 'at ::ffff:1.2.3.4', true],
    ['0.0.0.0/0', '::1', false],
  ])('%s in %j: %s', (pattern, text, isThere) => {
    const range = parseIpRange(pattern)
    expect(range && containsIp(text, range)).toBe(isThere)
  })

  it.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4/33',
    '01.2.3.4',
    '1.2.3.9-1.2.3.4',
    '1.2.3.4-::1',
    ':::',
    '::1/129',
  ])('refuses %j', (pattern) => {
    expect(parseIpRange(pattern)).toBeUndefined()
  })
})
