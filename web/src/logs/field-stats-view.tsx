import { useMemo } from 'react'
import { formatValue } from '../format/format-value.ts'
import { fieldStats } from './line-fields.ts'
import type { LogLine } from './log-line.ts'
import styles from './log-lines.module.css'

export interface FieldStatsViewProps {
  readonly lines: readonly LogLine[]
  readonly name: string
  /** Narrows to a value. */
  readonly onPick?: (value: string) => void
}

const SHOWN_CHARS = 120

/** The most frequent values of a field among the lines that are shown, with their shares. */
export function FieldStatsView({ lines, name, onPick }: FieldStatsViewProps) {
  const stats = useMemo(() => fieldStats(lines, name), [lines, name])
  return (
    <div className={styles['stats']}>
      <p className={styles['dim']}>
        In {formatValue(stats.lines, 'count')} of {formatValue(stats.ofLines, 'count')} lines shown,{' '}
        {formatValue(stats.distinct, 'count')} different {stats.distinct === 1 ? 'value' : 'values'}
      </p>
      <ul>
        {stats.top.map(({ value, count }) => {
          const share = count / Math.max(1, stats.lines)
          const shown = value === '' ? '(empty)' : value.slice(0, SHOWN_CHARS)
          return (
            <li key={value}>
              <span
                className={styles['share']}
                style={{ width: `${Math.max(1, share * 100)}%` }}
                aria-hidden
              />
              {onPick ? (
                <button type="button" onClick={() => onPick(value)}>
                  {shown}
                </button>
              ) : (
                <span>{shown}</span>
              )}
              <span className={styles['dim']}>
                {formatValue(count, 'count')} · {formatValue(share, 'percent')}
              </span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
