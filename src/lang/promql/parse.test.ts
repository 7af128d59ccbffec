import { describe, expect, it } from 'vitest'
import type { Expr } from './ast.ts'
import { formatFault } from './fault.ts'
import { parse, parseSeriesSelector } from './parse.ts'
import { MAX_DEPTH, MAX_FAULTS, MAX_QUERY_LENGTH, type ParseOptions } from './parse-options.ts'
import { print } from './print.ts'

function tree(query: string, options?: ParseOptions): Expr {
  const read = parse(query, options)
  if (!read.ok) throw new Error(`${query}: ${read.faults[0]?.message}`)
  return read.expr
}

/** The faults as Prometheus would write each. */
function faults(query: string, options?: ParseOptions): string[] {
  const read = parse(query, options)
  if (read.ok) return []
  return read.faults.map((fault) => formatFault(query, fault).replace('parse error: ', ''))
}

/** The tree with every binary operation and sign in brackets. */
function grouped(expr: Expr): string {
  if (expr.kind === 'binary') return `[${grouped(expr.left)} ${expr.op} ${grouped(expr.right)}]`
  if (expr.kind === 'unary') return `[${expr.op}${grouped(expr.expr)}]`
  return print(expr)
}

describe('precedence', () => {
  it.each([
    ['-1^2', '[-[1 ^ 2]]'],
    ['-a*b', '[[-a] * b]'],
    ['2^3^4', '[2 ^ [3 ^ 4]]'],
    ['2^-3^4', '[2 ^ [-[3 ^ 4]]]'],
    ['2^-3*4', '[[2 ^ -3] * 4]'],
    ['1-2-3', '[[1 - 2] - 3]'],
    ['1+2*3/4%5', '[1 + [[[2 * 3] / 4] % 5]]'],
    ['a atan2 b * c', '[[a atan2 b] * c]'],
    ['a or b and c unless d', '[a or [[b and c] unless d]]'],
    ['a == b + c > d', '[[a == [b + c]] > d]'],
    ['-a offset 5m', '[-a offset 5m]'],
    ['a offset 5m ^ 2', '[a offset 5m ^ 2]'],
    ['--1', '1'],
    ['-foo @ 5 + 1', '[[-foo @ 5.000] + 1]'],
  ])('%s', (query, expected) => {
    expect(grouped(tree(query))).toBe(expected)
  })
})

describe('selectors', () => {
  it('keeps the name, the matchers and where they stand', () => {
    expect(tree('up{job="a", x!~"b|c"}')).toEqual({
      kind: 'vector',
      name: 'up',
      matchers: [
        { name: 'job', op: '=', value: 'a', start: 3, end: 10 },
        { name: 'x', op: '!~', value: 'b|c', start: 12, end: 20 },
        { name: '__name__', op: '=', value: 'up', start: 0, end: 2 },
      ],
      offsetMs: 0,
      start: 0,
      end: 21,
    })
  })

  it('takes quoted names inside the braces', () => {
    expect(tree('{"my.metric", "l.x"=\'y\',}')).toMatchObject({
      name: 'my.metric',
      nameInBraces: true,
      matchers: [
        { name: '__name__', op: '=', value: 'my.metric' },
        { name: 'l.x', op: '=', value: 'y' },
      ],
    })
  })

  it.each(['sum', 'by', 'offset', 'and', 'start', 'step', 'anchored', 'fill', 'count_values'])(
    'takes the reserved word %s as a metric name',
    (word) => {
      expect(tree(`${word}{a="b"} + ${word}`)).toMatchObject({ left: { name: word } })
    },
  )

  it.each(['bool', 'on', 'ignoring', 'group_left', 'atan2'])('does not take %s as one', (word) => {
    expect(faults(`${word} + 1`)[0]).toContain('unexpected')
  })

  it('reads modifiers in any order', () => {
    const at = { kind: 'timestamp', timestampMs: 12_500 }
    expect(tree('a @ 12.5 offset -5m')).toMatchObject({ offsetMs: -300_000, at })
    expect(tree('a offset -5m @ 12.5')).toMatchObject({ offsetMs: -300_000, at })
    expect(tree('a[5m] @ start() offset 1h')).toMatchObject({
      kind: 'matrix',
      rangeMs: 300_000,
      selector: { offsetMs: 3_600_000, at: { kind: 'start' } },
      end: 25,
    })
    expect(tree('a[1h:5m] offset 1h @ end()')).toMatchObject({
      kind: 'subquery',
      rangeMs: 3_600_000,
      stepMs: 300_000,
      offsetMs: 3_600_000,
      at: { kind: 'end' },
    })
  })

  it('leaves the step of a subquery out when it is not written', () => {
    expect(tree('rate(a[5m])[1h:]')).not.toHaveProperty('stepMs')
  })

  it('reads durations as numbers and numbers as durations', () => {
    expect(tree('5m')).toEqual({ kind: 'number', value: 300, isDuration: true, start: 0, end: 2 })
    expect(tree('a[300]')).toMatchObject({ rangeMs: 300_000 })
    expect(tree('a offset 1.5')).toMatchObject({ offsetMs: 1500 })
    expect(tree('a @ 5m')).toMatchObject({ at: { timestampMs: 300_000 } })
    expect(tree('-1h')).toMatchObject({ value: -3600, isDuration: true, start: 0 })
  })
})

