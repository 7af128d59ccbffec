import { describe, expect, it } from 'vitest'
import { unquote } from './string-literal.ts'

describe('string literals', () => {
  it.each([
    ['"plain"', 'plain'],
    ["'single \"'", 'single "'],
    ['`raw \\n`', 'raw \\n'],
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\""', '\u0007\b\f\n\r\t\v\\"'],
    ["'\\''", "'"],
    ['"\\u263a\\U0001F600"', '☺😀'],
    ['"\\x41\\101"', 'AA'],
    ['"\\xc3\\xbc"', 'ü'],
    ['"\\xf0\\x9f\\x98\\x80!"', '😀!'],
    ['"\\xff\\377a"', '\ufffd\ufffda'],
    ['"\\xc3-\\xbc"', '\ufffd-\ufffd'],
    ['"\\xe2\\x82"', '\ufffd\ufffd'],
    ['"\\xed\\xa0\\x80"', '\ufffd\ufffd\ufffd'],
    ['"\\xc3\\u00bc"', '\ufffd¼'],
    ['"\\x5cn"', '\\n'],
  ])('%s', (token, value) => {
    expect(unquote(token)).toBe(value)
  })
})
