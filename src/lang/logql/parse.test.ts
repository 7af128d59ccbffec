import { describe, expect, it } from 'vitest'
import type { Expr, LabelFilter } from './ast.ts'
import { formatFault } from './fault.ts'
import { parse } from './parse.ts'
import { prettify, print } from './print.ts'
import { printLabelFilter } from './print-filter.ts'

function read(query: string): Expr {
  const { expr, faults } = parse(query)
  expect(faults, query).toEqual([])
  if (!expr) throw new Error('not read')
  return expr
}

function faultOf(query: string): string {
  const { faults } = parse(query, { isToRun: true })
  return faults[0] ? formatFault(query, faults[0]) : 'accepted'
}

function filterOf(text: string): LabelFilter {
  const expr = read(`{a="b"} | ${text}`)
  const stage = expr.kind === 'log' ? expr.stages[0] : undefined
  if (stage?.kind !== 'label_filter') throw new Error('not a label filter')
  return stage.filter
}

describe('parse', () => {
  it.each([
    ['{a="b",c=~"d.*"}', '{a="b", c=~"d.*"}'],
    ['{a="b"} |= "x" or `y` != "z"', '{a="b"} |= "x" or "y" != "z"'],
    ['{a="b"} != "x" or "y"', '{a="b"} != "x" != "y"'],
    ['{a="b"} |= ip("10.0.0.0/8") # said once', '{a="b"} |= ip("10.0.0.0/8")'],
    ['{a="b"} | json x, y="z[0]"', '{a="b"} | json x="x",y="z[0]"'],
    ['{a="b"} | logfmt --strict --keep-empty', '{a="b"} | logfmt --strict --keep-empty'],
    ['{a="b"} | label_format x=y,z="{{.q}}"', '{a="b"} | label_format x=y,z="{{.q}}"'],
    ['{a="b"} | drop x, y="z" | keep q', '{a="b"} | drop x,y="z" | keep q'],
    ['rate({a="b"}[5m] offset 1h)', 'rate({a="b"}[5m] offset 1h)'],
    ['rate({a="b"}[5m] |= "x")', 'rate({a="b"} |= "x"[5m])'],
    ['rate(({a="b"} |= "x")[5m])', 'rate({a="b"} |= "x"[5m])'],
    [
      'avg_over_time({a="b"} | unwrap duration(x) | __error__="" [1m]) by (c)',
      'avg_over_time({a="b"} | unwrap duration(x) | __error__=""[1m]) by (c)',
    ],
    ['topk(3, rate({a="b"}[1m])) by (x)', 'topk by (x)(3,rate({a="b"}[1m]))'],
    ['1 + 2 * 3 ^ 2 ^ 0.5', '(1 + (2 * (3 ^ (2 ^ 0.5))))'],
    [
      'rate({a="b"}[1m]) > bool on (x) group_left (y) vector(0)',
      '(rate({a="b"}[1m]) > bool on (x) group_left (y) vector(0.000000))',
    ],
    ['{sum="a"} | rate > 1', '{sum="a"} | rate>1'],
  ])('reads %s', (query, printed) => {
    expect(print(read(query))).toBe(printed)
    expect(print(read(printed))).toBe(printed)
  })

  it.each([
    ['a=1 and b=2 or c=3', '( ( a==1 , b==2 ) or c==3 )'],
    ['a=1 or b=2 and c=3', '( a==1 or ( b==2 , c==3 ) )'],
    ['a=1 or b=2, c=3', '( a==1 or ( b==2 , c==3 ) )'],
    ['a=1, b=2 or c=3', '( a==1 , ( b==2 or c==3 ) )'],
    ['(a=1 or b=2) c=3', '( ( a==1 or b==2 ) , c==3 )'],
    ['a >= 250ms', 'a>=250ms'],
    ['a < 1d', 'a<24h0m0s'],
    ['a > 42kB', 'a>42kB'],
    ['a != -1.5', 'a!=-1.5'],
    ['a = ip("::1")', 'a=ip("::1")'],
  ])('binds the label filter %s', (text, printed) => {
    expect(printLabelFilter(filterOf(text))).toBe(printed)
  })
})

describe('faults', () => {
  it.each([
    ['', 'parse error at line 1, col 1: syntax error: unexpected $end'],
    ['{a="b"', 'parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,'],
    [
      '{a="b"} |~',
      'parse error at line 1, col 11: syntax error: unexpected $end, expecting STRING or ip',
    ],
    ['{a="b"}\n| nope(', 'parse error at line 2, col 7: syntax error: unexpected ('],
    ['sum({a="b"}[5m])', 'parse error at line 1, col 12: syntax error: unexpected RANGE'],
    ['{a="b} ', 'parse error at line 1, col 4: literal not terminated'],
    ['{a!="b"}', 'parse error : queries require at least one regexp or equality matcher'],
    ['topk(rate({a="b"}[1m]))', 'parse error : parameter required for operation topk'],
    ['{a="b"} | regexp "x"', 'parse error : invalid regexp parser: at least one named capture'],
    [
      '{a="b"} | pattern "<a><b>"',
      'parse error : invalid pattern parser: found consecutive capture',
    ],
    ['{a="b"} | line_format "{{"', 'invalid line template: template: line:1: unclosed action'],
    ['{a="b"} | label_format x=y,x=z', "multiple label name 'x' not allowed"],
    ['{a="b"} |= ip("10.0.0.300")', 'ip: invalid pattern'],
    ['{a="b"} | json x="["', 'cannot parse expression ['],
    ['{a="b"} | a=~"("', 'error parsing regexp: missing closing )'],
    ['{a="b"} |~ "("', 'error parsing regexp: missing closing )'],
    ['{a="b"} or 1', 'unexpected type for left leg of binary operation (or): *syntax.MatchersExpr'],
  ])('says what is wrong with %j', (query, said) => {
    expect(faultOf(query)).toContain(said)
  })

  it('bounds what a query may be', () => {
    expect(faultOf('('.repeat(10_000))).toContain('more than 200 levels')
    expect(faultOf(Array(10_000).fill('1').join('+'))).toContain('more than 500 operators')
    expect(faultOf('x'.repeat(200_000))).toContain('input size too long')
  })
})

describe('prettify', () => {
  it('keeps parentheses that the meaning needs', () => {
    const rate =
      'sum by (namespace, container) (rate({namespace="prod", container="distributor"}[5m]))'
    const query = `(${rate} + ${rate}) / ${rate}`
    const text = prettify(read(query))
    expect(text).toContain('(\n')
    expect(print(read(text))).toBe(print(read(query)))
  })
})
