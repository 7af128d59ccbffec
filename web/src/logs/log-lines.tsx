import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { TimeZone } from '../time/zone.ts'
import type { LineField } from './line-fields.ts'
import { LogLineRow, type RowLook } from './log-line-row.tsx'
import { differingLabels, type LogLine } from './log-line.ts'
import styles from './log-lines.module.css'

/** How lines are shown. What is left out is off, and times are on. */
export interface LinesLook {
  /** Long lines go on below; otherwise they are cut at the edge. */
  readonly wraps?: boolean
  readonly hidesTime?: boolean
  /** Labels of streams in front of the text: those that differ, or all. */
  readonly labels?: 'none' | 'differing' | 'all'
  /** Colours that a sender wrote for a terminal; without it they are taken out. */
  readonly colorsAnsi?: boolean
  /** Lines cannot be opened. */
  readonly hidesDetails?: boolean
}

/** What a person can do with a line; what is absent is not offered. */
export interface LineActions {
  /** Narrows the query to lines with this value, or to those without it. */
  readonly onFilter?: (field: LineField, isOut: boolean) => void
  /** Shows the lines around this one. */
  readonly onContext?: (line: LogLine) => void
}

export interface LogLinesProps {
  /** Names the list for who does not see it. */
  readonly label: string
  /** In the order in which they are shown (`toLines` of log-line.ts). */
  readonly lines: readonly LogLine[]
  readonly zone: TimeZone
  readonly look?: LinesLook
  readonly actions?: LineActions
  /** Words that the query looks for: they are marked. */
  readonly marked?: readonly string[]
  /** A line that stands out: the one that others are the context of. */
  readonly current?: string
  /** Below the last line. */
  readonly footer?: ReactNode
  /** The last lines have come into sight: more can be read. Called again whenever there are others. */
  readonly onEnd?: () => void
  /** Whether the first line is in sight, each time that this changes. */
  readonly onStartInSight?: (isInSight: boolean) => void
  /** Stays at the last line while lines are added. */
  readonly keepsEnd?: boolean
}

const NO_LOOK: LinesLook = {}
const NO_ACTIONS: LineActions = {}
const ROW_PX = 22
/** So near to the end that more should be read. */
const NEAR_ROWS = 30
const NO_WORDS: readonly string[] = []

/**
 * A list of log lines that fills the height of its parent, of which only what is in sight is in the page: tens of thousands scroll
 * smoothly. A click or Enter shows what is known of a line; arrow keys, Home and End move.
 */
export function LogLines(props: LogLinesProps) {
  const { label, lines, zone, look = NO_LOOK, actions = NO_ACTIONS, footer } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => lines[index]?.id ?? index,
    overscan: 12,
  })
  const reachable = useRowKeys(scroller, lines.length, (index) => virtual.scrollToIndex(index))
  const opened = useOpened(scroller, lines)
  const rowLook = useRowLook(lines, look, zone, props.marked ?? NO_WORDS)
  const items = virtual.getVirtualItems()
  useEnds(props, items[0]?.index ?? 0, items.at(-1)?.index ?? 0)
  useScrolling(props, virtual)
  return (
    <div
      ref={scroller}
      className={styles['scroller']}
      role="region"
      aria-label={label}
      tabIndex={lines.length === 0 || rowLook.hidesDetails ? 0 : -1}
    >
      <div role="list" className={styles['lines']} style={{ height: virtual.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const line = lines[index]
          if (line === undefined) return null
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              role="listitem"
              aria-setsize={lines.length}
              aria-posinset={index + 1}
              data-index={index}
              className={styles['item']}
              style={{ transform: `translateY(${start}px)` }}
            >
              <LogLineRow
                {...{ line, lines, index, actions }}
                look={rowLook}
                isOpen={opened.has(line.id)}
                isCurrent={line.id === props.current}
                isReachable={index === reachable}
              />
            </div>
          )
        })}
      </div>
      {footer !== undefined && <div className={styles['footer']}>{footer}</div>}
    </div>
  )
}

/** The lines that are open, by their ids. */
function useOpened(
  scroller: { readonly current: HTMLElement | null },
  lines: readonly LogLine[],
): ReadonlySet<string> {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  useRowClicks(scroller, (index) => {
    const id = lines[index]?.id
    if (id === undefined) return
    setOpened((now) => {
      const next = new Set(now)
      if (!next.delete(id)) next.add(id)
      return next
    })
  })
  return opened
}

