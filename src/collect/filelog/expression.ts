import { isMap, type AnyValue } from '../../formats/otlp/any-value.ts'
import { compileSearch, RegexError, type SearchRegex } from '../../model/regex.ts'
import { getField, parseField } from './field.ts'
import type { FileEntry } from './file-entry.ts'

/** What is wrong with an expression, and where in its text. */
export class ExpressionFault extends Error {
  override readonly name = 'ExpressionFault'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** The value of an expression for an entry; undefined is `nil`. */
export type Expression = (entry: FileEntry) => AnyValue | undefined

interface Token {
  readonly kind: 'text' | 'number' | 'word' | 'field' | 'sign' | 'end'
  readonly text: string
  readonly at: number
}

const MAX_CHARACTERS = 10_000
const MAX_DEPTH = 50
const TOKEN =
  /\s+|(\$?(?:body|attributes|resource)(?![A-Za-z0-9_])(?:\??\.[A-Za-z_][A-Za-z0-9_]*|\["[^"]*"\]|\['[^']*'\])*)|([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|([0-9]+(?:\.[0-9]+)?)|(==|!=|<=|>=|&&|\|\||[<>!()[\],+])/sy

const COMPARISONS = new Set([
  ...['==', '!=', '<', '<=', '>', '>='],
  ...['matches', 'contains', 'startsWith', 'endsWith', 'in'],
])

/**
 * Compiles an expression of stanza (a part of the language of expr-lang): comparisons, `matches contains startsWith endsWith in`, `and or
 * not`, `+`, lists, fields, `severity_number severity_text`, `len() type() lower() upper()`. Throws `ExpressionFault`.
 */
export function compileExpression(text: string): Expression {
  return new Parser(lex(text)).whole()
}

/** Whether a value counts as true. */
export function isTrue(value: AnyValue | undefined): boolean {
  return value === true
}

function lex(text: string): Token[] {
  if (text.length > MAX_CHARACTERS) {
    throw new ExpressionFault(`is longer than ${MAX_CHARACTERS} characters`, 0)
  }
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (found === null) throw new ExpressionFault(`unexpected ${text[at]}`, at)
    const [all, field, word, quoted, number, sign] = found
    if (field !== undefined) tokens.push({ kind: 'field', text: field, at })
    if (word !== undefined) tokens.push({ kind: 'word', text: word, at })
    if (quoted !== undefined) tokens.push({ kind: 'text', text: unquote(quoted), at })
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at })
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, at })
    at += all.length
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }]
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1)
  if (quoted.startsWith('`')) return inner
  return inner.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter)
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    const expression = this.#or()
    const rest = this.#peek()
    if (rest.kind !== 'end') throw new ExpressionFault(`unexpected ${rest.text}`, rest.at)
    return expression
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', at: 0 }
  }

  #takes(...texts: readonly string[]): Token | undefined {
    const token = this.#peek()
    const isMeant = token.kind === 'sign' || token.kind === 'word'
    if (!isMeant || !texts.includes(token.text)) return undefined
    this.#at++
    return token
  }

  #expect(sign: string): void {
    if (this.#takes(sign) === undefined)
      throw new ExpressionFault(`expected ${sign}`, this.#peek().at)
  }

  #or(): Expression {
    if (++this.#depth > MAX_DEPTH)
      throw new ExpressionFault('is nested too deeply', this.#peek().at)
    let left = this.#and()
    while (this.#takes('or', '||')) {
      const [one, other] = [left, this.#and()]
      left = (entry) => isTrue(one(entry)) || isTrue(other(entry))
    }
    this.#depth--
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.#takes('and', '&&')) {
      const [one, other] = [left, this.#not()]
      left = (entry) => isTrue(one(entry)) && isTrue(other(entry))
    }
    return left
  }

  #not(): Expression {
    let isNegated = false
    while (this.#takes('not', '!')) isNegated = !isNegated
    const inner = this.#comparison()
    return isNegated ? (entry) => !isTrue(inner(entry)) : inner
  }

  #comparison(): Expression {
    const left = this.#sum()
    const isNegated = this.#takes('not') !== undefined
    const { kind, text, at } = this.#peek()
    if ((kind !== 'sign' && kind !== 'word') || !COMPARISONS.has(text)) {
      if (isNegated) throw new ExpressionFault('expected matches, contains or in after not', at)
      return left
    }
    this.#at++
    const holds = text === 'matches' ? this.#pattern(left) : compare(text, left, this.#sum())
    return isNegated ? (entry) => !holds(entry) : holds
  }

  #pattern(left: Expression): (entry: FileEntry) => boolean {
    const { kind, text, at } = this.#peek()
    if (kind !== 'text') throw new ExpressionFault('matches takes a pattern in quotes', at)
    this.#at++
    const regex = patternAt(text, at)
    return (entry) => {
      const value = left(entry)
      return typeof value === 'string' && regex.test(value)
    }
  }

  #sum(): Expression {
    let left = this.#operand()
    while (this.#takes('+')) {
      const [one, other] = [left, this.#operand()]
      left = (entry) => add(one(entry), other(entry))
    }
    return left
  }

  #operand(): Expression {
    const token = this.#peek()
    this.#at++
    switch (token.kind) {
      case 'text':
        return () => token.text
      case 'number':
        return () => Number(token.text)
      case 'field': {
        const field = parseField(token.text.replaceAll('?.', '.'))
        if (field === undefined) throw new ExpressionFault(`no field: ${token.text}`, token.at)
        return (entry) => getField(entry, field)
      }
      case 'word':
        return this.#word(token)
      default:
        return this.#bracket(token)
    }
  }

  #bracket(token: Token): Expression {
    if (token.text === '(') {
      const inner = this.#or()
      this.#expect(')')
      return inner
    }
    if (token.text !== '[') {
      throw new ExpressionFault(
        token.kind === 'end' ? 'ends too early' : `unexpected ${token.text}`,
        token.at,
      )
    }
    const items: Expression[] = []
    while (this.#takes(']') === undefined) {
      if (items.length > 0) this.#expect(',')
      items.push(this.#or())
    }
    return (entry) => items.map((item) => item(entry) ?? null)
  }

  #word({ text, at }: Token): Expression {
    switch (text) {
      case 'true':
      case 'false':
        return () => text === 'true'
      case 'nil':
        return () => undefined
      case 'severity_number':
        return (entry) => entry.severityNumber
      case 'severity_text':
        return (entry) => entry.severityText
      default: {
        const call = FUNCTIONS.get(text)
        if (call === undefined) {
          throw new ExpressionFault(
            `unknown name ${text}. There are body, attributes, resource, severity_number, severity_text and ${[...FUNCTIONS.keys()].join('(), ')}()`,
            at,
          )
        }
        this.#expect('(')
        const inner = this.#or()
        this.#expect(')')
        return (entry) => call(inner(entry))
      }
    }
  }
}

