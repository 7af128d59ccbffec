import type { Call } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import { argument, type EvalContext, evaluateRows, stringArgument } from './context.ts'
import { DenseRows, type Grid, type Value, vectorOf } from './grid.ts'
import { compareLabels } from './label-sets.ts'
import { floatsOf } from './histograms/mixed-aggregate.ts'
import { materialise } from './merge-rows.ts'
import { sortPaced } from './paced-sort.ts'

const WHOLE_NUMBER = /^[0-9]+$/

/**
 * Natural order, in which numbers inside texts count as numbers: `node2` before `node10` (github.com/facette/natsort, which
 * Prometheus uses).
 */
export function isNaturallyBefore(a: string, b: string): boolean {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  for (let i = 0; i < left.length; i++) {
    const own = left[i] as string
    const other = right[i]
    if (other === undefined) return false
    const areNumbers = WHOLE_NUMBER.test(own) && WHOLE_NUMBER.test(other)
    if (areNumbers ? Number(own) !== Number(other) : own !== other) {
      return areNumbers ? Number(own) < Number(other) : own < other
    }
    if (i === left.length - 1) return true
    if (i === right.length - 1) return false
  }
  return false
}

function compareByLabels(names: readonly string[], a: Labels, b: Labels): number {
  for (const name of names) {
    const left = a.get(name)
    const right = b.get(name)
    if (left !== right) return isNaturallyBefore(left, right) ? -1 : 1
  }
  return compareLabels(a, b)
}

/** NaN last, whichever way the rest goes. */
function compareValues(a: number, b: number, sign: number): number {
  if (a !== a) return b !== b ? 0 : 1
  if (b !== b) return -1
  return a === b ? 0 : a < b ? -sign : sign
}

/** sort, sort_desc, sort_by_label, sort_by_label_desc. The order of a range result is always that of its labels. */
export async function callSort(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  if (grid.steps !== 1) ctx.notes.sortInRangeQuery(call)
  const rows = await evaluateRows(ctx, argument(call, 0), grid)
  if (grid.steps !== 1) return vectorOf(rows)
  const isByLabel = call.func.startsWith('sort_by_label')
  const sorted = isByLabel ? rows : await floatsOf(ctx, rows, grid)
  const input = await materialise(ctx, sorted, grid)
  const sign = call.func.endsWith('_desc') ? -1 : 1
  const names = call.args.slice(1).map((_, index) => stringArgument(call, index + 1))
  const rowsWithValue = Uint32Array.from(input.labels, (_, row) => row).filter(
    (row) => input.present[row] !== 0,
  )
  const labelsOf = (row: number) => input.labels[row] as Labels
  const valueOf = (row: number) => input.values[row] as number
  const compare = isByLabel
    ? (a: number, b: number) => sign * compareByLabels(names, labelsOf(a), labelsOf(b))
    : (a: number, b: number) => compareValues(valueOf(a), valueOf(b), sign)
  const order = await sortPaced(ctx.pace, rowsWithValue, compare)
  const values = Float64Array.from(order, valueOf)
  const present = Uint8Array.from(order, (row) => input.present[row] as number)
  return vectorOf(new DenseRows(Array.from(order, labelsOf), 1, values, present))
}
