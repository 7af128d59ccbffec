import { describe, expect, it } from 'vitest'
import { describeToken } from './describe-token.ts'
import { Lexer, type Token } from './lex.ts'

function tokensOf(query: string): Token[] {
  const lexer = new Lexer(query)
  const tokens: Token[] = []
  for (;;) {
    const token = lexer.next()
    tokens.push(token)
    if (token.kind === 'end' || token.kind === 'error') return tokens
  }
}

/** `kind:text`, or `kind` alone for symbols and words that stand for themselves. */
function shown(query: string): string {
  return tokensOf(query)
    .slice(0, -1)
    .map(({ kind, text, word }) => (word === text ? text : `${kind}:${text}`))
    .join(' ')
}

function errorOf(query: string): string | undefined {
  const last = tokensOf(query).at(-1)
  return last?.kind === 'error' ? `${last.start} ${last.text}` : undefined
}

describe('the lexer', () => {
  it.each([
    ['a + b', 'identifier:a + identifier:b'],
    ['a:b:c', 'metric:a:b:c'],
    ['SUM by (x)', 'aggregator:SUM by ( identifier:x )'],
    ['a>=b!=c==d<e', 'identifier:a >= identifier:b != identifier:c == identifier:d < identifier:e'],
    [
      'x{sum=~"a",by!~\'b\'}',
      'identifier:x { identifier:sum =~ string:"a" , identifier:by !~ string:\'b\' }',
    ],
    ['inf NaN +Inf', 'number:inf number:NaN + number:Inf'],
    [
      '1 0x1F .5 5. 1e3 1E-3 1_000',
      'number:1 number:0x1F number:.5 number:5. number:1e3 number:1E-3 number:1_000',
    ],
    ['5m 1h30m 100ms', 'duration:5m duration:1h30m duration:100ms'],
    ['a[5m:30s]', 'identifier:a [ duration:5m : duration:30s ]'],
    ['a[step()+5m]', 'identifier:a [ step ( ) + duration:5m ]'],
    ['a # comment ) \n+ b', 'identifier:a + identifier:b'],
    ['{ # in braces\n}', '{ }'],
    ['`a\\nb`', 'string:`a\\nb`'],
    ['fill + fill(1)', 'identifier:fill + fill ( number:1 )'],
    ['offset Offset', 'offset keyword:Offset'],
  ])('splits %s', (query, expected) => {
    expect(shown(query)).toBe(expected)
  })

  it.each([
    ['(', '1 unclosed left parenthesis'],
    ['a)', "2 unexpected right parenthesis ')'"],
    ['a[5m', '4 unclosed left bracket'],
    ['a]', "1 unexpected right bracket ']'"],
    ['a[', '2 unexpected end of input in duration expression'],
    ['a[:', '3 unexpected colon before duration in duration expression'],
    ['a[5m::', "5 unexpected colon ':'"],
    ['a[5m[', "4 unexpected left bracket '['"],
    ['a[x]', "2 unexpected character in duration expression: 'x'"],
    ['a[5m x]', "5 unexpected character: 'x', expected ':'"],
    ['a{', '2 unexpected end of input inside braces'],
    ['a{{', "2 unexpected left brace '{'"],
    ['a{b>1}', "3 unexpected character inside braces: '>'"],
    ['a{b!', "3 unexpected character after '!' inside braces: '\ufffd'"],
    ['1 !~ 1', "2 unexpected character after '!': '~'"],
    ['1 =~ 1', "2 unexpected character after '=': '~'"],
    ['ä', "0 unexpected character: 'ä'"],
    ["'a", '0 unterminated quoted string'],
    ['"a\n"', '0 unterminated quoted string'],
    ['`a', '0 unterminated raw string'],
    ['"\\', '0 escape sequence not terminated'],
    ['"\\c"', "0 unknown escape sequence U+0063 'c'"],
    ['"\\x.."', "0 illegal character U+002E '.' in escape sequence"],
    ['"\\400"', '0 escape sequence is an invalid Unicode code point'],
    ['"\\ud800"', '0 escape sequence is an invalid Unicode code point'],
    ['"\ud800"', '0 invalid UTF-8 rune'],
    ['100..4', '0 bad number or duration syntax: "100.."'],
    ['0deadbeef', '0 bad number or duration syntax: "0de"'],
    ['5mm', '0 bad number or duration syntax: "5mm"'],
    ['1_', '0 bad number or duration syntax: "1_"'],
    ['0x1e', '0 bad number or duration syntax: "0x1e"'],
    ['1e', '0 bad number or duration syntax: "1e"'],
  ])('refuses %s', (query, expected) => {
    expect(errorOf(query)).toBe(expected)
  })

  it('gives the last token again and again', () => {
    const lexer = new Lexer('}')
    expect(lexer.next()).toBe(lexer.next())
  })

  it('counts offsets in UTF-16 units', () => {
    const [first, second] = tokensOf('"😀" + 1')
    expect(first).toMatchObject({ start: 0, end: 4 })
    expect(second).toMatchObject({ start: 5, end: 6 })
  })
})

describe('the description of a token', () => {
  it.each([
    ['', 'end of input'],
    ['abc', 'identifier "abc"'],
    ['a:b', 'metric identifier "a:b"'],
    ['BY', '<BY>'],
    ['and', '<op:and>'],
    ['*', '<op:*>'],
    ['Sum', '<aggr:Sum>'],
    ['5m', 'duration "5m"'],
    ['12345678901', 'number "1234567890"...'],
    ['"a"', 'string "\\"a\\""'],
    ['start', '"start"'],
    ['=', '"="'],
    ['}', "unexpected character: '}'"],
  ])('of %s', (query, expected) => {
    expect(describeToken(new Lexer(query).next())).toBe(expected)
  })
})
