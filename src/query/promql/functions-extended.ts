import type { MatrixSelector, VectorSelector } from '../../lang/promql/ast.ts'
import { type EvalContext, fail } from './context.ts'
import type { Grid, Rows } from './grid.ts'
import { firstAfter } from './instant-rows.ts'
import { rawOf } from './select-instant.ts'
import { CombinedRows } from './histograms/combined-rows.ts'
import {
  AnchoredSteps,
  ExtendedHistogramRate,
  type ExtendedRange,
  SmoothedHistogram,
} from './histograms/extended-kernels.ts'
import { HistogramNotes } from './histograms/histogram-notes.ts'
import type { HistogramWork } from './histograms/histogram-work.ts'
import { floatRowsOf, RawMixed } from './histograms/mixed-source.ts'
import {
  type MixedKernel,
  type MixedWindowOptions,
  MixedWindowRows,
} from './histograms/mixed-windows.ts'
import { type LookTimes, lookTimes } from './times.ts'
import { RawWindows, type Slice, type WindowKernel, WindowRows } from './window.ts'
import { AnchoredCount, ExtendedRate, interpolate, SmoothedValue } from './window-extended.ts'

/** Functions of anchored ranges; only the first three take smoothed ones. */
const RATES = ['delta', 'increase', 'rate']
const COUNTS = ['changes', 'resets']

/** How far the windows of a selector reach beyond its range. */
function reach(
  selector: VectorSelector,
  lookbackMs: number,
): { beforeMs: number; afterMs: number } {
  return { beforeMs: lookbackMs, afterMs: selector.extension === 'smoothed' ? lookbackMs : 0 }
}

function extendedKernel(func: string, arg: MatrixSelector, afterMs: number): WindowKernel {
  const { rangeMs, selector } = arg
  const isSmoothed = selector.extension === 'smoothed'
  const allowed = isSmoothed ? RATES : [...COUNTS, ...RATES].sort()
  if (!allowed.includes(func)) {
    const modifier = isSmoothed ? 'smoothed' : 'anchored'
    return fail(
      `${modifier} modifier can only be used with: ${allowed.join(', ')} - not with ${func}`,
    )
  }
  if (func === 'changes' || func === 'resets') return new AnchoredCount(func, rangeMs)
  return new ExtendedRate(func !== 'delta', func === 'rate', { isSmoothed, rangeMs, afterMs })
}

/** The rows of a function of an anchored or smoothed range. */
export function extendedRows(
  ctx: EvalContext,
  func: string,
  arg: MatrixSelector,
  grid: Grid,
): Rows {
  const { selector, rangeMs } = arg
  const { beforeMs, afterMs } = reach(selector, ctx.lookbackMs)
  const kernel = () => extendedKernel(func, arg, afterMs)
  const windowMs = beforeMs + rangeMs + afterMs
  const times = later(lookTimes(selector, grid, ctx), afterMs)
  const source = new RawWindows(rawOf(ctx, selector))
  const rows = new WindowRows(source, kernel(), times, windowMs, grid.steps, ctx.pace)
  return withHistograms(ctx, selector, rows, (work) => {
    const notes = new HistogramNotes(ctx.notes, arg)
    const range = { isSmoothed: selector.extension === 'smoothed', rangeMs, afterMs }
    const mixed = extendedHistogramKernel(func, work, notes, range)
    return { floats: kernel(), mixed, times, rangeMs: windowMs, steps: grid.steps }
  })
}

function extendedHistogramKernel(
  func: string,
  work: HistogramWork,
  notes: HistogramNotes,
  range: ExtendedRange,
): MixedKernel {
  switch (func) {
    case 'resets':
    case 'changes':
      return new AnchoredSteps(work, notes, func, range.rangeMs)
    case 'rate':
    case 'delta':
      return new ExtendedHistogramRate(work, notes, func, range)
    default:
      return new ExtendedHistogramRate(work, notes, 'increase', range)
  }
}

