import type { Call } from '../../lang/promql/ast.ts'
import { Labels } from '../../model/labels.ts'
import { argument, type EvalContext, evaluateRows } from './context.ts'
import { DenseRows, type Grid, type Value, vectorOf } from './grid.ts'
import { evaluationTimes, mapCells } from './functions-math.ts'

const DAY_MS = 86_400_000

/** Functions of a UTC time. */
const DATE: Readonly<Record<string, (date: Date) => number>> = {
  minute: (date) => date.getUTCMinutes(),
  hour: (date) => date.getUTCHours(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_month: (date) => date.getUTCDate(),
  day_of_year: (date) => {
    const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
    return (midnight - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS + 1
  },
  days_in_month: (date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
}

export function isDateFunction(name: string): boolean {
  return Object.hasOwn(DATE, name)
}

/** Date functions take seconds since the epoch, or the evaluation time when they have no argument. */
export async function callDateFunction(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const part = DATE[call.func] as (date: Date) => number
  const map = (seconds: number) => part(new Date(Math.trunc(seconds) * 1000))
  if (call.args.length > 0) {
    return mapCells(ctx, await evaluateRows(ctx, argument(call, 0), grid), grid, map)
  }
  const values = evaluationTimes(grid).map((seconds) => map(seconds))
  return vectorOf(
    new DenseRows([Labels.EMPTY], grid.steps, values, new Uint8Array(grid.steps).fill(1)),
  )
}
