import { describe, expect, it } from 'vitest'
import { compileFinder } from './find-regex.ts'
import { RegexError } from './regex.ts'

describe('compileFinder', () => {
  it('finds the first match, or every one with the flag g', () => {
    const texts = (flags: string) => compileFinder('[a-z]+', flags).find('ab, CD, ef')
    expect(texts('').map((one) => one.groups[0])).toEqual(['ab'])
    expect(texts('g').map((one) => one.groups[0])).toEqual(['ab', 'ef'])
    expect(texts('gi').map((one) => one.groups[0])).toEqual(['ab', 'CD', 'ef'])
  })

  it('names its groups as JavaScript writes them', () => {
    const [found] = compileFinder('(?<text>\\w+)=(?<value>\\d+)?', '').find('x: a=1')
    expect(found?.named).toEqual({ text: 'a', value: '1' })
  })

  it('ends at an empty match', () => {
    expect(compileFinder('x*', 'g').find('abc')).toHaveLength(1)
  })

  it('refuses what RE2 does not know', () => {
    expect(() => compileFinder('^(?!a).*', '')).toThrow(RegexError)
  })
})
