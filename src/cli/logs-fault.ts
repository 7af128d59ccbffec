import type { Expr } from '../lang/logql/ast.ts'
import { parse } from '../lang/logql/parse.ts'
import { faultsError } from './explain-fault.ts'

/** Reads a query; throws a `UsageError` that shows each fault with a caret below its place. */
export function readLogql(query: string): Expr {
  const { expr, faults } = parse(query, { isToRun: true })
  if (expr !== undefined) return expr
  throw faultsError(query, faults)
}
