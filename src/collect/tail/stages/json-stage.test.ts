import { describe, expect, it } from 'vitest'
import { extractedOf, openStages, process } from './testing/pipeline-kit.ts'

describe('json', () => {
  it('extracts by JMESPath; a name without an expression is its own', () => {
    const stage = `
- json:
    expressions:
      level:
      code: http.status
      first: 'tags[0]'
      http:
      odd: '"odd.key"'
      absent: nowhere`
    const line = '{"level":"warn","http":{"status":503,"b":"<&>"},"tags":["x"],"odd.key":true}'
    expect(extractedOf(process(stage, line))).toEqual({
      level: 'warn',
      code: 503,
      first: 'x',
      // As Go writes JSON.
      http: '{"b":"\\u003c\\u0026\\u003e","status":503}',
      odd: true,
      absent: null,
    })
  })

  it('reads an extracted value instead of the line', () => {
    const stage = `
- json: {expressions: {inner: ''}}
- json: {expressions: {user: ''}, source: inner}`
    const line = JSON.stringify({ inner: JSON.stringify({ user: 'ann' }) })
    expect(extractedOf(process(stage, line))['user']).toBe('ann')
  })

  it.each(['', 'text', '[1]', '"a"', '{"a":', '{"a":1}x'])(
    'leaves %j, and with drop_malformed lets it fall',
    (line) => {
      const stage = '- json: {expressions: {a: ""}}'
      expect(extractedOf(process(stage, line))).toEqual({})
      const kit = openStages('- json: {expressions: {a: ""}, drop_malformed: true}')
      kit.push(line)
      expect(kit.out).toEqual([])
      const dropped = kit.metric('logentry_dropped_lines_total', { reason: 'malformed_json' })
      expect(dropped).toBe(1)
    },
  )

  it('does not take what objects inherit for values', () => {
    const stage = '- json: {expressions: {a: constructor, b: __proto__, c: toString}}'
    expect(extractedOf(process(stage, '{}'))).toEqual({ a: null, b: null, c: null })
  })

  it('writes numbers without an exponent when they become text', () => {
    const stage = '- json: {expressions: {a: "", b: "", c: ""}}\n- labels: {a: "", b: "", c: ""}'
    const entry = process(stage, '{"a":1e21,"b":-2.5e-7,"c":10.50}')
    expect(entry?.labels.toObject()).toEqual({
      a: '1000000000000000000000',
      b: '-0.00000025',
      c: '10.5',
    })
  })

  it('keeps a value as it was when a function is given what it does not take', () => {
    const stage = '- json: {expressions: {a: abs(b)}}'
    expect(extractedOf(process(stage, '{"b":"x"}', { a: 'label' }))).toEqual({ a: 'label' })
  })
})
