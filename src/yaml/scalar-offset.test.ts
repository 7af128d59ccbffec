import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from './fault.ts'
import { parseYaml } from './parse.ts'

/** Where a fault at the `@` of the value is reported; the mark is part of the text. */
function placeOf(text: string): string {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'f.yml', faults })?.asMap()?.key('expr')
  const value = node?.asRawString() ?? ''
  node?.errorWithin(value.indexOf('@'), 'here')
  return faults.items.map(formatFault).join('\n')
}

describe('errorWithin', () => {
  it.each([
    ['expr: a + @\n', '1:11'],
    ['expr: "a + @"\n', '1:12'],
    ['expr: "a\\"\\u0041b @"\n', '1:19'],
    ["expr: 'it''s @'\n", '1:14'],
    ['expr: |\n  sum(\n    rate(@)\n  )\n', '3:10'],
    ['expr: >-\n  sum\n  by (x) (@)\n', '3:11'],
    ['expr: a\n  + @\n', '2:5'],
    ['expr: |-\n\n  a\n\n\n  @\n', '6:3'],
    ['x: &y a @\nexpr: *y\n', '2:7'],
    ['expr: >\n  a\n\n  @\n', '4:3'],
  ])('%j', (text, place) => {
    expect(placeOf(text)).toBe(`f.yml:${place}: expr: here`)
  })
})
