import type { Call, MatrixSelector, Subquery } from '../../../lang/promql/ast.ts'
import { argument, type EvalContext } from '../context.ts'
import type { Grid, Rows } from '../grid.ts'
import { rawOf } from '../select-instant.ts'
import type { LookTimes } from '../times.ts'
import type { WindowKernel } from '../window.ts'
import { CombinedRows } from './combined-rows.ts'
import { HistogramNotes } from './histogram-notes.ts'
import type { HistogramWork } from './histogram-work.ts'
import { FloatsOnly, HistogramSums, MixedFacts, MixedSteps } from './kernels.ts'
import { floatRowsOf, RawMixed, SubqueryMixed } from './mixed-source.ts'
import { type MixedKernel, MixedWindowRows } from './mixed-windows.ts'
import { HistogramPair, HistogramRate } from './rate-kernels.ts'

interface KernelSetting {
  readonly work: HistogramWork
  readonly notes: HistogramNotes
  readonly rangeMs: number
  readonly floats: WindowKernel
}

/** What functions make of windows with histograms; all others ignore those. */
function mixedKernel(func: string, { work, notes, rangeMs, floats }: KernelSetting): MixedKernel {
  switch (func) {
    case 'rate':
    case 'increase':
    case 'delta':
      return new HistogramRate(work, notes, {
        isCounter: func !== 'delta',
        isRate: func === 'rate',
        rangeMs,
      })
    case 'irate':
    case 'idelta':
      return new HistogramPair(work, notes, func === 'irate', floats)
    case 'resets':
    case 'changes':
      return new MixedSteps(work, notes, func)
    case 'sum_over_time':
    case 'avg_over_time':
      return new HistogramSums(work, notes, func === 'avg_over_time')
    case 'count_over_time':
      return new MixedFacts(work, notes, 'count')
    case 'present_over_time':
    case 'absent_over_time':
      return new MixedFacts(work, notes, 'present')
    case 'first_over_time':
      return new MixedFacts(work, notes, 'first')
    case 'last_over_time':
      return new MixedFacts(work, notes, 'last')
    case 'ts_of_first_over_time':
      return new MixedFacts(work, notes, 'first-seconds')
    case 'ts_of_last_over_time':
      return new MixedFacts(work, notes, 'last-seconds')
    default:
      return new FloatsOnly(work, notes, floats)
  }
}

export interface MixedWindowSetting {
  readonly ctx: EvalContext
  readonly work: HistogramWork
  readonly call: Call
  readonly grid: Grid
  readonly times: LookTimes
  /** A kernel of its own for floats. */
  readonly floats: WindowKernel
  readonly rangeAt: ((endMs: number) => number) | undefined
}

/** The rows of a range function of a selector that has histograms: `pure` are those of all its series with floats. */
export function mixedSelectorRows(
  setting: MixedWindowSetting,
  arg: MatrixSelector,
  pure: Rows,
): Rows {
  const { ctx } = setting
  const columns = ctx.fetched.histograms.get(arg.selector)
  if (columns === undefined) return pure
  const raw = rawOf(ctx, arg.selector)
  const floatRows = floatRowsOf(raw, columns)
  const mixed = mixedRows(setting, arg.rangeMs, new RawMixed(raw, columns, floatRows))
  return new CombinedRows(pure, mixed, floatRows)
}

/** The same of a subquery, any row of which may have histograms. */
export function mixedSubqueryRows(
  setting: MixedWindowSetting,
  arg: Subquery,
  inner: Rows,
  innerGrid: Grid,
): Rows {
  const source = new SubqueryMixed(inner, innerGrid, setting.work.table)
  return mixedRows(setting, arg.rangeMs, source)
}

function mixedRows(
  { ctx, work, call, grid, times, floats, rangeAt }: MixedWindowSetting,
  rangeMs: number,
  source: RawMixed | SubqueryMixed,
): MixedWindowRows {
  const notes = new HistogramNotes(ctx.notes, argument(call, 0))
  const mixed = mixedKernel(call.func, { work, notes, rangeMs, floats })
  const { steps } = grid
  const { pace } = ctx
  return new MixedWindowRows({ source, floats, mixed, times, rangeMs, rangeAt, steps, pace, work })
}
