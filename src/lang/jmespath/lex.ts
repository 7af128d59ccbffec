import { JmespathError } from './jmespath-error.ts'

const MARKS = [
  ...(['[?', '[]', '||', '&&', '==', '!=', '<=', '>='] as const),
  ...(['.', '*', '|', '&', '[', ']', '{', '}', '(', ')', ',', ':', '@', '!', '<', '>'] as const),
] as const

export type Mark = (typeof MARKS)[number]

export type Token =
  | { readonly kind: Mark | 'end'; readonly start: number }
  | { readonly kind: 'name' | 'quoted'; readonly text: string; readonly start: number }
  | { readonly kind: 'number'; readonly value: number; readonly start: number }
  | { readonly kind: 'literal'; readonly value: unknown; readonly start: number }

/** The tokens of an expression, an `end` last. Throws `JmespathError`. */
export function lex(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const blank = /^[ \t\r\n]+/.exec(source.slice(at))?.[0]
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    const token = readToken(source, at)
    tokens.push(token.token)
    at = token.end
  }
  tokens.push({ kind: 'end', start: source.length })
  return tokens
}

interface Found {
  readonly token: Token
  readonly end: number
}

function readToken(source: string, start: number): Found {
  const rest = source.slice(start)
  const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0]
  if (name !== undefined) {
    return { token: { kind: 'name', text: name, start }, end: start + name.length }
  }
  const digits = /^-?[0-9]+/.exec(rest)?.[0]
  if (digits !== undefined) {
    return { token: { kind: 'number', value: Number(digits), start }, end: start + digits.length }
  }
  switch (rest.charAt(0)) {
    case '"':
      return readQuoted(source, start)
    case "'":
      return readRawString(source, start)
    case '`':
      return readLiteral(source, start)
    default: {
      const mark = MARKS.find((each) => rest.startsWith(each))
      if (mark !== undefined) return { token: { kind: mark, start }, end: start + mark.length }
      const shown = JSON.stringify(String.fromCodePoint(rest.codePointAt(0) ?? 0))
      throw new JmespathError(
        `unexpected ${shown}; a name with such characters needs quotes`,
        start,
      )
    }
  }
}

/** The end of what is delimited by `mark`: the place of the closing one. */
function findEnd(source: string, start: number, mark: string): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === mark) return at
  }
  throw new JmespathError(`the closing ${mark} is missing`, start)
}

function readQuoted(source: string, start: number): Found {
  const end = findEnd(source, start, '"')
  try {
    const text: unknown = JSON.parse(source.slice(start, end + 1))
    return { token: { kind: 'quoted', text: String(text), start }, end: end + 1 }
  } catch {
    throw new JmespathError('a quoted name is a JSON string, and this is none', start)
  }
}

function readRawString(source: string, start: number): Found {
  const end = findEnd(source, start, "'")
  const value = source.slice(start + 1, end).replaceAll("\\'", "'")
  return { token: { kind: 'literal', value, start }, end: end + 1 }
}

function readLiteral(source: string, start: number): Found {
  const end = findEnd(source, start, '`')
  const inner = source
    .slice(start + 1, end)
    .replaceAll('\\`', '`')
    .trim()
  try {
    const value: unknown = JSON.parse(inner)
    return { token: { kind: 'literal', value, start }, end: end + 1 }
  } catch {
    throw new JmespathError('a literal between ` is JSON, and this is none', start)
  }
}
