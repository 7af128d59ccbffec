import { describe, expect, it } from 'vitest'
import { displayWidth, padRight, printable, truncate } from './printable.ts'

describe('text of others on a terminal', () => {
  it.each([
    ['plain {a="b"}', 'plain {a="b"}'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['\u009b2J', '\\u009b2J'],
    ['two\nlines\tand\r', 'two\\nlines\\tand\\u000d'],
    ['right\u202eleft', 'right\\u202eleft'],
    ['half \ud800', 'half \ufffd'],
    ['Zürich 東京', 'Zürich 東京'],
  ])('%j is shown as %j', (text, shown) => expect(printable(text)).toBe(shown))

  it.each([
    ['abc', 3],
    ['東京', 4],
    ['e\u0301', 1],
    ['🚀', 2],
    ['', 0],
  ])('%j is %i columns wide', (text, width) => expect(displayWidth(text)).toBe(width))

  it('is cut to a width, never through a wide character', () => {
    expect(truncate('abcdef', 6)).toBe('abcdef')
    expect(truncate('abcdef', 4)).toBe('abc…')
    expect(truncate('東京都', 4)).toBe('東…')
    expect(padRight('東', 4)).toBe('東  ')
  })
})
