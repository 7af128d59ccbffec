import type { AtModifier, Subquery, TimeShift } from '../../lang/promql/ast.ts'
import type { Grid } from './grid.ts'

/** The range of the query, which `@ start()` and `@ end()` mean also inside subqueries. */
export interface QueryRange {
  readonly startMs: number
  readonly endMs: number
}

/** Where a selector or subquery looks: at `firstMs + step * stepMs`; `stepMs` is 0 when `@` fixes the time. */
export interface LookTimes {
  readonly firstMs: number
  readonly stepMs: number
}

function fixedTime(at: AtModifier, range: QueryRange): number {
  switch (at.kind) {
    case 'timestamp':
      return at.timestampMs
    case 'start':
      return range.startMs
    case 'end':
      return range.endMs
    default:
      return at satisfies never
  }
}

/** The times at which a selector or subquery looks, for the steps of a grid. */
export function lookTimes(shift: TimeShift, grid: Grid, range: QueryRange): LookTimes {
  if (shift.at !== undefined) {
    return { firstMs: fixedTime(shift.at, range) - shift.offsetMs, stepMs: 0 }
  }
  return { firstMs: grid.startMs - shift.offsetMs, stepMs: grid.stepMs }
}

/** The last of the look times over a grid. */
export function lastLookMs(times: LookTimes, grid: Grid): number {
  return times.firstMs + times.stepMs * (grid.steps - 1)
}

/** Number of steps from start to end, both inclusive. */
export function countSteps(startMs: number, endMs: number, stepMs: number): number {
  return endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1
}

/**
 * The grid on which the inside of a subquery is evaluated: the multiples of its step after the start of the first window (left
 * open, like all ranges) up to the last look time (promql/engine.go, subqueryTimeRange).
 */
export function subqueryGrid(
  node: Subquery,
  grid: Grid,
  range: QueryRange,
  defaultStepMs: number,
): Grid {
  const stepMs = node.stepMs ?? defaultStepMs
  const times = lookTimes(node, grid, range)
  const afterMs = times.firstMs - node.rangeMs
  const startMs = Math.floor(afterMs / stepMs) * stepMs + stepMs
  return { startMs, stepMs, steps: countSteps(startMs, lastLookMs(times, grid), stepMs) }
}

/** The grid of an expression that is the same at every step: the first step alone. */
export function firstStep(grid: Grid): Grid {
  return { startMs: grid.startMs, stepMs: grid.stepMs, steps: Math.min(grid.steps, 1) }
}
