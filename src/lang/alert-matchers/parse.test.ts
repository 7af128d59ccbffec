import { describe, expect, it } from 'vitest'
import { parseAlertMatcher, parseAlertMatchers } from './parse.ts'
import { compareAlertMatchers, formatAlertMatcher, formatAlertMatchers } from './print.ts'

const read = (input: string): unknown => {
  const parsed = parseAlertMatchers(input)
  if (!parsed.ok) return parsed.message
  const text = parsed.matchers.map(({ name, op, value }) => `${name} ${op} ${value}`)
  return parsed.warning === undefined ? text : [...text, parsed.warning]
}

describe('parseAlertMatchers', () => {
  it.each([
    ['', []],
    ['{}', []],
    [' { foo = bar , "b c" != "d" , } ', ['foo = bar', 'b c != d']],
    ['foo="bar"', ['foo = bar']],
    ['a=~"x|y",b!~z', ['a =~ x|y', 'b !~ z']],
    ['{"🙂"="\\t"}', ['🙂 = \t']],
    ['{häuser=drei}', ['häuser = drei']],
  ])('reads %j', (input, wanted) => expect(read(input)).toEqual(wanted))

  it('takes the older grammar where only that one reads it, and says how to write it', () => {
    expect(read('foo=bar\\t')).toEqual([
      'foo = bar\\t',
      'read by the older grammar of matchers only (7:8: \\: invalid input: expected a comma or close brace); write foo="bar\\\\t"',
    ])
  })

  it('takes the older grammar where the two disagree, and says so', () => {
    expect(read('foo="\\x41"')).toEqual([
      'foo = \\x41',
      'the two grammars of matchers read this differently; it is taken as foo="\\\\x41"',
    ])
  })

  it.each([
    ['foo', 'bad matcher format: foo'],
    ['{"foo"}', 'bad matcher format: "foo"'],
    ['foo=~"("', expect.stringMatching(/^error parsing regexp/)],
    [`a=${'b'.repeat(70_000)}`, expect.stringMatching(/70002 characters, at most 65536/)],
  ])('refuses %j', (input, message) => expect(read(input)).toEqual(message))

  it.each([
    [
      'foo!',
      "3:4: unexpected end of input, expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'",
    ],
    ['foo!x', "3:4: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'"],
    ['foo="bar', '4:8: "bar: missing end ": expected label value'],
    ['foo=bar}', '0:8: }: expected opening brace'],
    ['{foo=bar} x', '10:11: x: expected end of input'],
    ['{foo=bar,,}', '9:10: unexpected ,: expected a matcher or close brace after comma'],
    ['foo', "end of input: expected an operator such as '=', '!=', '=~' or '!~'"],
    ['foo=', 'end of input: expected label value'],
    ['{', '0:1: end of input: expected close brace'],
    ['"a\nb"=c', '0:5: "a\nb": invalid input'],
  ])('the newer grammar refuses %j', (input, message) => {
    expect(parseAlertMatchers(input, 'utf8')).toEqual({ ok: false, message })
  })

  it('stays linear in white space', () => {
    expect(read(`foo=bar${' '.repeat(60_000)}x`)).toEqual(
      expect.arrayContaining([expect.stringContaining('older grammar')]),
    )
  })
})

describe('parseAlertMatcher', () => {
  it('takes exactly one, without braces', () => {
    expect(parseAlertMatcher('a=b')).toMatchObject({ ok: true, matchers: [{ name: 'a' }] })
    expect(parseAlertMatcher('{a=b}')).toEqual({
      ok: false,
      message: 'unexpected open or close brace: {a=b}',
    })
    expect(parseAlertMatcher('')).toEqual({ ok: false, message: 'bad matcher format: ' })
  })
})

describe('printing', () => {
  it('quotes names only where they need it', () => {
    expect(formatAlertMatcher({ name: 'häuser', op: '=', value: 'a"b\\c\n' })).toBe(
      'häuser="a\\"b\\\\c\\n"',
    )
    expect(formatAlertMatcher({ name: 'a b', op: '!~', value: '\t' })).toBe('"a b"!~"\\t"')
  })

  it('sorts by name, value and operator', () => {
    const matchers = [
      { name: 'b', op: '=', value: 'x' },
      { name: 'a', op: '=~', value: 'x' },
      { name: 'a', op: '!=', value: 'x' },
      { name: 'a', op: '=', value: 'w' },
    ] as const
    expect(formatAlertMatchers(matchers.toSorted(compareAlertMatchers))).toBe(
      '{a="w",a!="x",a=~"x",b="x"}',
    )
  })
})