/** What all rows share; its identity changes only when they have to be drawn anew. */
function useRowLook(
  lines: readonly LogLine[],
  look: LinesLook,
  zone: TimeZone,
  marked: readonly string[],
): RowLook {
  const { wraps = false, hidesTime = false, labels = 'none', colorsAnsi = true } = look
  const { hidesDetails = false } = look
  const [first, last] = [lines[0]?.timeMs ?? 0, lines.at(-1)?.timeMs ?? 0]
  const isLong = Math.abs(first - last) > 43_200_000
  const shown = useMemo(
    () => (labels === 'differing' ? differingLabels(lines) : labels === 'all' ? 'all' : NO_WORDS),
    [labels, lines],
  )
  const shownKey = shown === 'all' ? 'all' : shown.join('\n')
  const markedKey = marked.join('\n')
  return useMemo(
    () => ({
      ...{ wraps, hidesTime, hidesDetails, colorsAnsi, zone, showsDate: isLong },
      labels: shownKey === 'all' ? 'all' : shownKey.split('\n').filter((name) => name !== ''),
      marked: markedKey.split('\n').filter((word) => word !== ''),
    }),
    [wraps, hidesTime, hidesDetails, colorsAnsi, zone, isLong, shownKey, markedKey],
  )
}

/** Keeps in sight what has to be: the line that stands out, or the last one. */
function useScrolling(
  { lines, current, keepsEnd }: LogLinesProps,
  virtual: Pick<Virtualizer<HTMLDivElement, Element>, 'scrollToIndex'>,
): void {
  const at = current === undefined ? -1 : lines.findIndex(({ id }) => id === current)
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'center' })
  }, [at, virtual])
  useEffect(() => {
    if (keepsEnd === true && lines.length > 0) {
      virtual.scrollToIndex(lines.length - 1, { align: 'end' })
    }
  }, [keepsEnd, lines, virtual])
}

/** Tells when the end comes near, and when the start goes out of sight. */
function useEnds(
  { lines, onEnd, onStartInSight }: LogLinesProps,
  first: number,
  last: number,
): void {
  // As long as there are others below, it is asked again for each number of lines.
  const endOf = lines.length > 0 && last >= lines.length - NEAR_ROWS ? lines.length : 0
  useEffect(() => {
    if (endOf > 0) onEnd?.()
  }, [endOf, onEnd])
  const isInSight = first === 0
  useEffect(() => onStartInSight?.(isInSight), [isInSight, onStartInSight])
}

/** A click on a line, or Enter on its button. */
function useRowClicks(
  scroller: { readonly current: HTMLElement | null },
  onToggle: (index: number) => void,
): void {
  const latest = useRef(onToggle)
  useEffect(() => {
    latest.current = onToggle
  })
  useEffect(() => {
    const element = scroller.current
    const onClick = ({ target }: MouseEvent): void => {
      if (!(target instanceof Element)) return
      const row = target.closest('[data-line]')
      const isButton = target.closest('button') !== null
      // Who marks text does not want it to move away.
      const isMarking = !isButton && window.getSelection()?.isCollapsed === false
      if (row instanceof HTMLElement && !isMarking) latest.current(Number(row.dataset['line']))
    }
    element?.addEventListener('click', onClick)
    return () => element?.removeEventListener('click', onClick)
  }, [scroller])
}

const PAGE_ROWS = 20

/** Of all rows one takes the focus by Tab; arrow keys go on from there. The index of that row. */
function useRowKeys(
  scroller: { readonly current: HTMLElement | null },
  count: number,
  scrollTo: (index: number) => void,
): number {
  const [index, setIndex] = useState(0)
  const wanted = useRef(-1)
  const latest = useRef({ count, scrollTo })
  useEffect(() => {
    latest.current = { count, scrollTo }
    if (wanted.current < 0) return
    const row = scroller.current?.querySelector(`[data-row="${wanted.current}"]`)
    if (!(row instanceof HTMLElement)) return
    wanted.current = -1
    row.focus({ preventScroll: true })
  })
  useEffect(() => {
    const element = scroller.current
    const onKeyDown = (event: KeyboardEvent): void => {
      const { target, key } = event
      if (!(target instanceof HTMLElement) || target.dataset['row'] === undefined) return
      const next = nextIndex(key, Number(target.dataset['row']), latest.current.count)
      if (next === undefined) return
      event.preventDefault()
      wanted.current = next
      setIndex(next)
      latest.current.scrollTo(next)
    }
    element?.addEventListener('keydown', onKeyDown)
    return () => element?.removeEventListener('keydown', onKeyDown)
  }, [scroller])
  return Math.min(index, Math.max(0, count - 1))
}

function nextIndex(key: string, at: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS },
    ...{ Home: -count, End: count },
  }
  const by = steps[key]
  return by === undefined ? undefined : Math.max(0, Math.min(count - 1, at + by))
}
