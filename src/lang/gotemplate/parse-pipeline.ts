import type { CommandNode, NumberNode, Operand, PipeNode } from './ast.ts'
import type { Token, TokenKind } from './lex.ts'
import { readCharacter, readNumber, readString } from './literal.ts'
import { printOperand } from './print-node.ts'
import { quoteString } from '../../model/go-notation.ts'
import type { TokenReader } from './token-reader.ts'

const OPERAND_STARTS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'bool',
  'char',
  'dot',
  'field',
  'identifier',
  'number',
  'rawString',
  'string',
  'variable',
  'leftParen',
])

/** Reads declarations and commands up to `end`, which is taken too. `context` is what Go's messages call it. */
export function parsePipeline(
  tokens: TokenReader,
  context: string,
  end: 'right' | 'rightParen',
): PipeNode {
  const pos = tokens.peekNonSpace().pos
  const { declared, isAssignment } = parseDeclarations(tokens, context)
  const commands: CommandNode[] = []
  for (;;) {
    const token = tokens.nextNonSpace()
    if (token.kind === end) break
    if (!startsOperand(token)) throw tokens.unexpected(token, context)
    tokens.back(token)
    commands.push(parseCommand(tokens))
  }
  if (commands.length === 0) throw tokens.fault(`missing value for ${context}`)
  for (const [i, command] of commands.entries()) {
    if (i > 0 && !isExecutable(command.args[0])) {
      throw tokens.fault(`non executable command in pipeline stage ${i + 1}`)
    }
  }
  return { kind: 'pipe', pos, declared, isAssignment, commands }
}

function startsOperand(token: Token): boolean {
  return OPERAND_STARTS.has(token.kind) || isNil(token)
}

function isNil(token: Token): boolean {
  return token.kind === 'keyword' && token.text === 'nil'
}

function isExecutable(operand: Operand): boolean {
  return !['bool', 'dot', 'nil', 'number', 'string'].includes(operand.kind)
}

function parseDeclarations(
  tokens: TokenReader,
  context: string,
): { declared: string[]; isAssignment: boolean } {
  const declared: string[] = []
  for (;;) {
    const variable = tokens.peekNonSpace()
    if (variable.kind !== 'variable') return { declared, isAssignment: false }
    tokens.next()
    const after = tokens.next()
    // A space tells `$x foo`, an argument, from `$x.foo`; it is given back when this is no declaration.
    const sign = after.kind === 'space' ? tokens.nextNonSpace() : after
    if (sign.kind === 'assign' || sign.kind === 'declare') {
      declared.push(variable.text)
      tokens.variables.push(variable.text)
      return { declared, isAssignment: sign.kind === 'assign' }
    }
    if (sign.kind !== 'comma') {
      if (sign === after) tokens.back(variable, after)
      else tokens.back(variable, after, sign)
      return { declared, isAssignment: false }
    }
    declared.push(variable.text)
    tokens.variables.push(variable.text)
    if (context !== 'range' || declared.length > 1) {
      throw tokens.fault(`too many declarations in ${context}`)
    }
    const next = tokens.peekNonSpace().kind
    if (next !== 'variable' && next !== 'right' && next !== 'rightParen') {
      throw tokens.fault('range can only initialize variables')
    }
  }
}

function parseCommand(tokens: TokenReader): CommandNode {
  const pos = tokens.peekNonSpace().pos
  const args: Operand[] = []
  for (;;) {
    tokens.peekNonSpace()
    const operand = parseOperand(tokens)
    if (operand) args.push(operand)
    const token = tokens.next()
    if (token.kind === 'space') continue
    if (token.kind === 'right' || token.kind === 'rightParen') tokens.back(token)
    else if (token.kind !== 'pipe') throw tokens.unexpected(token, 'operand')
    break
  }
  const [first, ...rest] = args
  if (!first) throw tokens.fault('empty command')
  return { kind: 'command', pos, args: [first, ...rest] }
}

/** A term and the fields that follow it without a space. */
function parseOperand(tokens: TokenReader): Operand | undefined {
  const term = parseTerm(tokens)
  if (!term || tokens.peek().kind !== 'field') return term
  const pos = tokens.peek().pos
  const path: string[] = []
  while (tokens.peek().kind === 'field') path.push(tokens.next().text.slice(1))
  switch (term.kind) {
    case 'field':
      return { kind: 'field', pos, path: [...term.path, ...path] }
    case 'variable':
      return { kind: 'variable', pos, name: term.name, path: [...term.path, ...path] }
    case 'pipe':
    case 'identifier':
    case 'chain':
      return { kind: 'chain', pos, node: term, path }
    case 'bool':
    case 'string':
    case 'number':
    case 'nil':
    case 'dot':
      throw tokens.fault(`unexpected . after term ${quoteString(printOperand(term))}`)
    default:
      return term satisfies never
  }
}

function parseTerm(tokens: TokenReader): Operand | undefined {
  const token = tokens.nextNonSpace()
  const { pos, text } = token
  switch (token.kind) {
    case 'identifier':
      if (!tokens.hasFunction(text)) throw tokens.fault(`function ${quoteString(text)} not defined`)
      return { kind: 'identifier', pos, name: text }
    case 'dot':
      return { kind: 'dot', pos }
    case 'variable':
      if (!tokens.variables.includes(text)) {
        throw tokens.fault(`undefined variable ${quoteString(text)}`)
      }
      return { kind: 'variable', pos, name: text, path: [] }
    case 'field':
      return { kind: 'field', pos, path: [text.slice(1)] }
    case 'bool':
      return { kind: 'bool', pos, value: text === 'true' }
    case 'number':
    case 'char':
      return parseNumber(tokens, token)
    case 'string':
    case 'rawString': {
      const value = readString(text)
      if (value === undefined) throw tokens.fault('invalid syntax')
      return { kind: 'string', pos, quoted: text, value }
    }
    case 'leftParen': {
      tokens.enter()
      const pipe = parsePipeline(tokens, 'parenthesized pipeline', 'rightParen')
      tokens.leave()
      return pipe
    }
    default:
      if (isNil(token)) return { kind: 'nil', pos }
      tokens.back(token)
      return undefined
  }
}

function parseNumber(tokens: TokenReader, token: Token): NumberNode {
  const { pos, text } = token
  if (token.kind === 'char') {
    const int = readCharacter(text)
    if (typeof int === 'object') throw tokens.fault(int.fault)
    return { kind: 'number', pos, text, int, float: Number(int) }
  }
  const literal = readNumber(text)
  if ('fault' in literal) throw tokens.fault(literal.fault)
  return { kind: 'number', pos, text, int: literal.int, float: literal.float }
}
