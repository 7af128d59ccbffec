import { lex, OttlFault, type Token } from './lex.ts'
import type { Comparison, OttlValue } from './value.ts'

/** A part of a path: a name with what stands in brackets behind it. */
export interface PathField {
  readonly name: string
  readonly keys: readonly (string | number)[]
}

export interface PathExpr {
  readonly kind: 'path'
  readonly fields: readonly PathField[]
  readonly start: number
}

export interface CallExpr {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly OttlExpr[]
  readonly keys: readonly (string | number)[]
  readonly start: number
}

/** An expression of OTTL, with where it begins in the text. */
export type OttlExpr =
  | PathExpr
  | CallExpr
  | { readonly kind: 'literal'; readonly value: OttlValue; readonly start: number }
  | { readonly kind: 'enum'; readonly name: string; readonly start: number }
  | { readonly kind: 'list'; readonly items: readonly OttlExpr[]; readonly start: number }
  | { readonly kind: 'not'; readonly operand: OttlExpr; readonly start: number }
  | {
      readonly kind: 'logic'
      readonly op: 'and' | 'or'
      readonly left: OttlExpr
      readonly right: OttlExpr
      readonly start: number
    }
  | {
      readonly kind: 'compare'
      readonly op: Comparison
      readonly left: OttlExpr
      readonly right: OttlExpr
      readonly start: number
    }
  | {
      readonly kind: 'math'
      readonly op: '+' | '-' | '*' | '/'
      readonly left: OttlExpr
      readonly right: OttlExpr
      readonly start: number
    }

export interface OttlStatement {
  readonly editor: CallExpr
  readonly where: OttlExpr | undefined
}

/** Calls and brackets nested deeper than this are refused. */
const MAX_DEPTH = 50

/**
 * Parses a condition of the OpenTelemetry Transformation Language (collector-contrib, pkg/ottl), such as
 * `attributes["http.route"] == "/health" and not IsMatch(name, "^GET")`. Throws `OttlFault`.
 */
export function parseCondition(text: string): OttlExpr {
  const parser = new Parser(text)
  const condition = parser.or(0)
  parser.end()
  return condition
}

/** Parses a statement: `set(attributes["a"], 1) where name == "x"`. Throws `OttlFault`. */
export function parseStatement(text: string): OttlStatement {
  const parser = new Parser(text)
  const editor = parser.value(0)
  if (editor.kind !== 'call' || !/^[a-z]/.test(editor.name)) {
    throw new OttlFault('a statement begins with a function such as set(…)', editor.start)
  }
  const where = parser.takeWord('where') ? parser.or(0) : undefined
  parser.end()
  return { editor, where }
}

const COMPARISONS: readonly Comparison[] = ['==', '!=', '<', '<=', '>', '>=']

class Parser {
  readonly #tokens: readonly Token[]
  readonly #length: number
  #at = 0

  constructor(text: string) {
    this.#tokens = lex(text)
    this.#length = text.length
  }

  end(): void {
    const token = this.#peek()
    if (token !== undefined) throw this.#unexpected(token)
  }

  takeWord(word: string): boolean {
    const token = this.#peek()
    if (token?.kind !== 'name' || token.text !== word) return false
    this.#at++
    return true
  }

