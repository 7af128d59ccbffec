import { describe, expect, it } from 'vitest'
import { parse } from './parse.ts'
import { toJson, type JsonValue } from './to-json.ts'

function json(query: string): JsonValue {
  const read = parse(query, { durationExpressions: true, fillModifiers: true })
  if (!read.ok) throw new Error(`${query}: ${read.faults[0]?.message}`)
  return toJson(read.expr)
}

const SELECTOR = {
  type: 'vectorSelector',
  name: 'a',
  matchers: [{ type: '=', name: '__name__', value: 'a' }],
  offset: 0,
  offsetExpr: null,
  timestamp: null,
  startOrEnd: null,
  anchored: false,
  smoothed: false,
}

describe('the JSON tree of parse_query', () => {
  it('of literals and signs', () => {
    expect(json('1.5')).toEqual({ type: 'numberLiteral', val: '1.5' })
    expect(json('-Inf')).toEqual({ type: 'numberLiteral', val: '-Inf' })
    expect(json("'x'")).toEqual({ type: 'stringLiteral', val: 'x' })
    expect(json('-(a)')).toEqual({
      type: 'unaryExpr',
      op: '-',
      expr: { type: 'parenExpr', expr: SELECTOR },
    })
  })

  it('of selectors', () => {
    expect(json('a')).toEqual(SELECTOR)
    expect(json('{"a"} offset 1m @ 10')).toEqual({
      ...SELECTOR,
      name: '',
      offset: 60_000,
      timestamp: 10_000,
    })
    expect(json('a[5m] @ end()')).toEqual({
      ...SELECTOR,
      type: 'matrixSelector',
      range: 300_000,
      rangeExpr: null,
      startOrEnd: 'end',
    })
    expect(json('a[1h:] offset -1m')).toEqual({
      type: 'subquery',
      expr: SELECTOR,
      range: 3_600_000,
      rangeExpr: null,
      step: 0,
      stepExpr: null,
      offset: -60_000,
      offsetExpr: null,
      timestamp: null,
      startOrEnd: null,
    })
  })

  it('of operations', () => {
    expect(json('a > bool on (x) group_left (y) a')).toEqual({
      type: 'binaryExpr',
      op: '>',
      lhs: SELECTOR,
      rhs: SELECTOR,
      matching: {
        card: 'many-to-one',
        labels: ['x'],
        on: true,
        include: ['y'],
        fillValues: { lhs: null, rhs: null },
      },
      bool: true,
    })
    expect(json('a + fill_left(0) a')).toMatchObject({
      matching: { card: 'one-to-one', fillValues: { lhs: 0, rhs: null } },
    })
    expect(json('1 + 1')).toMatchObject({ matching: null, bool: false })
    expect(json('topk without (x) (2, a)')).toEqual({
      type: 'aggregation',
      op: 'topk',
      expr: SELECTOR,
      param: { type: 'numberLiteral', val: '2' },
      grouping: ['x'],
      without: true,
    })
    expect(json('round(a)')).toEqual({
      type: 'call',
      func: { name: 'round', argTypes: ['vector', 'scalar'], variadic: 1, returnType: 'vector' },
      args: [SELECTOR],
    })
  })

  it('of duration expressions', () => {
    expect(json('a offset (5m + step())')).toMatchObject({
      offset: 0,
      offsetExpr: {
        type: 'durationExpr',
        op: '+',
        lhs: { type: 'numberLiteral', val: '300', duration: true },
        rhs: { type: 'durationExpr', op: 'step', lhs: null, rhs: null, wrapped: false },
        wrapped: true,
      },
    })
  })
})