describe('binary operations', () => {
  it('fills in the matching between vectors', () => {
    expect(tree('a + b')).toMatchObject({
      matching: { on: false, labels: [], card: 'one-to-one', include: [], explicit: false },
      opSpan: { start: 2, end: 3 },
    })
    expect(tree('a and b')).toMatchObject({ matching: { card: 'many-to-many' } })
    expect(tree('a / on(x, "y.z") group_left(sum) b')).toMatchObject({
      matching: { on: true, labels: ['x', 'y.z'], card: 'many-to-one', include: ['sum'] },
    })
    expect(tree('a > bool ignoring() group_right b')).toMatchObject({
      returnBool: true,
      matching: { on: false, card: 'one-to-many', explicit: true },
    })
  })

  it('has no matching where a side is a scalar', () => {
    expect(tree('a + 1')).not.toHaveProperty('matching')
    expect(tree('a + on() 1')).not.toHaveProperty('matching')
  })
})

describe('aggregations', () => {
  it.each(['sum by (a, b) (x)', 'SUM(x) BY (a, b,)', 'sum by(a,"b")(x)'])('%s', (query) => {
    const grouping = ['a', 'b']
    expect(tree(query)).toMatchObject({ kind: 'aggregate', op: 'sum', grouping, without: false })
  })

  it('keeps the parameter', () => {
    expect(tree('topk(3, x) without (a)')).toMatchObject({
      op: 'topk',
      param: { kind: 'number', value: 3 },
      expr: { name: 'x' },
      without: true,
      end: 22,
    })
    expect(tree('sum(x)')).not.toHaveProperty('param')
  })
})

