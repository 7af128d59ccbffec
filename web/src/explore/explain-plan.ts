import type { Expr } from '../../../src/lang/promql/ast.ts'
import { typeOf } from '../../../src/lang/promql/check.ts'
import { print } from '../../../src/lang/promql/print.ts'
import { formatDurationMs } from '../../../src/model/duration.ts'

/** A step of the evaluation, with those that it needs. */
export interface PlanStep {
  /** What it does, in words. */
  readonly what: string
  /** The part of the query. */
  readonly text: string
  readonly yields: string
  readonly inputs: readonly PlanStep[]
}

/** How a query is evaluated: from what is read, at the leaves, to the answer. */
export function explainPlan(expr: Expr): PlanStep {
  return { ...describe(expr), text: print(expr), yields: typeOf(expr) }
}

function describe(expr: Expr): Pick<PlanStep, 'what' | 'inputs'> {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return { what: 'A constant', inputs: [] }
    case 'vector':
      return { what: `Reads the newest sample of each series${shift(expr)}`, inputs: [] }
    case 'matrix': {
      const { rangeMs, selector } = expr
      return { what: `Reads ${formatDurationMs(rangeMs)} of samples${shift(selector)}`, inputs: [] }
    }
    case 'subquery': {
      const step = expr.stepMs === undefined ? 'the default step' : formatDurationMs(expr.stepMs)
      const what = `Evaluates over ${formatDurationMs(expr.rangeMs)} every ${step}${shift(expr)}`
      return { what, inputs: [explainPlan(expr.expr)] }
    }
    case 'paren':
      return describe(expr.expr)
    case 'unary':
      return { what: expr.op === '-' ? 'Negates' : 'Keeps', inputs: [explainPlan(expr.expr)] }
    case 'binary':
      return {
        what: describeBinary(expr),
        inputs: [explainPlan(expr.left), explainPlan(expr.right)],
      }
    case 'aggregate': {
      const param = expr.param === undefined ? [] : [explainPlan(expr.param)]
      return { what: describeAggregate(expr), inputs: [...param, explainPlan(expr.expr)] }
    }
    case 'call':
      return { what: `Applies ${expr.func}`, inputs: expr.args.map(explainPlan) }
    default:
      return expr satisfies never
  }
}

function shift({ offsetMs, at }: { readonly offsetMs: number; readonly at?: unknown }): string {
  const offset = offsetMs === 0 ? '' : `, shifted by ${formatDurationMs(Math.abs(offsetMs))}`
  return offset + (at === undefined ? '' : ', at a fixed time')
}

function describeBinary({ op, matching, returnBool }: Extract<Expr, { kind: 'binary' }>): string {
  const bool = returnBool ? ', giving 0 or 1' : ''
  if (matching === undefined) return `Computes ${op} with a number${bool}`
  const by = matching.explicit
    ? `${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')})`
    : 'with the same labels'
  return `Matches series ${by}, ${matching.card.replaceAll('-', ' ')}, and computes ${op}${bool}`
}

function describeAggregate(expr: Extract<Expr, { kind: 'aggregate' }>): string {
  const labels = expr.grouping.join(', ')
  if (expr.without) return `Aggregates by ${expr.op}, without (${labels})`
  return labels === '' ? `Aggregates all by ${expr.op}` : `Aggregates by ${expr.op} of (${labels})`
}
