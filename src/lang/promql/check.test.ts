import { describe, expect, it } from 'vitest'
import { check, typeOf } from './check.ts'
import { formatFault } from './fault.ts'
import { parse } from './parse.ts'

const OPTIONS = { experimentalFunctions: true, fillModifiers: true }

function faults(query: string): string[] {
  const read = parse(query, OPTIONS)
  if (read.ok) return []
  return read.faults.map((fault) => formatFault(query, fault).replace('parse error: ', ''))
}

describe('types', () => {
  it.each([
    ['1 + 2', 'scalar'],
    ['1 + a', 'vector'],
    ['-(1)', 'scalar'],
    ['"x"', 'string'],
    ['a[5m]', 'matrix'],
    ['a[5m:]', 'matrix'],
    ['sum(a)', 'vector'],
    ['time()', 'scalar'],
    ['rate(a[5m])', 'vector'],
  ])('of %s', (query, type) => {
    const read = parse(query)
    expect(read.ok && typeOf(read.expr)).toBe(type)
  })
})

describe('what is refused', () => {
  it.each([
    ['1 == 1', '1:3: comparisons between scalars must use BOOL modifier'],
    ['a + bool b', '1:3: bool modifier can only be used on comparison operators'],
    ['1 and a', '1:1: set operator "and" not allowed in binary scalar expression'],
    ['a + "x"', '1:5: binary expression must contain only scalar and instant vector types'],
    ['a[5m] + 1', '1:1: binary expression must contain only scalar and instant vector types'],
    ['a + on(x) 1', '1:1: vector matching only allowed between instant vectors'],
    ['a + fill(1) 1', '1:1: filling in missing series only allowed between instant vectors'],
    ['a and fill(1) b', '1:1: filling in missing series not allowed for set operators'],
    ['a + on(x) group_left(x) b', '1:3: label "x" must not occur in ON and GROUP clause at once'],
    [
      '-"x"',
      '1:1: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    ],
    ['a[5m][5m:]', '1:1: subquery is only allowed on instant vector, got matrix instead'],
    ['sum(1)', '1:5: expected type instant vector in aggregation expression, got scalar'],
    ['topk(a, b)', '1:6: expected type scalar in aggregation parameter, got instant vector'],
    ['count_values(1, b)', '1:14: expected type string in aggregation parameter, got scalar'],
    ['rate(a)', '1:6: expected type range vector in call to function "rate", got instant vector'],
    ['abs()', '1:1: expected 1 argument(s) in call to "abs", got 0'],
    ['label_join(a)', '1:1: expected at least 3 argument(s) in call to "label_join", got 1'],
    ['round(a, 1, 2)', '1:1: expected at most 2 argument(s) in call to "round", got 3'],
    [
      'label_join(a, "b", "c", "d", 1)',
      '1:30: expected type string in call to function "label_join", got scalar',
    ],
    ['{x!="y"}', '1:1: vector selector must contain at least one non-empty matcher'],
    ['{x=~"y|"}', '1:1: vector selector must contain at least one non-empty matcher'],
    ['a{__name__="b"}', '1:1: metric name must not be set twice: "a" or "b"'],
    ['sum(a{__name__!="b"})', '1:5: metric name must not be set twice: "a" or "b"'],
    ['info(a, b)', '1:9: expected label selectors only, got vector selector instead'],
    ['info(a, 1)', '1:1: expected type instant vector in call to function "info", got scalar'],
    ['info(a, sum(b))', '1:9: expected label selectors only'],
  ])('%s', (query, expected) => {
    expect(faults(query)[0]).toBe(expected)
  })

  it('names all faults of meaning', () => {
    expect(faults('a and on(x) group_left(y) b')).toEqual([
      '1:1: no grouping allowed for "and" operation',
      '1:1: set operations must always be many-to-many',
    ])
    expect(faults('rate(a) + sum("x")')).toHaveLength(2)
  })
})

describe('what is accepted', () => {
  it.each([
    '1 == bool 1',
    'a == 1',
    '{"a", __name__="b"}',
    '{__name__=~"a.*", __name__!="ab"}',
    'info(a, {})',
    'hour()',
    'round(a)',
    'label_join(a, "b", "c")',
    'label_join(a, "b", "c", "d", "e", "f")',
    'a + on() b',
    'scalar(a) > bool 1',
  ])('%s', (query) => {
    expect(faults(query)).toEqual([])
  })
})

it('refuses a call of a function that it does not know', () => {
  const span = { start: 0, end: 1 }
  const faultsOfCall = check({ kind: 'call', func: 'f', nameSpan: span, args: [], ...span })
  expect(faultsOfCall).toEqual([{ ...span, message: 'unknown function with name "f"' }])
})