describe('syntax faults', () => {
  it.each([
    ['', 'unknown position: no expression found in input'],
    ['# nothing', '1:1: no expression found in input'],
    ['a b', '1:3: unexpected identifier "b"'],
    ['1 +', '1:4: unexpected end of input'],
    ['a + on b', '1:8: unexpected identifier "b" in grouping opts, expected "("'],
    ['a + on(x) group_left )', "1:23: unexpected right parenthesis ')'"],
    ['a + on(x) group_left = b', '1:22: unexpected "=" in grouping opts, expected "("'],
    ['sum(a b)', '1:7: unexpected identifier "b" in aggregation'],
    ['sum by (x) a', '1:12: unexpected identifier "a" in aggregation'],
    ['sum by (without) (a)', '1:9: unexpected <without> in grouping opts, expected label'],
    ['sum by ("") (a)', '1:9: invalid label name for grouping: ""'],
    ['sum()', '1:1: no arguments for aggregate expression provided'],
    [
      'sum(a, b)',
      '1:1: wrong number of arguments for aggregate expression provided, expected 1, got 2',
    ],
    ['abs(a,)', '1:6: trailing commas not allowed in function call args'],
    ['Abs(a)', '1:1: unknown function with name "Abs"'],
    ['a:b(c)', '1:4: unexpected "("'],
    [
      'a offset x',
      '1:10: unexpected identifier "x" in offset, expected number, duration, step(), or range()',
    ],
    ['a @ x', '1:5: unexpected identifier "x" in @, expected timestamp'],
    ['a @ NaN', '1:1: timestamp out of bounds for @ modifier: NaN'],
    ['a @ 1e19', '1:1: timestamp out of bounds for @ modifier: 10000000000000000000.000000'],
    ['a @ 1 @ 2', '1:1: @ <timestamp> may not be set multiple times'],
    [
      '1 @ 2',
      '1:1: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['a[5m:x]', "1:6: unexpected character: 'x', expected ':'"],
    ['a[5m 5m]', '1:6: unexpected duration "5m" in subquery or range, expected ":" or "]"'],
    ['a[5m:1m 1m]', '1:9: unexpected duration "1m" in subquery selector, expected "]"'],
    ['a[5m:)', "1:7: unexpected right parenthesis ')'"],
    ['a{b=~"("}', '1:3: error parsing regexp: missing closing ): `(`'],
    ['ü', "1:1: unexpected character: 'ü'"],
    ['"ü" + +', '1:9: unexpected end of input'],
    ['a\n+\n  *', '3:3: unexpected <op:*>'],
  ])('%s', (query, expected) => {
    expect(faults(query)[0]).toBe(expected)
  })

  it('goes on after a fault in braces, in label lists and of meaning', () => {
    expect(faults('a{b, c=d, e="f" g}')).toEqual([
      '1:4: unexpected "," in label matching, expected label matching operator',
      '1:8: unexpected identifier "d" in label matching, expected string',
      '1:17: unexpected identifier "g" in label matching, expected "," or "}"',
    ])
    expect(faults('sum by (a b, 1) (x) + nope(y) "\\c')).toEqual([
      '1:11: unexpected identifier "b" in grouping opts, expected "," or ")"',
      '1:14: unexpected number "1" in grouping opts, expected label',
      '1:23: unknown function with name "nope"',
      "1:31: unknown escape sequence U+0063 'c'",
    ])
    expect(faults(`a{${'b,'.repeat(100)}}`)).toHaveLength(MAX_FAULTS)
  })
})

describe('features that are off', () => {
  it.each<[string, string, ParseOptions]>([
    [
      'mad_over_time(a[5m])',
      '1:1: function "mad_over_time" is not enabled',
      { experimentalFunctions: true },
    ],
    [
      'a + limitk(2, a)',
      '1:5: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions',
      { experimentalFunctions: true },
    ],
    ['start()', '1:1: function "start" is not enabled', { experimentalFunctions: true }],
    [
      'a[5m+1m]',
      '1:3: experimental duration expression is not enabled',
      { durationExpressions: true },
    ],
    [
      'a offset step()',
      '1:10: experimental duration expression is not enabled',
      { durationExpressions: true },
    ],
    [
      'a[5m] anchored',
      '1:1: anchored modifier is experimental and not enabled',
      { extendedRangeSelectors: true },
    ],
    [
      'a + fill(1) b',
      '1:1: binop fill modifiers are experimental and not enabled',
      { fillModifiers: true },
    ],
  ])('%s', (query, expected, options) => {
    expect(faults(query)).toEqual([expected])
    expect(faults(query, options)).toEqual([])
  })
})

describe('duration expressions', () => {
  const options = { durationExpressions: true }

  it('computes constants', () => {
    expect(tree('a[(5m + 30s) * 2 : 1h / 4]', options)).toMatchObject({
      rangeMs: 660_000,
      stepMs: 900_000,
      rangeExpr: { op: '*' },
    })
    expect(tree('a offset -(1h - 30m)', options)).toMatchObject({ offsetMs: -1_800_000, end: 20 })
    // Prometheus takes this form without the feature.
    expect(tree('a offset -(5)')).toMatchObject({ offsetMs: -5000 })
  })

  it('ends an offset at a literal or a call', () => {
    expect(grouped(tree('a offset 5 + 3', options))).toBe('[a offset 5s + 3]')
    expect(grouped(tree('a offset -5^2', options))).toBe('[a offset -5s ^ 2]')
    expect(grouped(tree('a offset step() * 2', options))).toBe('[a offset step() * 2]')
    expect(grouped(tree('a offset -(5) + 3', options))).toBe('[a offset -(5) + 3]')
    expect(grouped(tree('a offset (5) + 3', options))).toBe('a offset (5) + 3')
  })

  it.each([
    ['a[5m/0]', '1:5: division by zero'],
    ['a[5m%0s]', '1:5: modulo by zero'],
    ['a[9.5e10]', '1:3: duration out of range'],
    ['a offset -9.5e10', '1:10: duration out of range'],
    [
      'a[max_of(1)]',
      '1:11: unexpected ")" in subquery or range selector, expected number, duration, step(), or range()',
    ],
  ])('refuses %s', (query, expected) => {
    expect(faults(query, options)[0]).toBe(expected)
  })
})

describe('extended range selectors', () => {
  const options = { extendedRangeSelectors: true }

  it('are kept with the selector', () => {
    expect(tree('a smoothed', options)).toMatchObject({ extension: 'smoothed' })
    expect(tree('a[5m] anchored', options)).toMatchObject({ selector: { extension: 'anchored' } })
  })

  it.each([
    ['a anchored smoothed', '1:1: anchored and smoothed modifiers cannot be used together'],
    ['a[5m:] anchored', '1:1: anchored modifier is not supported for subqueries'],
    ['1 smoothed', '1:1: smoothed modifier not implemented'],
  ])('refuses %s', (query, expected) => {
    expect(faults(query, options)[0]).toBe(expected)
  })
})

describe('bounds', () => {
  it.each([
    '('.repeat(100_000),
    '-'.repeat(100_000),
    `${'1+'.repeat(50_000)}1`,
    `${'a^'.repeat(50_000)}a`,
    `a${'[5m:]'.repeat(20_000)}`,
    'sum('.repeat(25_000),
    'abs(a,'.repeat(20_000),
    `a[${'('.repeat(100_000)}`,
    `a[1${'+1'.repeat(50_000)}]`,
    `a offset -${'('.repeat(50_000)}`,
  ])('refuses what is too deep', (query) => {
    expect(faults(query, { durationExpressions: true })[0]).toMatch(/nested deeper than \d+ levels/)
  })

  it('takes a chain up to the limit', () => {
    expect(tree(`1${'+1'.repeat(MAX_DEPTH - 1)}`)).toMatchObject({ kind: 'binary' })
    expect(tree(`a${' offset 0s'.repeat(10_000)}`)).toMatchObject({ kind: 'vector' })
  })

  it('refuses what is too long', () => {
    const [only] = faults('a'.repeat(MAX_QUERY_LENGTH + 1))
    expect(only).toBe('1:1: query has 262145 characters, more than the limit of 262144')
  })

  it('answers every beginning of a query without throwing', () => {
    const query =
      'sum by (a) (rate({"x.y", b=~"c.*"}[5m:1m] @ start() offset -1h)) > bool on (d) 2 ^ -"e"'
    for (let end = 0; end <= query.length; end++) {
      const read = parse(query.slice(0, end))
      if (read.ok) continue
      expect(read.faults.length).toBeGreaterThan(0)
      for (const fault of read.faults) {
        expect(fault.start).toBeLessThanOrEqual(fault.end)
        expect(fault.end).toBeLessThanOrEqual(end)
      }
    }
  })
})

describe('a series selector alone', () => {
  it('gives the matchers', () => {
    const read = parseSeriesSelector('up{job=~"a.*"}')
    expect(read.ok && read.matchers.map(({ name, op, value }) => name + op + value)).toEqual([
      'job=~a.*',
      '__name__=up',
    ])
    expect(parseSeriesSelector('{}')).toEqual({ ok: true, matchers: [] })
  })

  it.each([
    ['', 'unexpected end of input'],
    ['up[5m]', 'unexpected "["'],
    ['rate(up[5m])', 'unexpected "("'],
    ['1', 'unexpected number "1"'],
  ])('refuses %j', (query, message) => {
    const read = parseSeriesSelector(query)
    expect(read.ok ? undefined : read.faults[0]?.message).toBe(message)
  })
})
