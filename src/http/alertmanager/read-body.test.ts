import { describe, expect, it } from 'vitest'
import { messageOf } from '../../model/problem.ts'
import { BodyFault, BodyPart } from './read-body.ts'

function parse(text: string): BodyPart {
  return BodyPart.parse(Buffer.from(text), 'alerts')
}

function fault(read: () => unknown): string {
  try {
    read()
  } catch (thrown) {
    if (thrown instanceof BodyFault) return `${thrown.status} ${thrown.message}`
    return `not a fault of the body: ${messageOf(thrown)}`
  }
  return 'none'
}

describe('a hostile body', () => {
  it('with very many names is read in a moment', () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `"n${i}":"v"`)
    expect(Object.keys(parse(`{${names.join()}}`).texts()).length).toBe(200_000)
  })

  it('that is very deep is refused where something else belongs, without its content', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    expect(fault(() => parse(deep).texts())).toBe(
      '422 alerts in body must be of type object: an array',
    )
    expect(fault(() => parse(`{"labels":${deep}}`).need('labels').text())).toBe(
      '422 alerts.labels in body must be of type string: an array',
    )
    expect(fault(() => parse('{"a":{}}').need('a').list())).toMatch(/array: an object$/)
    expect(
      fault(() =>
        parse(`["${'x'.repeat(100)}"]`)
          .list()[0]
          ?.flag(),
      ),
    ).toBe(`422 alerts.0 in body must be of type boolean: "${'x'.repeat(59)}…`)
  })

  it('may use the names of prototypes', () => {
    const texts = parse('{"__proto__":"a","constructor":"b","toString":"c"}').texts()
    expect(Object.entries(texts)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ])
    expect(parse('{}').key('constructor')).toBeUndefined()
    expect(parse('{}').key('__proto__')).toBeUndefined()
    expect(fault(() => parse('{}').need('toString'))).toMatch(/^422 .* is required$/)
  })

  it('has half pairs replaced as in Go, and what separates labels here', () => {
    const texts = parse('{"a\\ud800":"\\udc00b\\uffff","c":"\\ud83d\\ude00"}').texts()
    expect(texts).toEqual({ 'a\ufffd': '\ufffdb\ufffd', c: '😀' })
  })

  it.each(['', '{', '[1,]', 'null x', '\u0000'])('%j is refused', (text) => {
    expect(fault(() => parse(text))).toMatch(/^(?:422 alerts in body is required|400 parsing)/)
  })
})
