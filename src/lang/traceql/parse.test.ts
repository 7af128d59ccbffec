import { describe, expect, it } from 'vitest'
import { check } from './check.ts'
import { formatFault } from './fault.ts'
import { parse } from './parse.ts'
import { print } from './print.ts'

function printed(text: string): string {
  const { query, faults } = parse(text)
  return query ? print(query) : faults.map((fault) => formatFault(text, fault)).join('\n')
}

function refused(text: string): string {
  const { query, faults } = parse(text)
  const all = query ? check(query) : faults
  return all.map((fault) => formatFault(text, fault)).join('\n')
}

describe('what stands inside braces', () => {
  it.each([
    ['{ .a || .b && .c }', '{ (.a || .b) && .c }'],
    ['{ .a = 1 + 2 * 3 ^ 2 ^ 2 }', '{ .a = (1 + (2 * (3 ^ (2 ^ 2)))) }'],
    ['{ -.a * .b = 1 }', '{ (-(.a * .b)) = 1 }'],
    ['{ !.a && .b }', '{ (!.a) && .b }'],
    ['{ span:duration > 1h30m }', '{ duration > 1h30m }'],
    ['{ .a != nil && nil = .b }', '{ (.a != nil) && (.b = nil) }'],
    ['{ parent.resource.a = span."b c" }', '{ parent.resource.a = span."b c" }'],
    ['{ .a-b*c = 1 }', '{ .a-b*c = 1 }'],
    ['{ status = error && kind = server }', '{ (status = error) && (kind = server) }'],
    ['{} // to the end of the line', '{ true }'],
  ])('%s', (text, expected) => expect(printed(text)).toBe(expected))
})

describe('pipelines and series', () => {
  it.each([
    ['{ .a } >> { .b } && { .c }', '(({ .a }) >> ({ .b })) && ({ .c })'],
    ['{ .a } | by(.b) | coalesce() | count() > 2', '{ .a } | by(.b) | coalesce() | count() > 2'],
    ['({ .a } | { .b }) > { .c }', '(({ .a } | { .b })) > ({ .c })'],
    ['{} | rate() by (name) > 1s | topk(3)', '{ true } | rate() by(name) > 1 | topk(3)'],
    ['({} | rate()) * 2 > 1 / 2', '({ true } | rate()) * 2 > 0'],
    [
      '{} | quantile_over_time(duration, .5, 0.9)',
      '{ true } | quantile_over_time(duration, 0.5, 0.9)',
    ],
    ['{} | compare({ status = error }, 5)', '{ true } | compare({ status = error }, 5)'],
    [
      '{} | rate() with(sample=true, exemplars=1)',
      '{ true } | rate() with(sample=true,exemplars=1)',
    ],
  ])('%s', (text, expected) => expect(printed(text)).toBe(expected))
})

describe('faults', () => {
  it.each([
    ['{ .a = }', 'parse error at line 1, col 8: syntax error: unexpected }'],
    ['{ .a', 'parse error at line 1, col 5: syntax error: unexpected $end, expecting }'],
    ['{ foo = 1 }', 'parse error at line 1, col 3: unknown identifier: foo'],
    ['{ .a = "x }', 'parse error at line 1, col 8: literal not terminated'],
    ['{ .a =\n § }', 'parse error at line 2, col 2: unexpected character "§"'],
    ['{ .a } + { .b }', 'parse error at line 1, col 8: syntax error: unexpected +'],
    ['{ 1 + 1 }', 'span filter field expressions must resolve to a boolean: { 1 + 1 }'],
    ['{ name = 1 }', 'binary operations must operate on the same type: name = 1'],
    ['{ name = nil }', 'name=nil is not valid because intrinsics cannot be nil'],
    ['{} | rate() | topk(0)', 'limit must be greater than 0: topk(0)'],
    [
      '({} | rate()) * 10s',
      'parse error at line 1, col 17: duration cannot be used as a scalar operand in metric arithmetic',
    ],
  ])('%s', (text, expected) => expect(refused(text)).toBe(expected))

  it('names the regex that does not compile', () => {
    expect(refused('{ .a =~ "[" }')).toMatch(/^invalid regex: "\[": /)
  })
})

describe('hostile queries', () => {
  it('has a bound for what stands inside each other', () => {
    expect(refused(`{ ${'('.repeat(5000)}.a }`)).toContain('more than 200 levels')
    expect(refused('('.repeat(5000))).toContain('more than 200 levels')
    expect(refused(`{ ${'-'.repeat(5000)}1 }`)).toContain('more than 200 levels')
  })

  it('has a bound for operators and for length', () => {
    expect(refused(`{ ${Array(600).fill('.a').join(' && ')} }`)).toContain(
      'more than 500 operators',
    )
    expect(refused(' '.repeat(100_001))).toContain('longer than 100000 characters')
  })
})
