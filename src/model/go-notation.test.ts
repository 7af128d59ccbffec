import { describe, expect, it } from 'vitest'
import {
  describeCodePoint,
  formatFixed,
  formatFloat,
  formatFloatShort,
  quoteChar,
  quoteString,
  utf8Length,
} from './go-notation.ts'

describe('quoting as Go does', () => {
  it.each([
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ["ä☺😀'", '"ä☺😀\'"'],
    ['\u0000\u007f', '"\\x00\\x7f"'],
    ['\u00a0\u200b', '"\\u00a0\\u200b"'],
    ['\u{e0001}', '"\\U000e0001"'],
    ['\ufffd\ud800', '"\\ufffd\\ufffd"'],
  ])('%j', (text, expected) => {
    expect(quoteString(text)).toBe(expected)
  })

  it('quotes single characters', () => {
    expect(quoteChar("'")).toBe("'\\''")
    expect(quoteChar('"')).toBe("'\"'")
    expect(describeCodePoint('c')).toBe("U+0063 'c'")
    expect(describeCodePoint('\n')).toBe('U+000A')
    expect(describeCodePoint('😀')).toBe("U+1F600 '😀'")
  })
})

describe('numbers as Go writes them', () => {
  it.each([
    [0, '0', '0'],
    [-0, '-0', '-0'],
    [1048576, '1048576', '1048576'],
    [0.1, '0.1', '0.1'],
    [-1.5e-7, '-0.00000015', '-1.5e-07'],
    [1.25e22, '12500000000000000000000', '1.25e+22'],
    [1e21, '1000000000000000000000', '1e+21'],
    [NaN, 'NaN', 'NaN'],
    [Infinity, '+Inf', '+Inf'],
    [-Infinity, '-Inf', '-Inf'],
  ])('%d', (value, plain, short) => {
    expect(formatFloat(value)).toBe(plain)
    expect(formatFloatShort(value)).toBe(short)
  })

  it('with a fixed number of digits', () => {
    expect(formatFixed(10, 3)).toBe('10.000')
    expect(formatFixed(1e22, 6)).toBe('10000000000000000000000.000000')
    expect(formatFixed(-Infinity, 6)).toBe('-Inf')
  })
})

it('counts UTF-8 bytes', () => {
  expect(utf8Length('aä☺😀\ud800')).toBe(1 + 2 + 3 + 4 + 3)
})