  or(depth: number): OttlExpr {
    let left = this.#and(depth)
    while (this.takeWord('or')) {
      left = { kind: 'logic', op: 'or', left, right: this.#and(depth), start: left.start }
    }
    return left
  }

  #and(depth: number): OttlExpr {
    let left = this.#not(depth)
    while (this.takeWord('and')) {
      left = { kind: 'logic', op: 'and', left, right: this.#not(depth), start: left.start }
    }
    return left
  }

  #not(depth: number): OttlExpr {
    if (depth > MAX_DEPTH) throw new OttlFault(`nested deeper than ${MAX_DEPTH}`, this.#start())
    const start = this.#start()
    if (this.takeWord('not')) return { kind: 'not', operand: this.#not(depth + 1), start }
    return this.#comparison(depth)
  }

  #comparison(depth: number): OttlExpr {
    const left = this.#sum(depth)
    const token = this.#peek()
    const op = COMPARISONS.find((each) => token?.kind === 'sign' && token.text === each)
    if (op === undefined) return left
    this.#at++
    return { kind: 'compare', op, left, right: this.#sum(depth), start: left.start }
  }

  #sum(depth: number): OttlExpr {
    let left = this.#product(depth)
    for (let op = this.#takeSign('+', '-'); op; op = this.#takeSign('+', '-')) {
      left = { kind: 'math', op, left, right: this.#product(depth), start: left.start }
    }
    return left
  }

  #product(depth: number): OttlExpr {
    let left = this.value(depth)
    for (let op = this.#takeSign('*', '/'); op; op = this.#takeSign('*', '/')) {
      left = { kind: 'math', op, left, right: this.value(depth), start: left.start }
    }
    return left
  }

  value(depth: number): OttlExpr {
    if (depth > MAX_DEPTH) throw new OttlFault(`nested deeper than ${MAX_DEPTH}`, this.#start())
    const token = this.#peek()
    if (token === undefined) throw new OttlFault('ends where a value must follow', this.#length)
    const { start } = token
    this.#at++
    if (token.kind === 'text') return { kind: 'literal', value: token.text, start }
    if (token.kind === 'number') return { kind: 'literal', value: numberOf(token.text), start }
    if (token.kind === 'name') return this.#named(token, depth)
    if (token.text === '-') {
      const operand = this.value(depth + 1)
      return {
        kind: 'math',
        op: '-',
        left: { kind: 'literal', value: 0n, start },
        right: operand,
        start,
      }
    }
    if (token.text === '(') {
      const inner = this.or(depth + 1)
      this.#expect(')')
      return inner
    }
    if (token.text === '[') {
      return { kind: 'list', items: this.#items(']', depth + 1), start }
    }
    throw this.#unexpected(token)
  }

  #named({ text, start }: Token, depth: number): OttlExpr {
    if (text === 'nil') return { kind: 'literal', value: undefined, start }
    if (text === 'true' || text === 'false')
      return { kind: 'literal', value: text === 'true', start }
    if (this.#takeSign('(')) {
      const args = this.#items(')', depth + 1)
      return { kind: 'call', name: text, args, keys: this.#keys(), start }
    }
    if (/^[A-Z][A-Z0-9_]*$/.test(text)) return { kind: 'enum', name: text, start }
    const fields: PathField[] = [{ name: text, keys: this.#keys() }]
    while (this.#takeSign('.')) {
      const next = this.#peek()
      if (next?.kind !== 'name') throw new OttlFault('a name must follow the dot', this.#start())
      this.#at++
      fields.push({ name: next.text, keys: this.#keys() })
    }
    return { kind: 'path', fields, start }
  }

  #keys(): (string | number)[] {
    const keys: (string | number)[] = []
    while (this.#takeSign('[')) {
      const token = this.#peek()
      if (token?.kind !== 'text' && token?.kind !== 'number') {
        throw new OttlFault('a text or a number must stand in the brackets', this.#start())
      }
      this.#at++
      keys.push(token.kind === 'text' ? token.text : Number(token.text))
      this.#expect(']')
    }
    return keys
  }

  #items(close: ')' | ']', depth: number): OttlExpr[] {
    const items: OttlExpr[] = []
    if (this.#takeSign(close)) return items
    do items.push(this.or(depth))
    while (this.#takeSign(','))
    this.#expect(close)
    return items
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #start(): number {
    return this.#peek()?.start ?? this.#length
  }

  #takeSign<Sign extends string>(...signs: readonly Sign[]): Sign | undefined {
    const token = this.#peek()
    const sign = signs.find((each) => token?.kind === 'sign' && token.text === each)
    if (sign !== undefined) this.#at++
    return sign
  }

  #expect(sign: string): void {
    if (this.#takeSign(sign) === undefined) {
      throw new OttlFault(`${sign} is missing`, this.#start())
    }
  }

  #unexpected({ text, start }: Token): OttlFault {
    return new OttlFault(`unexpected ${text}`, start)
  }
}

function numberOf(text: string): bigint | number {
  return /^[0-9]{1,18}$/.test(text) ? BigInt(text) : Number(text)
}
