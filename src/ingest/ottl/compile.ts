import type { BatchEditor } from '../processors/editor.ts'
import type { Signal } from '../processors/processor.ts'
import { EDITORS } from './editors.ts'
import { ENUMS } from './enums.ts'
import { FUNCTIONS } from './functions.ts'
import { OttlFault } from './lex.ts'
import {
  parseCondition,
  parseStatement,
  type CallExpr,
  type OttlExpr,
  type PathExpr,
} from './parse.ts'
import { contextOfPath, resolvePath, type OttlContext, type Place } from './path.ts'
import { compareValues, isList, isMap, isNumber, type OttlValue } from './value.ts'

/** What an expression is worth for a row. Never throws: what cannot be worked out is nil. */
export type Evaluate = (editor: BatchEditor, row: number) => OttlValue
export type Condition = (editor: BatchEditor, row: number) => boolean
export type Statement = (editor: BatchEditor, row: number) => void

export interface Surroundings {
  readonly context: OttlContext
  readonly signal: Signal
}

/** Compiles a condition. Throws `OttlFault`. */
export function compileCondition(text: string, where: Surroundings): Condition {
  return truthOf(compile(parseCondition(text), where))
}

/** Compiles a statement. Throws `OttlFault`. */
export function compileStatement(text: string, where: Surroundings): Statement {
  const { editor, where: condition } = parseStatement(text)
  const run = compileEditor(editor, where)
  if (condition === undefined) return run
  const holds = truthOf(compile(condition, where))
  return (batch, row) => {
    if (holds(batch, row)) run(batch, row)
  }
}

/** The context that the paths of an expression or statement name; undefined where they name none. Throws `OttlFault`. */
export function inferContext(text: string, isStatement: boolean): OttlContext | undefined {
  const found = new Set<OttlContext>()
  const visit = (expr: OttlExpr): void => {
    if (expr.kind === 'path') {
      const context = contextOfPath(expr)
      if (context !== undefined) found.add(context)
    }
    for (const inner of innerOf(expr)) visit(inner)
  }
  if (isStatement) {
    const { editor, where } = parseStatement(text)
    visit(editor)
    if (where !== undefined) visit(where)
  } else visit(parseCondition(text))
  const order: readonly OttlContext[] = ['datapoint', 'metric', 'span', 'log', 'scope', 'resource']
  return order.find((context) => found.has(context))
}

function innerOf(expr: OttlExpr): readonly OttlExpr[] {
  switch (expr.kind) {
    case 'call':
      return expr.args
    case 'list':
      return expr.items
    case 'not':
      return [expr.operand]
    case 'logic':
    case 'compare':
    case 'math':
      return [expr.left, expr.right]
    case 'path':
    case 'literal':
    case 'enum':
      return []
    default:
      return expr satisfies never
  }
}

function truthOf(evaluate: Evaluate): Condition {
  return (editor, row) => evaluate(editor, row) === true
}

function compile(expr: OttlExpr, where: Surroundings): Evaluate {
  switch (expr.kind) {
    case 'literal': {
      const { value } = expr
      return () => value
    }
    case 'enum': {
      const value = ENUMS.get(expr.name)
      if (value === undefined) throw new OttlFault(`there is no ${expr.name}`, expr.start)
      return () => value
    }
    case 'path':
      return resolvePath(expr, where.context, where.signal).get
    case 'list': {
      const items = expr.items.map((item) => compile(item, where))
      return (editor, row) => items.map((item) => item(editor, row))
    }
    case 'not': {
      const operand = truthOf(compile(expr.operand, where))
      return (editor, row) => !operand(editor, row)
    }
    case 'logic': {
      const left = truthOf(compile(expr.left, where))
      const right = truthOf(compile(expr.right, where))
      return expr.op === 'and'
        ? (editor, row) => left(editor, row) && right(editor, row)
        : (editor, row) => left(editor, row) || right(editor, row)
    }
    case 'compare': {
      const { op } = expr
      const left = compile(expr.left, where)
      const right = compile(expr.right, where)
      return (editor, row) => compareValues(left(editor, row), op, right(editor, row))
    }
    case 'math': {
      const { op } = expr
      const left = compile(expr.left, where)
      const right = compile(expr.right, where)
      return (editor, row) => calculate(left(editor, row), op, right(editor, row))
    }
    case 'call':
      return compileCall(expr, where)
    default:
      return expr satisfies never
  }
}

function compileCall(expr: CallExpr, where: Surroundings): Evaluate {
  const { name, args, keys, start } = expr
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (known === undefined) {
    throw new OttlFault(
      `there is no function ${name}; there are ${Object.keys(FUNCTIONS).join(', ')}`,
      start,
    )
  }
  const [least, most] = known.arity
  checkCount(expr, least, most)
  const call = known.prepare(
    args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined)),
    start,
  )
  const inner = args.map((arg) => compile(arg, where))
  const run: Evaluate = (editor, row) =>
    call(
      inner.map((arg) => arg(editor, row)),
      editor,
      row,
    )
  if (keys.length === 0) return run
  return (editor, row) =>
    keys.reduce<OttlValue>(
      (value, key) => {
        if (typeof key === 'string') return isMap(value) ? value.get(key) : undefined
        return isList(value) ? value[key] : undefined
      },
      run(editor, row),
    )
}

function compileEditor(expr: CallExpr, where: Surroundings): Statement {
  const { name, args, start } = expr
  const known = Object.hasOwn(EDITORS, name) ? EDITORS[name] : undefined
  if (known === undefined) {
    throw new OttlFault(
      `there is no function ${name}; there are ${Object.keys(EDITORS).join(', ')}`,
      start,
    )
  }
  const [least, most] = known.arity
  checkCount(expr, least, most)
  const [target, ...rest] = args
  if (target?.kind !== 'path') {
    throw new OttlFault(`${name} needs a path first, such as attributes["key"]`, start)
  }
  const place = settable(target, where)
  const run = known.prepare(
    rest.map((arg) => (arg.kind === 'literal' ? arg.value : undefined)),
    start,
  )
  const inner = rest.map((arg) => compile(arg, where))
  return (editor, row) =>
    run(
      place,
      inner.map((arg) => arg(editor, row)),
      editor,
      row,
    )
}

function settable(path: PathExpr, { context, signal }: Surroundings): Required<Place> {
  const { get, set } = resolvePath(path, context, signal)
  if (set === undefined) throw new OttlFault('cannot be changed', path.start)
  return { get, set }
}

function checkCount({ name, args, start }: CallExpr, least: number, most: number): void {
  if (args.length >= least && args.length <= most) return
  const wanted = least === most ? `${least}` : `${least} to ${most}`
  throw new OttlFault(`${name} takes ${wanted} arguments, not ${args.length}`, start)
}

function calculate(left: OttlValue, op: '+' | '-' | '*' | '/', right: OttlValue): OttlValue {
  if (!isNumber(left) || !isNumber(right)) return undefined
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if (op === '/') return right === 0n ? undefined : left / right
    if (op === '*') return left * right
    return op === '+' ? left + right : left - right
  }
  const [a, b] = [Number(left), Number(right)]
  if (op === '/') return b === 0 ? undefined : a / b
  if (op === '*') return a * b
  return op === '+' ? a + b : a - b
}
