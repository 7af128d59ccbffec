import { nextFound } from './find-spans.ts'
import { scaleWindow, type TimeWindow } from './time-window.ts'
import type { WaterfallModel } from './use-waterfall.ts'
import { hasChildren, indexOfRow } from './visible-rows.ts'

/** What a key does. */
export type TreeStep =
  | { readonly kind: 'go'; readonly row: number }
  | { readonly kind: 'fold' | 'open' | 'close' }
  /** Undefined: the whole trace. */
  | { readonly kind: 'zoom'; readonly window: TimeWindow | undefined }

type TreeState = Pick<WaterfallModel, 'trace' | 'rows' | 'folded' | 'found' | 'selected' | 'window'>

const PAGE_ROWS = 20

/** What a key does at a row; undefined: nothing of ours. */
export function stepInTree(state: TreeState, key: string, row: number): TreeStep | undefined {
  const { trace, folded, found, selected, window } = state
  switch (key) {
    case 'ArrowRight':
      if (!hasChildren(trace, row)) return undefined
      return folded.has(row) ? { kind: 'fold' } : { kind: 'go', row: row + 1 }
    case 'ArrowLeft':
      if (hasChildren(trace, row) && !folded.has(row)) return { kind: 'fold' }
      return goTo(trace.parents[row] ?? -1)
    case 'Enter':
    case ' ':
      return { kind: 'open' }
    case 'Escape':
      return selected < 0 ? undefined : { kind: 'close' }
    case 'n':
      return goTo(nextFound(found, row, 1))
    case 'p':
      return goTo(nextFound(found, row, -1))
    case '+':
    case '=':
      return { kind: 'zoom', window: scaleWindow(window, 0.5, trace.durationNs) }
    case '-':
      return { kind: 'zoom', window: scaleWindow(window, 2, trace.durationNs) }
    case '0':
      return { kind: 'zoom', window: undefined }
    default:
      return stepOverRows(state, key, row)
  }
}

function stepOverRows({ rows }: TreeState, key: string, row: number): TreeStep | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS },
    ...{ Home: -rows.length, End: rows.length },
  }
  const by = steps[key]
  if (by === undefined) return undefined
  const index = Math.max(0, Math.min(rows.length - 1, indexOfRow(rows, row) + by))
  return goTo(rows[index] ?? -1)
}

function goTo(row: number): TreeStep | undefined {
  return row < 0 ? undefined : { kind: 'go', row }
}
