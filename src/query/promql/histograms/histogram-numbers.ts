import type { Call } from '../../../lang/promql/ast.ts'
import type { HistogramTable } from '../../../model/histograms/histogram-table.ts'
import { argument, type EvalContext, evaluateRows } from '../context.ts'
import { ChangedRows } from '../functions-math.ts'
import { DenseRows, type Grid, type Value, vectorOf } from '../grid.ts'
import { withoutMetadata } from '../merge-rows.ts'
import { HistogramEstimates } from './estimate.ts'
import { FLOAT, HISTOGRAM, NOTHING } from './histogram-work.ts'

/** histogram_count, _sum, _avg, _stddev and _stdvar: a number of each histogram; floats have none. */
export async function callHistogramNumber(
  ctx: EvalContext,
  call: Call,
  grid: Grid,
): Promise<Value> {
  const rows = await evaluateRows(ctx, argument(call, 0), grid)
  if (ctx.histograms === undefined) return vectorOf(new DenseRows([], grid.steps))
  const numberOf = numberFunction(call.func, ctx.histograms.table)
  const numbers = new ChangedRows(rows, (values, present, at) => {
    for (let cell = at; cell < at + grid.steps; cell++) {
      if (present[cell] !== HISTOGRAM) {
        present[cell] = NOTHING
        continue
      }
      present[cell] = FLOAT
      values[cell] = numberOf(values[cell] as number)
    }
  })
  return vectorOf(await withoutMetadata(ctx, numbers, grid))
}

function numberFunction(func: string, table: HistogramTable): (row: number) => number {
  const estimates = new HistogramEstimates(table)
  const countOf = (row: number) => table.totals[row] as number
  const sumOf = (row: number) => table.sums[row] as number
  switch (func) {
    case 'histogram_count':
      return countOf
    case 'histogram_sum':
      return sumOf
    case 'histogram_avg':
      return (row) => sumOf(row) / countOf(row)
    case 'histogram_stddev':
      return (row) => Math.sqrt(estimates.variance(row))
    default:
      return (row) => estimates.variance(row)
  }
}
