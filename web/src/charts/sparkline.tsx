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

/** The path of a line through the values, scaled to their own least and most. */
export function sparkPath(values: Float64Array, widthPx: number, heightPx: number): string {
  let [min, max] = [Infinity, -Infinity]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  if (min > max) return ''
  const span = max - min || 1
  const inner = heightPx - 4
  const parts: string[] = []
  let isOpen = false
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      isOpen = false
      return
    }
    const x = values.length < 2 ? 0 : (i / (values.length - 1)) * widthPx
    const y = max === min ? heightPx / 2 : 2 + inner * (1 - (value - min) / span)
    parts.push(`${isOpen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`)
    isOpen = true
  })
  return parts.join('')
}
