import { IconUnlink } from '@tabler/icons-react'
import { memo } from 'react'
import { formatValue } from '../format/format-value.ts'
import { percent } from './minimap.tsx'
import { partsInSight, type TimeWindow } from './time-window.ts'
import { endNsOf, serviceOf, skewNsOf, type Trace } from './trace-model.ts'
import { hasChildren } from './visible-rows.ts'
import styles from './waterfall.module.css'

export interface SpanRowProps {
  readonly trace: Trace
  readonly row: number
  readonly window: TimeWindow
  readonly color: string
  readonly isFolded: boolean
  readonly isSelected: boolean
  readonly isFound: boolean
  /** Whether Tab comes here. */
  readonly isReachable: boolean
  /** Its parts on the critical path; undefined where they are not shown. */
  readonly critical: readonly (readonly [fromNs: number, toNs: number])[] | undefined
}

/** Deeper spans are no further to the right: their names would have no room. */
const MOST_INDENT = 24

/** A span: its name in the tree, and its bar in time. The list listens for clicks and keys. */
export const SpanRow = memo(function SpanRow(props: SpanRowProps) {
  const { trace, row, isFolded, isSelected, isFound, isReachable } = props
  const depth = trace.depths[row] ?? 0
  const folds = hasChildren(trace, row)
  const oddities = describeOddities(trace, row)
  return (
    <div
      role="treeitem"
      className={styles['row']}
      data-row={row}
      data-selected={isSelected || undefined}
      data-found={isFound || undefined}
      tabIndex={isReachable ? 0 : -1}
      aria-level={depth + 1}
      aria-selected={isSelected}
      aria-expanded={folds ? !isFolded : undefined}
    >
      <span
        className={styles['name']}
        style={{ paddingLeft: `${Math.min(depth, MOST_INDENT) * 12 + 4}px` }}
      >
        <i className={styles['fold']} data-fold={folds || undefined} data-open={!isFolded} />
        <i className={styles['swatch']} style={{ background: props.color }} />
        {trace.isError[row] === 1 && (
          <i className={styles['error']} aria-hidden>
            !
          </i>
        )}
        {trace.isOrphan[row] === 1 && (
          <IconUnlink size={13} className={styles['odd']} aria-hidden />
        )}
        <span className={styles['service']}>{serviceOf(trace, row)}</span>{' '}
        <span className={styles['operation']}>{trace.names[row]}</span>{' '}
        {oddities !== '' && <span className="visually-hidden">{oddities}</span>}{' '}
        {isFolded && folds && (
          <span className={styles['hidden']}>{(trace.ends[row] ?? 0) - row - 1}</span>
        )}
      </span>
      <SpanBar {...props} />
    </div>
  )
})

/** What marks and places say, for who does not see them. */
function describeOddities(trace: Trace, row: number): string {
  return [
    ...(trace.isError[row] === 1 ? ['error'] : []),
    ...(trace.isOrphan[row] === 1 ? ['its parent is missing'] : []),
    ...(skewNsOf(trace, row) > 0 ? ['starts before its parent'] : []),
  ].join(', ')
}

function SpanBar({ trace, row, window, color, critical }: SpanRowProps) {
  const lengthNs = window.toNs - window.fromNs
  const at = (ns: number): number => (ns - window.fromNs) / lengthNs
  const [from, to] = [at(trace.startsNs[row] ?? 0), at(endNsOf(trace, row))]
  // What lies out of sight is not made as wide as it would be: browsers have bounds.
  const [left, right] = [Math.max(-0.01, from), Math.min(1.01, to)]
  const isInSight = right >= 0 && left <= 1
  return (
    <span className={styles['track']}>
      {isInSight && (
        <>
          <i
            className={styles['bar']}
            data-error={trace.isError[row] === 1 || undefined}
            style={{ left: percent(left), width: percent(right - left), background: color }}
          />
          {critical &&
            partsInSight(critical, window).map(([start, end]) => (
              <i
                key={start}
                className={styles['critical']}
                style={{ left: percent(start), width: percent(end - start) }}
              />
            ))}
          <span
            className={styles['duration']}
            data-over={left <= 0.14 && right >= 0.86}
            style={labelPlace(left, right)}
          >
            {formatValue((trace.durationsNs[row] ?? 0) / 1e9, 'seconds')}
          </span>
        </>
      )}
    </span>
  )
}

/** Behind the bar, before it, or on it, wherever there is room. */
function labelPlace(left: number, right: number): Readonly<Record<string, string>> {
  if (right < 0.86) return { left: percent(right), paddingLeft: '4px' }
  if (left > 0.14) return { right: percent(1 - left), paddingRight: '4px' }
  return { right: '4px' }
}
