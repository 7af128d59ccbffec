import { sparkPath } from './spark-path.ts'
import styles from './sparkline.module.css'

export interface SparklineProps {
  /** NaN is a gap. */
  readonly values: Float64Array
  readonly widthPx?: number
  readonly heightPx?: number
  readonly color?: string
  /** What it shows, for who does not see it. */
  readonly label: string
}

/** A line without axes, for rows of tables and tiles. */
export function Sparkline({ values, widthPx = 120, heightPx = 28, color, label }: SparklineProps) {
  const path = sparkPath(values, widthPx, heightPx)
  return (
    <svg
      className={styles['spark']}
      width={widthPx}
      height={heightPx}
      viewBox={`0 0 ${widthPx} ${heightPx}`}
      role="img"
      aria-label={label}
    >
      {path !== '' && <path d={path} stroke={color ?? 'var(--v-accent)'} />}
    </svg>
  )
}
