import { describe, expect, it } from 'vitest'
import { parse } from './parse.ts'
import { prettify, print } from './print.ts'

const OPTIONS = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
}

function read(query: string): Parameters<typeof print>[0] {
  const parsed = parse(query, OPTIONS)
  if (!parsed.ok) throw new Error(`${query}: ${parsed.faults[0]?.message}`)
  return parsed.expr
}

describe('one line', () => {
  it.each([
    ['a{z="1",b!~"2"}', 'a{b!~"2",z="1"}'],
    ['{"my.metric","l.x"="y"}', '{"l.x"="y",__name__="my.metric"}'],
    ['{__name__="a"}', '{__name__="a"}'],
    ['a{}', 'a'],
    ["a{b='\"'}", 'a{b="\\""}'],
    ['SUM(a)BY(b,"c.d")', 'sum by (b, "c.d") (a)'],
    ['sum by () (a)', 'sum(a)'],
    ['topk(3,a)', 'topk(3, a)'],
    ['a+ignoring()b', 'a + b'],
    ['a>bool on(x)group_left b', 'a > bool on (x) group_left () b'],
    ['a @ 1.5 offset -90s', 'a @ 1.500 offset -1m30s'],
    ['a[300] offset 1h', 'a[5m] offset 1h'],
    ['a[1h:]', 'a[1h:]'],
    ['-5m', '-5m'],
    ['- (1e21)', '-(1000000000000000000000)'],
    ['Inf + -inf + nan', '+Inf + -Inf + NaN'],
    ['-0', '-0'],
    ["'a\\nb'", '"a\\nb"'],
    ['"\\xff"', '"\\ufffd"'],
    ['foo # note', 'foo'],
    ['label_replace(a,"b",`$1`,"c","(.*)")', 'label_replace(a, "b", "$1", "c", "(.*)")'],
    ['a + fill_left(1) fill_right(-Inf) b', 'a + fill_left (1) fill_right (-Inf) b'],
    ['a offset max_of(1m, -step())', 'a offset max_of(1m, -step())'],
    ['a smoothed @ end() offset 1m', 'a @ end() smoothed offset 1m'],
  ])('%s', (query, expected) => {
    expect(print(read(query))).toBe(expected)
    expect(print(read(expected))).toBe(expected)
  })
})

describe('several lines', () => {
  it('leaves alone what fits in 100 bytes', () => {
    const fits = `sum(${'a'.repeat(95)})`
    expect(prettify(read(fits))).toBe(fits)
    const tooLong = `sum(${'a'.repeat(96)})`
    expect(prettify(read(tooLong))).toBe(`sum(\n  ${'a'.repeat(96)}\n)`)
  })

  it('measures bytes', () => {
    const query = `sum({a="${'ä'.repeat(50)}"})`
    expect(prettify(read(query))).toContain('\n')
  })

  it('breaks at every level that is too long', () => {
    const query = 'topk by (x) (5, -sum(rate(metric_a[5m])) / on (y) group_left (z) (bb + c)) > 10'
    expect(prettify(read(query), 20)).toBe(
      [
        '  topk by (x) (',
        '    5,',
        '      -sum(',
        '        rate(metric_a[5m])',
        '      )',
        '    / on (y) group_left (z)',
        '      (bb + c)',
        '  )',
        '>',
        '  10',
      ].join('\n'),
    )
  })

  it('does not indent a subquery that fits, as Prometheus does not', () => {
    expect(prettify(read('max_over_time(rate(aaaaaaaa[1m])[5m:])'), 30)).toBe(
      'max_over_time(\nrate(aaaaaaaa[1m])[5m:]\n)',
    )
  })
})