/** The rows of a selector's series: `pure` of those with floats only, and those of windows that have histograms. */
function withHistograms(
  ctx: EvalContext,
  selector: VectorSelector,
  pure: Rows,
  windows: (
    work: HistogramWork,
  ) => Pick<MixedWindowOptions, 'floats' | 'mixed' | 'times' | 'rangeMs' | 'steps'>,
): Rows {
  const work = ctx.histograms
  const columns = ctx.fetched.histograms.get(selector)
  if (work === undefined || columns === undefined) return pure
  const raw = rawOf(ctx, selector)
  const floatRows = floatRowsOf(raw, columns)
  const source = new RawMixed(raw, columns, floatRows)
  const { pace } = ctx
  const mixed = new MixedWindowRows({ ...windows(work), source, rangeAt: undefined, pace, work })
  return new CombinedRows(pure, mixed, floatRows)
}

/** The rows of a smoothed instant selector. */
export function smoothedRows(ctx: EvalContext, selector: VectorSelector, grid: Grid): Rows {
  const { lookbackMs } = ctx
  const times = later(lookTimes(selector, grid, ctx), lookbackMs)
  const source = new RawWindows(rawOf(ctx, selector))
  const kernel = new SmoothedValue(lookbackMs)
  const rangeMs = 2 * lookbackMs
  const rows = new WindowRows(source, kernel, times, rangeMs, grid.steps, ctx.pace)
  return withHistograms(ctx, selector, rows, (work) => {
    const notes = new HistogramNotes(ctx.notes, selector)
    const floats = new SmoothedValue(lookbackMs)
    const mixed = new SmoothedHistogram(work, notes, lookbackMs)
    return { floats, mixed, times, rangeMs, steps: grid.steps }
  })
}

function later(times: LookTimes, byMs: number): LookTimes {
  return { firstMs: times.firstMs + byMs, stepMs: times.stepMs }
}

/**
 * Makes of the samples of a series those of an anchored or smoothed range: with one at each of its boundaries, taken from the
 * nearest samples or, when smoothed, from the line through them (promql/engine.go, extendFloats).
 */
export function extendSlice(
  slice: Slice,
  selector: VectorSelector,
  afterMs: number,
  endMs: number,
  lookbackMs: number,
): void {
  const { timestampsMs, values } = slice
  const isSmoothed = selector.extension === 'smoothed'
  const reached = reach(selector, lookbackMs)
  const lo = firstAfter(timestampsMs, slice.from, slice.to, afterMs - reached.beforeMs)
  const hi = firstAfter(timestampsMs, lo, slice.to, endMs + reached.afterMs)
  const last = isSmoothed ? firstAfter(timestampsMs, lo, hi - 1, endMs - 1) : hi - 1
  slice.from = 0
  slice.to = 0
  if (hi === lo || (timestampsMs[last] as number) <= afterMs) return
  const first = Math.max(lo, firstAfter(timestampsMs, lo, hi - 1, afterMs) - 1)
  const valueAt = (from: number, atMs: number): number =>
    interpolate(
      timestampsMs[from] as number,
      values[from] as number,
      timestampsMs[from + 1] as number,
      values[from + 1] as number,
      atMs,
    )
  const cutsLeft = isSmoothed && (timestampsMs[first] as number) < afterMs
  const cutsRight = isSmoothed && last > lo && (timestampsMs[last] as number) > endMs
  const left = cutsLeft ? valueAt(first, afterMs) : (values[first] as number)
  const right = cutsRight ? valueAt(last - 1, endMs) : (values[last] as number)
  const from = (timestampsMs[first] as number) <= afterMs ? first + 1 : first
  const to = (timestampsMs[last] as number) >= endMs ? last : last + 1
  const inner = Math.max(0, to - from)
  slice.timestampsMs = new Float64Array(inner + 2)
  slice.values = new Float64Array(inner + 2)
  slice.timestampsMs.set(timestampsMs.subarray(from, from + inner), 1)
  slice.values.set(values.subarray(from, from + inner), 1)
  slice.timestampsMs[0] = afterMs
  slice.values[0] = left
  slice.timestampsMs[inner + 1] = endMs
  slice.values[inner + 1] = right
  slice.to = inner + 2
}
