import type { CommandNode, ListNode, Node, Operand, PipeNode } from './ast.ts'
import type { Definition } from './definition.ts'
import type { TemplateSet } from './template.ts'
import { quoteString } from '../../model/go-notation.ts'

/** What is wrong in a template, without data: `template: NAME:LINE: …`. */
export interface TemplateFault {
  readonly template: string
  /** From 1. */
  readonly line: number
  readonly message: string
}

/** Templates that are called and not defined, and circles of calls that nothing can end. */
export function findFaults(set: TemplateSet): TemplateFault[] {
  const faults: TemplateFault[] = []
  const seen = new Set<string>()
  for (const name of set.names()) {
    const definition = set.lookUp(name)
    if (!definition) continue
    faults.push(...findUnknown(set, definition))
    const cycle = findCycle(set, name)
    if (cycle && !cycle.some((member) => seen.has(member))) {
      for (const member of cycle) seen.add(member)
      const circle = [...cycle, cycle[0] ?? ''].map(quoteString).join(' -> ')
      faults.push(faultAt(definition, definition.root.pos, `endless cycle of templates ${circle}`))
    }
  }
  return faults
}

function findUnknown(set: TemplateSet, definition: Definition): TemplateFault[] {
  const faults: TemplateFault[] = []
  visit(definition.root, {
    node: (node) => {
      if (node.kind === 'template' && !set.lookUp(node.name)) {
        const message = `template ${quoteString(node.name)} not defined`
        faults.push(faultAt(definition, node.pos, message))
      }
    },
  })
  return faults
}

function faultAt(definition: Definition, pos: number, problem: string): TemplateFault {
  const line = definition.source.slice(0, pos).split('\n').length
  const message = `template: ${definition.parseName}:${line}: ${problem}`
  return { template: definition.name, line, message }
}

/** The names on a circle of unconditional calls that begins with `start`; undefined when there is none. */
export function findCycle(set: TemplateSet, start: string): string[] | undefined {
  const path = [start]
  const done = new Set<string>()
  const search = (name: string): boolean => {
    for (const next of unconditionalCalls(set.lookUp(name)?.root)) {
      if (next === start) return true
      if (done.has(next)) continue
      done.add(next)
      path.push(next)
      if (search(next)) return true
      path.pop()
    }
    return false
  }
  return search(start) ? path : undefined
}

/** The templates that a list calls whatever the data is: those outside of all branches and loops. */
function unconditionalCalls(list: ListNode | undefined): string[] {
  const names: string[] = []
  for (const node of list?.nodes ?? []) if (node.kind === 'template') names.push(node.name)
  return names
}

/** Whether a template or any that it may call names an asynchronous function. */
export function isAsync(set: TemplateSet, start: string): boolean {
  const asyncNames = new Set<string>()
  for (const [name, callee] of set.functions) if (callee.isAsync) asyncNames.add(name)
  if (asyncNames.size === 0) return false
  const waiting = [start]
  const seen = new Set(waiting)
  let found = false
  const call = (name: string): void => {
    if (!seen.has(name)) waiting.push(name)
    seen.add(name)
  }
  for (let name = waiting.pop(); name !== undefined && !found; name = waiting.pop()) {
    const definition = set.lookUp(name)
    if (!definition) continue
    visit(definition.root, {
      node: (node) => {
        if (node.kind === 'template') call(node.name)
      },
      operand: (operand) => {
        if (operand.kind !== 'identifier') return
        if (asyncNames.has(operand.name)) found = true
        // `tmpl` calls a template whose name only the evaluation knows.
        if (operand.name === 'tmpl') for (const other of set.names()) call(other)
      },
    })
  }
  return found
}

interface Visitor {
  node?(node: Node): void
  operand?(operand: Operand): void
}

/** Shows every part of a tree to a visitor. */
function visit(node: Node, visitor: Visitor): void {
  visitor.node?.(node)
  switch (node.kind) {
    case 'list':
      for (const child of node.nodes) visit(child, visitor)
      break
    case 'action':
      visitPipe(node.pipe, visitor)
      break
    case 'if':
    case 'with':
    case 'range':
      visitPipe(node.pipe, visitor)
      visit(node.list, visitor)
      if (node.elseList) visit(node.elseList, visitor)
      break
    case 'template':
      if (node.pipe) visitPipe(node.pipe, visitor)
      break
    case 'text':
    case 'break':
    case 'continue':
      break
    default:
      node satisfies never
  }
}

function visitPipe(pipe: PipeNode, visitor: Visitor): void {
  for (const command of pipe.commands) visitCommand(command, visitor)
}

function visitCommand(command: CommandNode, visitor: Visitor): void {
  for (const operand of command.args) visitOperand(operand, visitor)
}

function visitOperand(operand: Operand, visitor: Visitor): void {
  visitor.operand?.(operand)
  if (operand.kind === 'pipe') visitPipe(operand, visitor)
  if (operand.kind === 'chain') visitOperand(operand.node, visitor)
}
