import { describe, expect, it } from 'vitest'
import { compilePattern } from './pattern.ts'

describe('patterns of dashboards', () => {
  it.each([
    ['/^lo/', 'low', true],
    ['lo', 'yellow', true],
    ['/LO/i', 'yellow', true],
    ['/LO/', 'yellow', false],
    ['/^(?!lo).*$/', 'low', false],
    ['/^(?!lo).*$/', 'high', true],
    ['a/b', 'xa/bx', true],
  ])('%s on %s: %s', (pattern, text, fits) => {
    expect(compilePattern(pattern)?.test(text)).toBe(fits)
  })

  it.each([
    ['(.*) total', 'CPU total', '$1', 'CPU'],
    ['/o/', 'foo', '0', 'f0o'],
    ['/o/g', 'foo', '0', 'f00'],
    ['/(?<first>\\w+) (\\w+)/', 'a b', '$2 $<first> $& $$ $9', 'b a a b $ $9'],
    ['/x/', 'foo', 'y', 'foo'],
  ])('%s on %s, replaced by %s: %s', (pattern, text, by, expected) => {
    expect(compilePattern(pattern)?.replace(text, by)).toBe(expected)
  })

  it('says nothing of what cannot run in linear time', () => {
    expect(compilePattern('/(a)\\1/')).toBeUndefined()
  })

  it('is not held up by nested repetitions', () => {
    expect(compilePattern('/^(a+)+$/')?.test(`${'a'.repeat(50_000)}!`)).toBe(false)
  })
})
