import { IconChevronRight } from '@tabler/icons-react'
import { memo } from 'react'
import { formatClock, formatDate } from '../time/format-time.ts'
import type { TimeZone } from '../time/zone.ts'
import { LogLineDetail } from './log-line-detail.tsx'
import { SHORT_NAMES } from './log-level.ts'
import type { LineActions } from './log-lines.tsx'
import type { LogLine } from './log-line.ts'
import styles from './log-lines.module.css'
import { LogText } from './log-text.tsx'

/** What all rows of a list share. */
export interface RowLook {
  readonly wraps: boolean
  readonly hidesTime: boolean
  readonly hidesDetails: boolean
  readonly showsDate: boolean
  readonly colorsAnsi: boolean
  readonly zone: TimeZone
  /** Names of labels of streams in front of the text. */
  readonly labels: readonly string[] | 'all'
  readonly marked: readonly string[]
}

export interface LogLineRowProps {
  readonly line: LogLine
  readonly look: RowLook
  readonly index: number
  readonly isOpen: boolean
  readonly isCurrent: boolean
  /** Whether Tab comes here. */
  readonly isReachable: boolean
  readonly actions: LineActions
  /** All lines of the list, for statistics. */
  readonly lines: readonly LogLine[]
}

/** A line longer than this is cut in the list. */
const SHOWN_CHARS = 3000
const NAMED_CHARS = 80

/** One line, and what is known of it when it is open. The list listens for clicks and keys: thousands of rows need no listener of their own. */
export const LogLineRow = memo(
  function LogLineRow(props: LogLineRowProps) {
    const { line, look, index, isOpen, isCurrent, isReachable, actions, lines } = props
    const clock = formatClock(line.timeMs, look.zone)
    return (
      <>
        <div
          className={styles['row']}
          data-level={line.level}
          data-wraps={look.wraps || undefined}
          data-open={isOpen || undefined}
          data-current={isCurrent || undefined}
          data-line={look.hidesDetails ? undefined : index}
        >
          {!look.hidesDetails && (
            <button
              type="button"
              className={styles['fold']}
              data-row={index}
              tabIndex={isReachable ? 0 : -1}
              aria-expanded={isOpen}
              aria-label={`${clock} ${line.level}: ${line.text.slice(0, NAMED_CHARS)}`}
            >
              <IconChevronRight size={12} aria-hidden />
            </button>
          )}
          <span className={styles['level']}>{SHORT_NAMES[line.level]}</span>
          {!look.hidesTime && (
            <time className={styles['time']}>
              {look.showsDate && `${formatDate(line.timeMs, look.zone)} `}
              {withMillis(clock)}
            </time>
          )}
          {look.labels !== 'all' && look.labels.length === 0 ? null : (
            <StreamLabels line={line} names={look.labels} />
          )}
          {line.times !== undefined && (
            <span className={styles['times']} title={`${line.times} lines that say the same`}>
              {line.times}x
            </span>
          )}
          <LogText
            text={line.text}
            mostChars={SHOWN_CHARS}
            isOneLine={!look.wraps}
            colorsAnsi={look.colorsAnsi}
            marked={look.marked}
          />
        </div>
        {isOpen && !look.hidesDetails && (
          <LogLineDetail line={line} lines={lines} zone={look.zone} actions={actions} />
        )}
      </>
    )
  },
  (a, b) =>
    a.line === b.line &&
    a.look === b.look &&
    a.index === b.index &&
    a.isOpen === b.isOpen &&
    a.isCurrent === b.isCurrent &&
    a.isReachable === b.isReachable &&
    // Only an open line shows what they are for.
    (!a.isOpen || (a.actions === b.actions && a.lines === b.lines)),
)

/** Always as wide: the clock leaves milliseconds out where there are none. */
function withMillis(clock: string): string {
  return clock.includes('.') ? clock : `${clock}.000`
}

function StreamLabels(props: {
  readonly line: LogLine
  readonly names: readonly string[] | 'all'
}) {
  const { line, names } = props
  const shown = names === 'all' ? Object.keys(line.stream) : names
  return (
    <span className={styles['labels']}>
      {shown.map((name) => {
        const value = line.stream[name]
        return value === undefined ? null : (
          <span key={name} className={styles['chip']} title={`${name}=${value}`}>
            {names === 'all' && `${name}=`}
            {value}
          </span>
        )
      })}
    </span>
  )
}
