import { describe, expect, it } from 'vitest'
import { compileSearch } from '../../model/regex.ts'
import { requiredLiterals } from './regex-literals.ts'

describe('what a pattern requires', () => {
  it.each<[string, (readonly string[])[]]>([
    ['error', [['error']]],
    ['foo.*bar', [['foo'], ['bar']]],
    ['foo|bar', [['foo', 'bar']]],
    ['foo|b', []],
    ['(foo|bar)baz', [['baz']]],
    ['colou?r', [['colo']]],
    ['ab+cd', [['ab'], ['cd']]],
    ['ab{0,2}cd', [['cd']]],
    ['status=5\\d\\d', [['status=5']]],
    ['a\\.b\\|c', [['a.b|c']]],
    ['[a-z]+error[]x]done', [['error'], ['done']]],
    ['[[:alpha:]]xyz', [['xyz']]],
    ['^start end$', [['start end']]],
    ['\\bword\\b', [['word']]],
    ['x\\x{41}yz\\pNabc\\p{Greek}def', [['yz'], ['abc'], ['def']]],
    ['', []],
    ['.*', []],
    ['\\Qa.b\\E', []],
    ['a(?i)bcd', []],
    ['(?U)abc', []],
  ])('%s', (pattern, anyOf) => {
    expect(requiredLiterals(pattern)).toEqual({ anyOf, ignoresCase: false })
  })

  it('is told for both cases', () => {
    expect(requiredLiterals('(?i)error')).toEqual({ anyOf: [['error']], ignoresCase: true })
    expect(requiredLiterals('(?is)a.bc')).toEqual({ anyOf: [['bc']], ignoresCase: true })
  })

  it('never claims what a text that fits does not hold', () => {
    const pieces = ['a', 'bc', '.', '.*', 'd?', 'e+', '(f|gh)', '[ij]', 'k{2}', '\\d', '\\.', '|']
    const texts = ['', 'a', 'bc', 'abc.', 'ee', 'fgh', 'i7', 'kk', 'abcdeefghij', '1.2', 'aXbc']
    let seed = 7
    const next = (below: number): number => {
      seed = (seed * 48271) % 2147483647
      return seed % below
    }
    let fitting = 0
    for (let round = 0; round < 3000; round++) {
      const pattern = Array.from({ length: 1 + next(5) }, () => pieces[next(pieces.length)]).join(
        '',
      )
      const { anyOf } = requiredLiterals(pattern)
      const regex = compileSearch(pattern)
      const text = Array.from({ length: 1 + next(4) }, () => texts[next(texts.length)]).join('')
      if (!regex.test(text)) continue
      fitting++
      for (const list of anyOf) {
        expect([pattern, text, list.some((literal) => text.includes(literal))]).toEqual([
          ...[pattern, text],
          true,
        ])
      }
    }
    expect(fitting).toBeGreaterThan(300)
  })
})
