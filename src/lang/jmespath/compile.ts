import type { Comparison, Node } from './ast.ts'
import { callFunction, checkCall } from './functions.ts'
import { JmespathError } from './jmespath-error.ts'
import { parseJmespath } from './parse.ts'
import { areEqual, isFalse, isList, isRecord } from './value.ts'

export { JmespathError }

/** An expression made ready. */
export interface Jmespath {
  /** What it finds in a JSON value; null for nothing. Throws `JmespathError` where a function is given what it does not take. */
  search(data: unknown): unknown
}

/** Evaluates an expression for a value. */
export type Search = (value: unknown) => unknown

/** Reads an expression of JMESPath and makes it ready. Throws `JmespathError`. */
export function compileJmespath(source: string): Jmespath {
  return { search: compileNode(parseJmespath(source)) }
}

function compileNode(node: Node): Search {
  switch (node.kind) {
    case 'current':
      return (value) => value ?? null
    case 'field': {
      const { name } = node
      return (value) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : null)
    }
    case 'literal':
      return () => node.value
    case 'index':
      return (value) => (isList(value) ? (value.at(node.index) ?? null) : null)
    case 'slice':
      return (value) => (isList(value) ? slice(value, node.from, node.to, node.step) : null)
    case 'sub':
    case 'pipe': {
      const [left, right] = [compileNode(node.left), compileNode(node.right)]
      return (value) => right(left(value))
    }
    case 'flatten': {
      const of = compileNode(node.of)
      return (value) => flatten(of(value))
    }
    case 'projection':
    case 'values':
    case 'filter':
      return compileProjection(node)
    case 'or':
    case 'and':
      return compileChoice(node)
    case 'not': {
      const of = compileNode(node.of)
      return (value) => isFalse(of(value))
    }
    case 'compare': {
      const [left, right] = [compileNode(node.left), compileNode(node.right)]
      return (value) => compare(node.op, left(value), right(value))
    }
    case 'list':
      return compileList(node.items)
    case 'hash':
      return compileHash(node.entries)
    case 'reference':
      // Functions that take a reference look at the node themselves.
      return () => {
        throw new JmespathError('& may only stand before an argument of a function', 0)
      }
    case 'call':
      return compileCall(node)
    default:
      return node satisfies never
  }
}

function compileChoice(node: Node & { kind: 'or' | 'and' }): Search {
  const [left, right] = [compileNode(node.left), compileNode(node.right)]
  const goesOn = node.kind === 'or'
  return (value) => {
    const first = left(value)
    return isFalse(first) === goesOn ? right(value) : first
  }
}

function compileList(nodes: readonly Node[]): Search {
  const items = nodes.map(compileNode)
  return (value) => (isNothing(value) ? null : items.map((item) => item(value)))
}

function compileProjection(node: Node & { kind: 'projection' | 'values' | 'filter' }): Search {
  const [left, right] = [compileNode(node.left), compileNode(node.right)]
  const test = node.kind === 'filter' ? compileNode(node.test) : undefined
  return (value) => {
    const base = left(value)
    const items = node.kind === 'values' ? valuesOf(base) : base
    if (!isList(items)) return null
    const out: unknown[] = []
    for (const item of items) {
      if (test !== undefined && isFalse(test(item))) continue
      const found = right(item)
      if (!isNothing(found)) out.push(found)
    }
    return out
  }
}

function valuesOf(value: unknown): unknown[] | null {
  return isRecord(value) ? Object.values(value) : null
}

function compileHash(entries: readonly (readonly [string, Node])[]): Search {
  const ready = entries.map(([name, each]) => [name, compileNode(each)] as const)
  return (value) =>
    isNothing(value) ? null : Object.fromEntries(ready.map(([name, each]) => [name, each(value)]))
}

function compileCall({ name, args, start }: Node & { kind: 'call' }): Search {
  checkCall(name, args, start)
  const ready = args.map((arg) =>
    arg.kind === 'reference' ? { reference: compileNode(arg.of) } : { search: compileNode(arg) },
  )
  return (value) =>
    callFunction(
      name,
      ready.map((arg) => ('search' in arg ? (arg.search(value) ?? null) : arg)),
      start,
    )
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}

function compare(op: Comparison, a: unknown, b: unknown): boolean | null {
  if (op === '==') return areEqual(a ?? null, b ?? null)
  if (op === '!=') return !areEqual(a ?? null, b ?? null)
  if (typeof a !== 'number' || typeof b !== 'number') return null
  switch (op) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
    default:
      return op satisfies never
  }
}

/** The items of lists within a list, one level. */
function flatten(value: unknown): unknown[] | null {
  if (!isList(value)) return null
  return value.flatMap((item): readonly unknown[] => (isList(item) ? item : [item]))
}

/** Python's slices. */
function slice(
  list: readonly unknown[],
  from: number | undefined,
  to: number | undefined,
  step: number,
): unknown[] {
  const { length } = list
  const bound = (given: number | undefined, otherwise: number): number => {
    if (given === undefined) return otherwise
    const at = given < 0 ? given + length : given
    if (step > 0) return Math.min(Math.max(at, 0), length)
    return Math.min(Math.max(at, -1), length - 1)
  }
  const start = bound(from, step > 0 ? 0 : length - 1)
  const end = bound(to, step > 0 ? length : -1)
  const out: unknown[] = []
  for (let at = start; step > 0 ? at < end : at > end; at += step) out.push(list[at])
  return out
}
