import type { Expr } from '../../lang/promql/ast.ts'
import { print } from '../../lang/promql/print.ts'

/** `left operator threshold`: what an expression compares with a number. */
export interface Comparison {
  /** The side without the number, as PromQL. */
  readonly query: string
  readonly operator: string
  readonly threshold: number
}

const FLIPPED: Readonly<Record<string, string>> = {
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
  '==': '==',
  '!=': '!=',
}

/** The comparison that an expression is, so that people see the value that was not above its threshold; undefined for another. */
export function splitComparison(expr: Expr): Comparison | undefined {
  const bare = withoutParens(expr)
  if (bare.kind !== 'binary' || bare.returnBool) return undefined
  const flipped = FLIPPED[bare.op]
  if (flipped === undefined) return undefined
  const [left, right] = [numberOf(bare.left), numberOf(bare.right)]
  if (right !== undefined && left === undefined)
    return { query: print(bare.left), operator: bare.op, threshold: right }
  if (left !== undefined && right === undefined)
    return { query: print(bare.right), operator: flipped, threshold: left }
  return undefined
}

function numberOf(expr: Expr): number | undefined {
  const bare = withoutParens(expr)
  if (bare.kind === 'number') return bare.value
  if (bare.kind !== 'unary') return undefined
  const value = numberOf(bare.expr)
  if (value === undefined) return undefined
  return bare.op === '-' ? -value : value
}

function withoutParens(expr: Expr): Expr {
  return expr.kind === 'paren' ? withoutParens(expr.expr) : expr
}
