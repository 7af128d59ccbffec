import { describe, expect, it } from 'vitest'
import { checkAnchored, compileAnchored, compileSearch, RegexError } from './regex.ts'

describe('anchored RE2 patterns', () => {
  it.each([
    ['a|b', ['a', 'b'], ['ab', 'c', '']],
    ['(a|b)', ['a', 'b'], ['ab']],
    ['foo\\.bar', ['foo.bar'], ['fooxbar']],
    ['api.*', ['api', 'api-1', 'api\n2'], ['xapi']],
    ['api.+', ['api1'], ['api']],
    ['.*', ['', 'x\ny'], []],
    ['.+', ['x'], ['']],
    ['', [''], ['x']],
    ['(?i)ab', ['AB', 'ab'], ['abc']],
    ['\\d{2,3}', ['12', '123'], ['1', '1234']],
    ['a||b', ['a', '', 'b'], ['c']],
  ])('%s', (pattern, accepted, refused) => {
    const regex = compileAnchored(pattern)
    for (const text of accepted) expect(regex.test(text), text).toBe(true)
    for (const text of refused) expect(regex.test(text), text).toBe(false)
  })

  it.each(['a)(b', '(', '[z-a]', '\\C+\\', 'a(?=b)', '(a)\\1'])('refuses %s', (pattern) => {
    expect(() => compileAnchored(pattern)).toThrow(RegexError)
    expect(() => checkAnchored(pattern)).toThrow(RegexError)
    expect(() => checkAnchored(pattern)).toThrow(RegexError)
  })

  it('tell the reason without the group that is put around them', () => {
    expect(() => compileAnchored('(')).toThrow('missing closing ): `(`')
    expect(() => compileAnchored('a)(b')).toThrow('unexpected ): `a)(b`')
  })

  it('may be checked often', () => {
    for (const pattern of ['x[0-9]+', 'x[0-9]+', 'a'.repeat(1000)])
      expect(() => checkAnchored(pattern)).not.toThrow()
  })

  it('of literals keep a NUL and what comes behind it', () => {
    expect(compileAnchored('a\0+').test('a\0\0')).toBe(true)
    expect(() => compileAnchored('a\0(')).toThrow(RegexError)
  })

  it('takes linear time where a backtracking engine would not', () => {
    const regex = compileAnchored('(a+)+b')
    expect(regex.test('a'.repeat(5000))).toBe(false)
  })

  it.each([
    ['(.*):(\\d+)', 'host:80', '$1-$2', 'host-80'],
    ['(?P<h>.*):.*', 'host:80', '${h}x', 'hostx'],
    ['(.*)', 'v', '$1x', ''],
    ['(.*)', 'v', '${1}x', 'vx'],
    ['(.*)', 'v', '$$1', '$1'],
    ['a', 'b', 'x', undefined],
    ['a|(b)|c', 'b', '$1', 'b'],
    ['(a|b)', 'b', '<$1>', '<b>'],
    ['ab.*', 'abc', '<$0>', '<abc>'],
    ['.+', 'abc', '<$0>', '<abc>'],
  ])('expands %s against %s with %s', (pattern, text, replacement, result) => {
    expect(compileAnchored(pattern).expand(text, replacement)).toBe(result)
  })
})

describe('patterns that match anywhere', () => {
  it.each([
    ['a*', 'x', 'baaac', 'xbxcx'],
    ['', '-', 'abc', '-a-b-c-'],
    ['b*', '$0.', 'aé😀b', '.a.é.😀b.'],
    ['(.*):(.*)', '$2-$1', 'host:80', '80-host'],
    ['(?P<n>b+)', '<${n}>$$', 'abbb', 'a<bbb>$'],
    ['^a', 'x', 'aaa', 'xaa'],
    ['(a)', '$1x', 'a', ''],
  ])('%s with %s in %s', (pattern, replacement, text, expected) => {
    expect(compileSearch(pattern).replaceAll(text, replacement, 100)).toBe(expected)
  })

  it('stops at a result that is too long, and refuses a pattern that does not compile', () => {
    expect(() => compileSearch('').replaceAll('aaaa', 'bbbb', 10)).toThrow(RangeError)
    expect(() => compileSearch('(')).toThrow('missing closing ): `(`')
    expect(compileSearch('b').test('abc')).toBe(true)
  })
})
