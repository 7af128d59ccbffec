import { describe, expect, it } from 'vitest'
import {
  kindOf,
  linesOf,
  printSelector,
  readMatchers,
  readWords,
  withField,
  withLineFilter,
  withMatchers,
} from './edit-query.ts'
import type { FieldKind } from './line-fields.ts'

const field = (kind: FieldKind, name: string, value: string) => ({ kind, name, value })

describe('a query', () => {
  it('asks for lines or for numbers', () => {
    expect(kindOf('{a="b"} |= "x"')).toBe('lines')
    expect(kindOf('sum(rate({a="b"}[1m]))')).toBe('numbers')
    expect(kindOf('{a=')).toBe(undefined)
    expect(linesOf('sum(rate({a="b"} | json [1m]))')).toBe('{a="b"} | json')
  })

  it('is taken apart and put together by its parts', () => {
    const query = '{app="web", env!="dev"} |= "x" | json'
    expect(readMatchers(query)).toEqual([
      { name: 'app', op: '=', value: 'web' },
      { name: 'env', op: '!=', value: 'dev' },
    ])
    expect(withMatchers(query, [{ name: 'app', op: '=~', value: 'a|b' }])).toBe(
      '{app=~"a|b"} |= "x" | json',
    )
    expect(withMatchers('', [{ name: 'a', op: '=', value: '"\n' }])).toBe('{a="\\"\\n"}')
    expect(printSelector([])).toBe('{}')
    expect(readWords('{a="b"} |= "x" or "y" != "z" |= ip("::1")')).toEqual(['x', 'y'])
  })
})

describe('to filter', () => {
  it.each([
    ['{a="b"}', field('label', 'pod', 'x'), false, '{a="b", pod="x"}'],
    ['{a="b"} |= "l"', field('label', 'a', 'b'), true, '{a=~".+", a!="b"} |= "l"'],
    ['{a="b"}', field('label', 'a', 'c'), false, '{a="c"}'],
    ['{a="b", pod=~"x.*"}', field('label', 'pod', 'x1'), true, '{a="b", pod=~"x.*", pod!="x1"}'],
    ['{a="b"}', field('metadata', 'trace', 'T'), false, '{a="b"} | trace="T"'],
    ['{a="b"} |= "x"', field('json', 'n', '1'), false, '{a="b"} |= "x" | json | n="1"'],
    ['{a="b"} | json', field('json', 'n', 'a"b'), true, '{a="b"} | json | n!=`a"b`'],
    ['{a="b"}', field('logfmt', 'n', '`'), false, '{a="b"} | logfmt | n="`"'],
    ['sum(rate({a="b"}[1m]))', field('parsed', 'n', '1'), true, 'sum(rate({a="b"} | n!="1"[1m]))'],
    ['{a=', field('parsed', 'n', '1'), true, '{a='],
  ])('%s by %o (out: %s)', (query, by, isOut, expected) => {
    expect(withField(query, by, isOut)).toBe(expected)
    expect(kindOf(expected)).toBe(kindOf(query))
  })

  it('by a text puts it where it is cheap', () => {
    expect(withLineFilter('{a="b"} |= "x" | json', '!=', 'y')).toBe('{a="b"} |= "x" != "y" | json')
    expect(withLineFilter('{a="b"}', '|>', '<_> "q" <_>')).toBe('{a="b"} |> `<_> "q" <_>`')
  })
})
