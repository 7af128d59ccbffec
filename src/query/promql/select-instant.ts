import type { VectorSelector } from '../../lang/promql/ast.ts'
import { lookbackOver } from './bucket-windows.ts'
import { type EvalContext, fail, type RawColumns } from './context.ts'
import type { Grid, Rows } from './grid.ts'
import { CombinedRows, InstantMixed } from './histograms/combined-rows.ts'
import { floatRowsOf } from './histograms/mixed-source.ts'
import { InstantRows, type Reading } from './instant-rows.ts'
import { lookTimes } from './times.ts'

/** The raw samples that were fetched for a selector. */
export function rawOf(ctx: EvalContext, selector: VectorSelector): RawColumns {
  return ctx.fetched.raw.get(selector) ?? fail('the samples of a selector were not fetched')
}

/** Evaluates an instant vector selector. */
export function selectInstant(
  ctx: EvalContext,
  selector: VectorSelector,
  grid: Grid,
  reading: Reading = 'value',
): Rows {
  const times = lookTimes(selector, grid, ctx)
  const raw = rawOf(ctx, selector)
  const lookbackAt = lookbackOver(raw.buckets, ctx.lookbackMs)
  const { lookbackMs } = ctx
  const { steps } = grid
  const floats = new InstantRows(raw, times, steps, lookbackMs, reading, lookbackAt)
  const columns = ctx.fetched.histograms.get(selector)
  if (columns === undefined) return floats
  const floatRows = floatRowsOf(raw, columns)
  const options = { raw, columns, floatRows, times, steps, lookbackMs, reading, lookbackAt }
  return new CombinedRows(floats, new InstantMixed(options), floatRows)
}
