import { useCallback, useMemo, useState } from 'react'
import { criticalPath } from './critical-path.ts'
import { findSpans, nextFound } from './find-spans.ts'
import { moveToSpan, type TimeWindow } from './time-window.ts'
import type { Trace } from './trace-model.ts'
import { foldAtDepth, reveal, toggleFold, visibleRows, type FoldedRows } from './visible-rows.ts'

/** What the page of a trace keeps in its address; elsewhere it is kept by the view itself. */
export interface WaterfallMemory {
  /** The span that is open; -1: none. */
  readonly selected: number
  readonly onSelect: (row: number) => void
  /** What is searched for in the spans. */
  readonly wanted: string
  readonly onWanted: (text: string) => void
  readonly view: WaterfallView
  readonly onView: (view: WaterfallView) => void
}

/** Spans in their order, or the time of all of them together. */
export type WaterfallView = 'tree' | 'flame'

/** A waterfall as it is looked at now, with what changes it. */
export interface WaterfallModel extends WaterfallMemory {
  readonly trace: Trace
  /** The rows that are shown. */
  readonly rows: Uint32Array
  readonly folded: FoldedRows
  readonly toggle: (row: number) => void
  /** Infinity: nothing is folded. */
  readonly foldDepth: (depth: number) => void
  readonly window: TimeWindow
  readonly isZoomed: boolean
  readonly setWindow: (window: TimeWindow) => void
  readonly resetWindow: () => void
  /** The rows in which the text was found. */
  readonly found: Uint32Array
  readonly isFound: ReadonlySet<number>
  /** The one that is looked at, which the list has in sight. */
  readonly current: number
  readonly goTo: (row: number) => void
  readonly goToFound: (direction: 1 | -1) => void
  /** Parts of each row that are on the critical path. */
  readonly critical: ReadonlyMap<number, readonly (readonly [fromNs: number, toNs: number])[]>
  readonly showsCritical: boolean
  readonly setShowsCritical: (shows: boolean) => void
}

export function useWaterfall(trace: Trace, memory: WaterfallMemory): WaterfallModel {
  const { selected, wanted } = memory
  const [folded, setFolded] = useState<FoldedRows>(new Set())
  const [zoom, setWindow] = useState<TimeWindow | undefined>()
  const [current, setCurrent] = useState(Math.max(0, selected))
  const [showsCritical, setShowsCritical] = useState(true)
  const whole = useMemo(() => ({ fromNs: 0, toNs: Math.max(1, trace.durationNs) }), [trace])
  const rows = useMemo(() => visibleRows(trace, folded), [trace, folded])
  const found = useMemo(() => findSpans(trace, wanted), [trace, wanted])
  const isFound = useMemo(() => new Set(found), [found])
  const critical = useMemo(() => partsByRow(trace), [trace])
  const goTo = useCallback(
    (row: number): void => {
      setFolded((now) => reveal(trace, now, row))
      setCurrent(row)
      const [startNs, spanNs] = [trace.startsNs[row] ?? 0, trace.durationsNs[row] ?? 0]
      setWindow((now) => now && moveToSpan(now, startNs, spanNs, trace.durationNs))
    },
    [trace],
  )
  const goToFound = (direction: 1 | -1): void => {
    const row = nextFound(found, current, direction)
    if (row >= 0) goTo(row)
  }
  return {
    ...memory,
    ...{ trace, rows, folded, found, isFound, current, goTo, goToFound, critical },
    ...{ showsCritical, setShowsCritical, setWindow },
    toggle: (row) => setFolded((now) => toggleFold(now, row)),
    foldDepth: (depth) => setFolded(foldAtDepth(trace, depth)),
    window: zoom ?? whole,
    isZoomed: zoom !== undefined && (zoom.fromNs > 0 || zoom.toNs < whole.toNs),
    resetWindow: () => setWindow(undefined),
  }
}

function partsByRow(trace: Trace): WaterfallModel['critical'] {
  const { rows, startsNs, endsNs } = criticalPath(trace)
  const parts = new Map<number, (readonly [number, number])[]>()
  rows.forEach((row, i) => {
    const part = [startsNs[i] ?? 0, endsNs[i] ?? 0] as const
    const some = parts.get(row)
    if (some) some.push(part)
    else parts.set(row, [part])
  })
  return parts
}
