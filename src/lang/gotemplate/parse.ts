import type { BranchNode, ListNode, LoopControlNode, Node, PipeNode, TemplateNode } from './ast.ts'
import type { Definition } from './definition.ts'
import { isEmptyDefinition } from './definition.ts'
import type { FunctionTable } from './function.ts'
import type { TemplateLimits } from './limits.ts'
import { parsePipeline } from './parse-pipeline.ts'
import { quoteString } from '../../model/go-notation.ts'
import { readString } from './literal.ts'
import type { Token } from './lex.ts'
import { TokenReader, type Preamble } from './token-reader.ts'
import { TemplateError } from './template-error.ts'

/** What ends a list: `{{end}}`, or `{{else}}` with the word that follows it. */
interface ListEnd {
  readonly kind: 'end' | 'else'
  readonly pos: number
  readonly chained: 'if' | 'with' | undefined
}

/**
 * Reads a text: the template `name`, and what it defines (`define`, `block`). Throws TemplateError in Go's words at the first
 * fault: `template: NAME:LINE: unexpected "}" in operand`. A preamble is part of the source.
 */
export function parseDefinitions(
  name: string,
  source: string,
  functions: FunctionTable,
  limits: TemplateLimits,
  preamble?: Preamble,
): Definition[] {
  if (source.length > limits.maxSourceLength) {
    const most = limits.maxSourceLength
    throw new TemplateError('limit', `template: ${name}: longer than ${most} characters`)
  }
  const parser = new Parser(new TokenReader(name, source, functions, limits, preamble))
  return parser.parseText(preamble?.root)
}

/** Reads what many texts begin with, for `parseDefinitions`. */
export function parsePreamble(
  source: string,
  functions: FunctionTable,
  limits: TemplateLimits,
): Preamble {
  const tokens = new TokenReader('', source, functions, limits)
  const root = new Parser(tokens).parseRoot(undefined)
  return { source, root, variables: tokens.variables, endLine: tokens.peek().line }
}

class Parser {
  readonly #tokens: TokenReader
  readonly #definitions = new Map<string, Definition>()
  #rangeDepth = 0

  constructor(tokens: TokenReader) {
    this.#tokens = tokens
  }

  parseText(before: ListNode | undefined): Definition[] {
    this.#add(this.#tokens.name, this.parseRoot(before))
    return [...this.#definitions.values()]
  }

  /** What is no definition, behind what the text begins with. */
  parseRoot(before: ListNode | undefined): ListNode {
    const tokens = this.#tokens
    const nodes = [...(before?.nodes ?? [])]
    const pos = before?.pos ?? tokens.peek().pos
    while (tokens.peek().kind !== 'eof') {
      const isAction = tokens.peek().kind === 'left'
      if (isAction && this.#takeDefine()) continue
      const node = this.#textOrAction()
      if (isListEnd(node)) throw tokens.fault(`unexpected ${describeEnd(node)}`)
      nodes.push(node)
    }
    return { kind: 'list', pos, nodes }
  }

  #add(name: string, root: ListNode): void {
    const { name: parseName, source } = this.#tokens
    const definition = { name, parseName, source, root }
    const known = this.#definitions.get(name)
    if (known === undefined || isEmptyDefinition(known)) this.#definitions.set(name, definition)
    else if (!isEmptyDefinition(definition)) {
      throw this.#tokens.fault(`template: multiple definition of template ${quoteString(name)}`)
    }
  }

  /** `{{define "name"}} … {{end}}`, which may stand at the top only; false when the action is another. */
  #takeDefine(): boolean {
    const tokens = this.#tokens
    const left = tokens.next()
    const word = tokens.nextNonSpace()
    if (word.kind !== 'keyword' || word.text !== 'define') {
      tokens.back(left, word)
      return false
    }
    const context = 'define clause'
    const name = this.#templateName(tokens.nextNonSpace(), context)
    tokens.expect('right', context)
    this.#add(name, this.#body(context))
    return true
  }

