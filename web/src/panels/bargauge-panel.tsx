import type { FieldDisplay } from '@grafana/data'
import { textOf } from '../../../src/lang/dashboard/json-value.ts'
import { DataLinks } from './data-links.tsx'
import styles from './panels.module.css'
import type { PanelProps } from './panel-props.ts'
import { shareOf, statValues, writeFigure } from './stat-values.ts'

/** Bars, one for each figure: plain, of a gradient, or of cells as old displays had them. */
export function BargaugePanel(props: PanelProps) {
  const { options } = props.panel
  const values = statValues(props, false)
  const mode = textOf(options['displayMode']) ?? 'gradient'
  const isUpright = options['orientation'] === 'vertical'
  return (
    // It may scroll, so the keyboard must reach it.
    <section className={styles['barsScroll']} tabIndex={0} aria-label={props.title}>
      <ul className={styles['bars']} data-upright={isUpright || undefined}>
        {values.map((value, i) => (
          <li key={i} className={styles['bar']}>
            <DataLinks links={value.hasLinks ? (value.getLinks?.() ?? []) : []}>
              <span className={styles['barName']} title={value.display.title}>
                {value.display.title}
              </span>
            </DataLinks>
            <BarTrack
              {...{ value, mode, isUpright }}
              showsUnfilled={options['showUnfilled'] !== false}
            />
            <span
              className={styles['barFigure']}
              style={{
                color: `color-mix(in srgb, ${value.display.color ?? 'var(--v-text)'} 70%, var(--v-text))`,
              }}
            >
              {writeFigure(value)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface BarTrackProps {
  readonly value: FieldDisplay
  readonly mode: string
  readonly isUpright: boolean
  readonly showsUnfilled: boolean
}

const CELLS = 24

function BarTrack({ value, mode, isUpright, showsUnfilled }: BarTrackProps) {
  const share = shareOf(value)
  const color = value.display.color ?? 'var(--v-accent)'
  const length = `${(share * 100).toFixed(2)}%`
  if (mode === 'lcd') {
    return (
      <span className={styles['barTrack']} data-lcd aria-hidden>
        {Array.from({ length: CELLS }, (_none, i) => (
          <span
            key={i}
            className={styles['cell']}
            style={i / CELLS < share ? { background: color } : {}}
          />
        ))}
      </span>
    )
  }
  const angle = isUpright ? '0deg' : '90deg'
  const background =
    mode === 'gradient'
      ? `linear-gradient(${angle}, color-mix(in srgb, ${color} 25%, transparent), ${color})`
      : color
  return (
    <span className={styles['barTrack']} data-bare={!showsUnfilled || undefined} aria-hidden>
      <span
        className={styles['barFill']}
        style={isUpright ? { height: length, background } : { width: length, background }}
      />
    </span>
  )
}
