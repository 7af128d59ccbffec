import { describe, expect, it } from 'vitest'
import type { LineFilter, LineFilterOp, Stage } from '../../lang/logql/ast.ts'
import { needlesOf } from './needles.ts'

const span = { start: 0, end: 0 }

function filter(op: LineFilterOp, first: string, ...others: string[]): LineFilter {
  const term = (text: string) => ({ text, isIp: false })
  return { kind: 'line_filter', op, terms: [term(first), ...others.map(term)], ...span }
}

describe('the needles of a pipeline', () => {
  it('are its line filters', () => {
    expect(
      needlesOf([filter('|=', 'a', 'b'), filter('!=', 'c'), filter('|~', 'd.*ef|gh')]),
    ).toEqual([{ anyOf: ['a', 'b'] }, { anyOf: ['c'], isAbsent: true }, { anyOf: ['ef', 'gh'] }])
    expect(needlesOf([filter('|~', '(?i)abc')])).toEqual([{ anyOf: ['abc'], ignoresCase: true }])
    expect(needlesOf([filter('|>', '<_>level=error<_>x<_>')])).toEqual([{ anyOf: ['level=error'] }])
  })

  it('are none where the engine cannot decide', () => {
    const ip: LineFilter = { ...filter('|=', ''), terms: [{ text: '10.0.0.0/8', isIp: true }] }
    const undecided = [filter('!~', 'a'), filter('!>', 'a'), filter('|~', 'ab', 'cd')]
    expect(needlesOf([...undecided, filter('!=', ''), ip])).toEqual([])
  })

  it('end where lines change', () => {
    const json: Stage = { kind: 'json', extractions: [], ...span }
    const format: Stage = { kind: 'line_format', template: '', ...span }
    expect(needlesOf([json, filter('|=', 'a'), format, filter('|=', 'b')])).toEqual([
      { anyOf: ['a'] },
    ])
  })
})
