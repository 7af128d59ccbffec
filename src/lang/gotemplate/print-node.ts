import type { BranchNode, CommandNode, Node, Operand, PipeNode } from './ast.ts'
import { quoteString } from '../../model/go-notation.ts'

/** A part of a template as Go's errors show it between `<` and `>`. */
export function printNode(node: Node | Operand | CommandNode): string {
  switch (node.kind) {
    case 'list':
      return node.nodes.map(printNode).join('')
    case 'text':
      return node.text
    case 'action':
      return `{{${printPipe(node.pipe)}}}`
    case 'if':
    case 'with':
    case 'range':
      return printBranch(node)
    case 'template': {
      const pipe = node.pipe ? ` ${printPipe(node.pipe)}` : ''
      return `{{template ${quoteString(node.name)}${pipe}}}`
    }
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`
    case 'command':
      return node.args.map(printArgument).join(' ')
    default:
      return printOperand(node)
  }
}

function printBranch(node: BranchNode): string {
  const otherwise = node.elseList ? `{{else}}${printNode(node.elseList)}` : ''
  return `{{${node.kind} ${printPipe(node.pipe)}}}${printNode(node.list)}${otherwise}{{end}}`
}

function printPipe(pipe: PipeNode): string {
  const commands = pipe.commands.map(printNode).join(' | ')
  if (pipe.declared.length === 0) return commands
  return `${pipe.declared.join(', ')} ${pipe.isAssignment ? '=' : ':='} ${commands}`
}

function printArgument(operand: Operand): string {
  return operand.kind === 'pipe' ? `(${printPipe(operand)})` : printOperand(operand)
}

/** An operand by itself; a pipeline without its parentheses. */
export function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(operand.value)
    case 'number':
      return operand.text
    case 'string':
      return operand.quoted
    case 'identifier':
      return operand.name
    case 'field':
      return printPath(operand.path)
    case 'variable':
      return operand.name + printPath(operand.path)
    case 'chain':
      return printArgument(operand.node) + printPath(operand.path)
    case 'pipe':
      return printPipe(operand)
    default:
      return operand satisfies never
  }
}

function printPath(path: readonly string[]): string {
  return path.map((name) => `.${name}`).join('')
}
