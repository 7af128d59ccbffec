import type { Expr, MetricExpr } from '../../lang/logql/ast.ts'
import { applyOp } from '../../lang/logql/check.ts'
import { Labels } from '../../model/labels.ts'
import type { LogqlRequest, LogqlResult } from './logql.ts'

interface Constant {
  readonly value: number
  readonly isVector: boolean
}

const NO_FIGURES = { lines: 0, bytes: 0, postFilterLines: 0 }
const NS_PER_MS = 1_000_000

/**
 * The result of an expression of nothing but numbers and `vector(…)`, as Grafana sends it to see whether somebody answers; undefined
 * of others.
 */
export function constantResult(
  expr: MetricExpr,
  { isInstant, startNs, endNs, stepNs }: LogqlRequest,
): LogqlResult | undefined {
  const constant = constantOf(expr)
  if (constant === undefined) return undefined
  const shared = { warnings: [], figures: NO_FIGURES }
  const startMs = Number(startNs) / NS_PER_MS
  if (isInstant && !constant.isVector) {
    return { type: 'scalar', timestampMs: startMs, value: constant.value, ...shared }
  }
  const steps = isInstant ? 1 : Number((endNs - startNs) / stepNs) + 1
  const timestampsMs = Array.from(
    { length: steps },
    (_, i) => startMs + (i * Number(stepNs)) / NS_PER_MS,
  )
  const values = timestampsMs.map(() => constant.value)
  const series = [{ labels: Labels.EMPTY, timestampsMs, values }]
  return { type: isInstant ? 'vector' : 'matrix', series, ...shared }
}

function constantOf(expr: Expr): Constant | undefined {
  if (expr.kind === 'number') return { value: expr.value, isVector: false }
  if (expr.kind === 'vector') return { value: expr.value, isVector: true }
  if (expr.kind !== 'binary') return undefined
  const left = constantOf(expr.left)
  const right = constantOf(expr.right)
  if (left === undefined || right === undefined) return undefined
  const value = applyOp(expr.op, left.value, right.value)
  return value === undefined ? undefined : { value, isVector: left.isVector || right.isVector }
}