type OfOne = (value: AnyValue | undefined) => AnyValue | undefined

const FUNCTIONS: ReadonlyMap<string, OfOne> = new Map<string, OfOne>([
  ['len', lengthOf],
  ['type', typeOf],
  ['lower', (value) => (typeof value === 'string' ? value.toLowerCase() : value)],
  ['upper', (value) => (typeof value === 'string' ? value.toUpperCase() : value)],
])

function lengthOf(value: AnyValue | undefined): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return value !== undefined && isMap(value) ? value.size : 0
}

/** The words of expr-lang. */
function typeOf(value: AnyValue | undefined): string {
  if (value === undefined || value === null) return 'nil'
  if (isMap(value)) return 'map'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'int' : 'float'
}

function patternAt(text: string, at: number): SearchRegex {
  try {
    return compileSearch(text)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    throw new ExpressionFault(`not a valid regular expression (RE2): ${thrown.message}`, at)
  }
}

function add(one: AnyValue | undefined, other: AnyValue | undefined): AnyValue | undefined {
  if (typeof one === 'string' && typeof other === 'string') return one + other
  const [left, right] = [numberOf(one), numberOf(other)]
  return left === undefined || right === undefined ? undefined : left + right
}

function compare(op: string, left: Expression, right: Expression): (entry: FileEntry) => boolean {
  const holds = comparisonOf(op)
  return (entry) => holds(left(entry), right(entry))
}

type Comparison = (one: AnyValue | undefined, other: AnyValue | undefined) => boolean

function comparisonOf(op: string): Comparison {
  switch (op) {
    case '==':
      return isSame
    case '!=':
      return (one, other) => !isSame(one, other)
    case 'contains':
      return ofTexts((one, other) => one.includes(other))
    case 'startsWith':
      return ofTexts((one, other) => one.startsWith(other))
    case 'endsWith':
      return ofTexts((one, other) => one.endsWith(other))
    case 'in':
      return isIn
    default:
      return ordered(op)
  }
}

function ofTexts(holds: (one: string, other: string) => boolean): Comparison {
  return (one, other) => typeof one === 'string' && typeof other === 'string' && holds(one, other)
}

function isIn(one: AnyValue | undefined, other: AnyValue | undefined): boolean {
  if (other === undefined || other === null) return false
  if (isMap(other)) return typeof one === 'string' && other.has(one)
  if (!Array.isArray(other)) return false
  const items: readonly AnyValue[] = other
  return items.some((item) => isSame(one, item))
}

function ordered(op: string): Comparison {
  return (one, other) => {
    const texts = typeof one === 'string' && typeof other === 'string'
    const left = texts ? one : numberOf(one)
    const right = texts ? other : numberOf(other)
    if (left === undefined || right === undefined) return false
    if (op === '<') return left < right
    if (op === '<=') return left <= right
    return op === '>' ? left > right : left >= right
  }
}

function isSame(one: AnyValue | undefined, other: AnyValue | undefined): boolean {
  const [left, right] = [numberOf(one), numberOf(other)]
  if (left !== undefined && right !== undefined) return left === right
  return (one ?? undefined) === (other ?? undefined)
}

function numberOf(value: AnyValue | undefined): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
}