  /** The list of a template of its own: it sees no variables and no loop of the text around it. */
  #body(context: string): ListNode {
    const tokens = this.#tokens
    const outer = tokens.variables
    const rangeDepth = this.#rangeDepth
    tokens.variables = ['$']
    this.#rangeDepth = 0
    const { list, end } = this.#list()
    if (end.kind !== 'end') throw tokens.fault(`unexpected ${describeEnd(end)} in ${context}`)
    tokens.variables = outer
    this.#rangeDepth = rangeDepth
    return list
  }

  #templateName(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'rawString') {
      throw this.#tokens.unexpected(token, context)
    }
    const name = readString(token.text)
    if (name === undefined) throw this.#tokens.fault('invalid syntax')
    return name
  }

  #list(): { list: ListNode; end: ListEnd } {
    const tokens = this.#tokens
    const pos = tokens.peekNonSpace().pos
    const nodes: Node[] = []
    tokens.enter()
    while (tokens.peekNonSpace().kind !== 'eof') {
      const node = this.#textOrAction()
      if (isListEnd(node)) {
        tokens.leave()
        return { list: { kind: 'list', pos, nodes }, end: node }
      }
      nodes.push(node)
    }
    throw tokens.fault('unexpected EOF')
  }

  #textOrAction(): Node | ListEnd {
    const token = this.#tokens.nextNonSpace()
    if (token.kind === 'text') return { kind: 'text', pos: token.pos, text: token.text }
    if (token.kind !== 'left') throw this.#tokens.unexpected(token, 'input')
    this.#tokens.actionLine = token.line
    const node = this.#action()
    this.#tokens.actionLine = 0
    return node
  }

  #action(): Node | ListEnd {
    const tokens = this.#tokens
    const token = tokens.nextNonSpace()
    if (token.kind === 'keyword') {
      switch (token.text) {
        case 'if':
        case 'with':
        case 'range':
          return this.#branch(token.text)
        case 'else':
          return this.#else()
        case 'end':
          return { kind: 'end', pos: tokens.expect('right', 'end').pos, chained: undefined }
        case 'template':
          return this.#template()
        case 'block':
          return this.#block()
        case 'break':
        case 'continue':
          return this.#loopControl(token, token.text)
        default:
          break
      }
    }
    tokens.back(token)
    const pos = tokens.peek().pos
    return { kind: 'action', pos, pipe: parsePipeline(tokens, 'command', 'right') }
  }

  #loopControl(token: Token, kind: 'break' | 'continue'): LoopControlNode {
    const next = this.#tokens.nextNonSpace()
    if (next.kind !== 'right') throw this.#tokens.unexpected(next, `{{${kind}}}`)
    if (this.#rangeDepth === 0) throw this.#tokens.fault(`{{${kind}}} outside {{range}}`)
    return { kind, pos: token.pos }
  }

  #else(): ListEnd {
    const tokens = this.#tokens
    const next = tokens.peekNonSpace()
    if (next.kind === 'keyword' && (next.text === 'if' || next.text === 'with')) {
      return { kind: 'else', pos: next.pos, chained: next.text }
    }
    return { kind: 'else', pos: tokens.expect('right', 'else').pos, chained: undefined }
  }

  #branch(kind: 'if' | 'with' | 'range'): BranchNode {
    const tokens = this.#tokens
    const known = tokens.variables.length
    const pipe: PipeNode = parsePipeline(tokens, kind, 'right')
    if (kind === 'range') this.#rangeDepth++
    const { list, end } = this.#list()
    if (kind === 'range') this.#rangeDepth--
    const elseList = end.kind === 'else' ? this.#elseList(kind, end) : undefined
    tokens.variables.length = known
    return { kind, pos: pipe.pos, pipe, list, elseList }
  }

  #elseList(kind: 'if' | 'with' | 'range', end: ListEnd): ListNode {
    const tokens = this.#tokens
    if (end.chained !== undefined && end.chained === kind) {
      // `{{else if b}} … {{end}}` is read as `{{else}}{{if b}} … {{end}}{{end}}` with the last end left out.
      tokens.nextNonSpace()
      tokens.enter()
      const nested = this.#branch(end.chained)
      tokens.leave()
      return { kind: 'list', pos: end.pos, nodes: [nested] }
    }
    const { list, end: last } = this.#list()
    if (last.kind !== 'end') throw tokens.fault(`expected end; found ${describeEnd(last)}`)
    return list
  }

  #template(): TemplateNode {
    const tokens = this.#tokens
    const context = 'template clause'
    const token = tokens.nextNonSpace()
    const name = this.#templateName(token, context)
    const next = tokens.nextNonSpace()
    if (next.kind === 'right') return { kind: 'template', pos: token.pos, name, pipe: undefined }
    tokens.back(next)
    const pipe = parsePipeline(tokens, context, 'right')
    return { kind: 'template', pos: token.pos, name, pipe }
  }

  #block(): TemplateNode {
    const tokens = this.#tokens
    const context = 'block clause'
    const token = tokens.nextNonSpace()
    const name = this.#templateName(token, context)
    const pipe = parsePipeline(tokens, context, 'right')
    this.#add(name, this.#body(context))
    return { kind: 'template', pos: token.pos, name, pipe }
  }
}

function isListEnd(node: Node | ListEnd): node is ListEnd {
  return node.kind === 'end' || node.kind === 'else'
}

function describeEnd(end: ListEnd): string {
  return `{{${end.kind}}}`
}
