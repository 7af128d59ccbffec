import { describe, expect, it } from 'vitest'
import {
  decodeLine,
  endOfLines,
  findBreak,
  textFormOf,
  UTF8,
  withoutReturn,
  type TextForm,
} from './split-lines.ts'

function linesOf(bytes: Buffer, form: TextForm): string[] {
  const lines: string[] = []
  const end = endOfLines(bytes, 0, bytes.length, form)
  for (let start = 0; start < end;) {
    const found = findBreak(bytes, start, end, form)
    lines.push(decodeLine(bytes, start, withoutReturn(bytes, start, found, form), form))
    start = found + form.width
  }
  return lines
}

const form = (name: string): TextForm => textFormOf(name) ?? UTF8

describe('lines', () => {
  it.each([
    ['UTF-8', UTF8, Buffer.from('a\r\n\nñ\nrest')],
    ['UTF-16LE', form('UTF-16LE'), Buffer.from('a\r\n\nñ\nrest', 'utf16le')],
    ['UTF-16BE', form('utf-16be'), Buffer.from('a\r\n\nñ\nrest', 'utf16le').swap16()],
    ['ISO-8859-1', form('iso-8859-1'), Buffer.from('a\r\n\nñ\nrest', 'latin1')],
  ])('are found and decoded in %s', (_, each, bytes) => {
    expect(linesOf(bytes, each)).toEqual(['a', '', 'ñ'])
  })

  it('of UTF-16 are not broken within a character that has the byte of a line break', () => {
    // U+0A0A, U+0A41 and U+410A.
    expect(linesOf(Buffer.from('\u0a0a\u0a41\u410a\n', 'utf16le'), form('utf-16le'))).toEqual([
      '\u0a0a\u0a41\u410a',
    ])
  })

  it('that are not there end where they begin', () => {
    expect(endOfLines(Buffer.from('abc'), 0, 3, UTF8)).toBe(0)
    expect(endOfLines(Buffer.from('ab\nc\n'), 0, 4, UTF8)).toBe(3)
    expect(endOfLines(Buffer.alloc(0), 0, 0, UTF8)).toBe(0)
  })

  it('of an unknown encoding have no form', () => {
    expect(textFormOf('klingon')).toBeUndefined()
    expect(textFormOf('utf8')).toBe(UTF8)
  })
})
