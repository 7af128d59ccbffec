import { describe, expect, it } from 'vitest'
import { parseCount, parseNumber, splitFields, splitLines, toNumber } from './fields.ts'

describe('fields', () => {
  it.each([
    ['a b', ['a', 'b']],
    ['  a\t\tb  \n', ['a', 'b']],
    ['', []],
    ['   ', []],
    ['one', ['one']],
  ])('splits %j', (line, fields) => expect(splitFields(line)).toEqual(fields))

  it('splits lines without an empty last one', () => {
    expect(splitLines('a\nb\n')).toEqual(['a', 'b'])
    expect(splitLines('a\n\nb')).toEqual(['a', '', 'b'])
    expect(splitLines('')).toEqual([])
  })

  it.each([
    ['0', 0],
    ['18446744073709551615', 18446744073709552000],
  ])('reads %s as a count', (text, value) => expect(parseCount(text, 'here')).toBe(value))

  it.each(['', '-1', '1.5', '1e3', 'x', '0x10', undefined])('refuses %j as a count', (text) => {
    expect(() => parseCount(text, '/proc/x: field')).toThrow('/proc/x: field')
  })

  it.each([
    ['1.5', 1.5],
    ['-1', -1],
    ['+.5', 0.5],
    ['1e3', 1000],
  ])('reads %s as a number', (text, value) => expect(parseNumber(text, 'here')).toBe(value))

  it.each(['', ' ', 'abc', '0x10', '1 2', '1 ', '-', 'Infinity', undefined])(
    'refuses %j as a number',
    (text) => {
      expect(toNumber(text)).toBeUndefined()
      expect(() => parseNumber(text, 'here')).toThrow('here')
    },
  )
})
