import type { Comparison, Node } from './ast.ts'
import { JmespathError } from './jmespath-error.ts'
import { lex, type Token } from './lex.ts'

/** How tightly a token binds what stands before it; others end an expression. */
const POWER: Partial<Record<Token['kind'], number>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '[?': 21,
  '.': 40,
  '[': 55,
  '(': 60,
}

/** Tokens that bind less end a projection. */
const ENDS_PROJECTION = 10
const STAR_POWER = 20
const FILTER_POWER = 21
const NOT_POWER = 45

/** Expressions within each other. */
const MAX_DEPTH = 200

const CURRENT: Node = { kind: 'current' }

const COMPARISONS: ReadonlySet<Token['kind']> = new Set(['==', '!=', '<', '<=', '>', '>='] as const)

function isComparison(kind: Token['kind']): kind is Comparison {
  return COMPARISONS.has(kind)
}

/** Reads an expression. Throws `JmespathError`. */
export function parseJmespath(source: string): Node {
  const parser = new Parser(lex(source))
  return parser.parseAll()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parseAll(): Node {
    const node = this.#expression(0)
    if (this.#now.kind !== 'end') this.#unexpected()
    return node
  }

  get #now(): Token {
    return this.#look(0)
  }

  #look(ahead: number): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: 'end', start: 0 }
  }

  #take(kind: Token['kind']): void {
    if (this.#now.kind !== kind) this.#unexpected(`; ${kind} is missing`)
    this.#at++
  }

  #unexpected(hint = ''): never {
    const { kind, start } = this.#now
    const what = kind === 'end' ? 'the expression ends too early' : `unexpected ${kind}`
    throw new JmespathError(what + hint, start)
  }

  #expression(power: number): Node {
    if (++this.#depth > MAX_DEPTH) {
      throw new JmespathError(`nested deeper than ${MAX_DEPTH} levels`, this.#now.start)
    }
    let left = this.#prefix()
    while (power < (POWER[this.#now.kind] ?? 0)) left = this.#infix(left)
    this.#depth--
    return left
  }

  #prefix(): Node {
    const token = this.#now
    this.#at++
    switch (token.kind) {
      case 'literal':
        return { kind: 'literal', value: token.value }
      case 'name':
        return { kind: 'field', name: token.text, start: token.start }
      case 'quoted':
        if (this.#now.kind === '(') this.#unexpected('; a function has no quotes')
        return { kind: 'field', name: token.text, start: token.start }
      case '*':
        return { kind: 'values', left: CURRENT, right: this.#projected(STAR_POWER) }
      case '[?':
        return this.#filter(CURRENT)
      case '[]':
        return this.#flatten(CURRENT)
      case '[':
        return this.#bracket(undefined)
      case '{':
        return this.#hash()
      case '@':
        return CURRENT
      case '!':
        return { kind: 'not', of: this.#expression(NOT_POWER) }
      case '&':
        return { kind: 'reference', of: this.#expression(0) }
      case '(': {
        const inner = this.#expression(0)
        this.#take(')')
        return inner
      }
      default:
        this.#at--
        return this.#unexpected()
    }
  }

  #infix(left: Node): Node {
    const token = this.#now
    this.#at++
    switch (token.kind) {
      case '.':
        if (this.#now.kind !== '*') return { kind: 'sub', left, right: this.#afterDot(40) }
        this.#at++
        return { kind: 'values', left, right: this.#projected(STAR_POWER) }
      case '|':
        return { kind: 'pipe', left, right: this.#expression(1) }
      case '||':
        return { kind: 'or', left, right: this.#expression(2) }
      case '&&':
        return { kind: 'and', left, right: this.#expression(3) }
      case '(':
        return this.#call(left)
      case '[?':
        return this.#filter(left)
      case '[]':
        return this.#flatten(left)
      case '[':
        return this.#bracket(left)
      default:
        if (isComparison(token.kind)) {
          return { kind: 'compare', op: token.kind, left, right: this.#expression(5) }
        }
        this.#at--
        return this.#unexpected()
    }
  }

  #filter(left: Node): Node {
    const test = this.#expression(0)
    this.#take(']')
    const right = this.#now.kind === '[]' ? CURRENT : this.#projected(FILTER_POWER)
    return { kind: 'filter', left, test, right }
  }

  #flatten(of: Node): Node {
    return { kind: 'projection', left: { kind: 'flatten', of }, right: this.#projected(9) }
  }

  /** Behind a `[`: an index, a slice, `*]`, or a list of expressions where nothing stands before it. */
  #bracket(left: Node | undefined): Node {
    const { kind } = this.#now
    if (kind === 'number' || kind === ':') {
      const inner = this.#indexOrSlice()
      const sub: Node = { kind: 'sub', left: left ?? CURRENT, right: inner }
      if (inner.kind !== 'slice') return sub
      return { kind: 'projection', left: sub, right: this.#projected(STAR_POWER) }
    }
    if (kind === '*' && this.#look(1).kind === ']') {
      this.#at += 2
      return { kind: 'projection', left: left ?? CURRENT, right: this.#projected(STAR_POWER) }
    }
    if (left !== undefined) this.#unexpected('; a number, a slice, * or ? may stand in [ ]')
    return this.#list()
  }

  #indexOrSlice(): Node {
    const parts: (number | undefined)[] = [undefined]
    const { start } = this.#now
    for (;;) {
      const token = this.#now
      if (token.kind === 'number') {
        if (parts.at(-1) !== undefined) this.#unexpected()
        parts[parts.length - 1] = token.value
      } else if (token.kind === ':' && parts.length < 3) parts.push(undefined)
      else break
      this.#at++
    }
    this.#take(']')
    const [from, to, step] = parts
    if (parts.length === 1) return { kind: 'index', index: from ?? 0 }
    if (step === 0) throw new JmespathError('the step of a slice must not be 0', start)
    return {
      kind: 'slice',
      step: step ?? 1,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }
  }

  /** What is applied to each item of a projection. */
  #projected(power: number): Node {
    const { kind } = this.#now
    if ((POWER[kind] ?? 0) < ENDS_PROJECTION) return CURRENT
    if (kind === '[' || kind === '[?') return this.#expression(power)
    if (kind !== '.') this.#unexpected()
    this.#at++
    return this.#afterDot(power)
  }

  #afterDot(power: number): Node {
    const { kind } = this.#now
    if (kind === 'name' || kind === 'quoted' || kind === '*') return this.#expression(power)
    if (kind !== '[' && kind !== '{') this.#unexpected('; a name, *, [ or { may follow a dot')
    this.#at++
    return kind === '[' ? this.#list() : this.#hash()
  }

  #list(): Node {
    const items = [this.#expression(0)]
    while (this.#now.kind === ',') {
      this.#at++
      items.push(this.#expression(0))
    }
    this.#take(']')
    return { kind: 'list', items }
  }

  #hash(): Node {
    const entries: [string, Node][] = []
    for (;;) {
      const key = this.#now
      if (key.kind !== 'name' && key.kind !== 'quoted')
        return this.#unexpected('; a name is missing')
      this.#at++
      this.#take(':')
      entries.push([key.text, this.#expression(0)])
      if (this.#now.kind !== ',') break
      this.#at++
    }
    this.#take('}')
    return { kind: 'hash', entries }
  }

  #call(left: Node): Node {
    if (left.kind !== 'field') {
      this.#at--
      return this.#unexpected()
    }
    const args: Node[] = []
    while (this.#now.kind !== ')') {
      if (args.length > 0) this.#take(',')
      args.push(this.#expression(0))
    }
    this.#at++
    return { kind: 'call', name: left.name, args, start: left.start }
  }
}
