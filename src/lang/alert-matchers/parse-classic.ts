import { matcher, type Matcher, type MatchOp } from '../../model/matcher.ts'
import { RegexError } from '../../model/regex.ts'
import { MatcherSyntaxError } from './syntax-error.ts'

const HEAD = /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*/

/**
 * Reads matchers as Alertmanager did before 0.27 (pkg/labels/parse.go): a brace at either end may be there or not, commas inside
 * double quotes do not separate, a backslash escapes `n`, `"` and itself and stands for itself otherwise. Throws
 * `MatcherSyntaxError`, worded as the original.
 */
export function readClassicMatchers(input: string): Matcher[] {
  const inner = input.replace(/^\{/, '').replace(/\}$/, '')
  const parts: string[] = []
  let part = ''
  let isQuoted = false
  let isEscaped = false
  for (const char of inner) {
    if (char === ',' && !isQuoted) {
      parts.push(part)
      part = ''
      continue
    }
    if (char === '"') {
      if (!isEscaped) isQuoted = !isQuoted
      isEscaped = false
    } else if (char === '\\') isEscaped = !isEscaped
    // The original leaves the flag as it is at a comma inside quotes.
    else if (char !== ',') isEscaped = false
    part += char
  }
  const last = part.trim()
  if (last !== '') parts.push(last)
  return parts.map(readClassicMatcher)
}

/** The operator that the pattern of a head let through. */
function toOp(text: string): MatchOp {
  return text === '!=' || text === '=~' || text === '!~' ? text : '='
}

/** Reads exactly one matcher, without braces. */
export function readClassicMatcher(input: string): Matcher {
  const head = HEAD.exec(input)
  if (!head) throw new MatcherSyntaxError(`bad matcher format: ${input}`)
  const [all, name = '', op = '='] = head
  const written = trimEnd(input.slice(all.length))
  const value = readValue(written)
  try {
    return matcher(name, toOp(op), value)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    throw new MatcherSyntaxError(thrown.message)
  }
}

function readValue(written: string): string {
  const isQuoted = written.startsWith('"')
  const raw = isQuoted ? written.slice(1) : written
  const fail = (): MatcherSyntaxError =>
    new MatcherSyntaxError(`matcher value contains unescaped double quote: ${written}`)
  let value = ''
  let isClosed = !isQuoted
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i] as string
    const isLast = i === raw.length - 1
    if (char === '\\' && !isLast) {
      const next = raw[++i] as string
      value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`
    } else if (char === '"') {
      if (isClosed || !isLast) throw fail()
      isClosed = true
    } else value += char
  }
  if (!isClosed) throw fail()
  return value
}

/** By hand: a regular expression for it may take time quadratic in the white space. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && '\t\n\f\r '.includes(text[end - 1] as string)) end--
  return text.slice(0, end)
}
