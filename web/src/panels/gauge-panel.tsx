import { type FieldDisplay } from '@grafana/data'
import { textOf } from '../../../src/lang/dashboard/json-value.ts'
import { DataLinks } from './data-links.tsx'
import { grafanaTheme } from './frames/process-frames.ts'
import styles from './panels.module.css'
import type { PanelProps } from './panel-props.ts'
import { shareOf, statValues, writeFigure } from './stat-values.ts'
import { gridOf } from './tile-grid.ts'
import { readableColor } from './readable-color.ts'
import { useSize } from './use-size.ts'

/** Arcs, one for each figure, filled as far as it is along its range. */
export function GaugePanel(props: PanelProps) {
  const { options } = props.panel
  const values = statValues(props, false)
  const [ref, size] = useSize<HTMLDivElement>()
  const orientation = textOf(options['orientation']) ?? 'auto'
  // Arcs stand in one line along the longer side.
  const line = size.widthPx >= size.heightPx ? 'vertical' : 'horizontal'
  const { columns, rows } = gridOf(values.length, size, orientation === 'auto' ? line : orientation)
  return (
    <div
      ref={ref}
      className={styles['tiles']}
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
    >
      {values.map((value, i) => (
        <DataLinks key={i} links={value.hasLinks ? (value.getLinks?.() ?? []) : []}>
          <Gauge
            value={value}
            hasName={values.length > 1}
            scheme={props.scheme}
            showsMarkers={options['showThresholdMarkers'] !== false}
            maxHeightPx={rows > 0 ? size.heightPx / rows : 0}
          />
        </DataLinks>
      ))}
    </div>
  )
}

/** The arc is open below: 230 degrees of a circle. */
const SPAN = (230 / 180) * Math.PI
const START = Math.PI / 2 + (2 * Math.PI - SPAN) / 2

function arc(from: number, to: number, radius: number): string {
  const at = (share: number): string => {
    const angle = START + share * SPAN
    return `${(50 + radius * Math.cos(angle)).toFixed(2)} ${(46 + radius * Math.sin(angle)).toFixed(2)}`
  }
  const isLong = (to - from) * SPAN > Math.PI ? 1 : 0
  return `M${at(from)}A${radius} ${radius} 0 ${isLong} 1 ${at(to)}`
}

interface GaugeProps {
  readonly value: FieldDisplay
  readonly hasName: boolean
  readonly scheme: PanelProps['scheme']
  readonly showsMarkers: boolean
  readonly maxHeightPx: number
}

function Gauge({ value, hasName, scheme, showsMarkers, maxHeightPx }: GaugeProps) {
  const share = shareOf(value)
  const figure = writeFigure(value)
  const name = value.display.title ?? ''
  const color = value.display.color ?? 'var(--v-accent)'
  const fontSize = Math.min(19, 84 / Math.max(4, figure.length))
  return (
    <div className={styles['gauge']} style={maxHeightPx > 0 ? { maxHeight: maxHeightPx } : {}}>
      <svg viewBox="0 0 100 78" role="img" aria-label={`${name}: ${figure}`}>
        <path d={arc(0, 1, 36)} className={styles['gaugeTrack']} />
        {share > 0 && <path d={arc(0, share, 36)} className={styles['gaugeFill']} stroke={color} />}
        {showsMarkers &&
          marksOf(value, scheme).map((mark, i) => (
            <path
              key={i}
              d={arc(mark.from, mark.to, 44)}
              className={styles['gaugeMark']}
              stroke={mark.color}
            />
          ))}
        <text
          x="50"
          y="52"
          textAnchor="middle"
          fontSize={fontSize}
          fill={readableColor(color, scheme, 'figure')}
          fontWeight="600"
        >
          {figure}
        </text>
      </svg>
      {hasName && <span className={styles['tileName']}>{name}</span>}
    </div>
  )
}

/** The thresholds as arcs of their colours. */
function marksOf(value: FieldDisplay, scheme: PanelProps['scheme']) {
  const { thresholds, min, max } = value.field
  const low = min ?? 0
  const high = max ?? 100
  const theme = grafanaTheme(scheme)
  const steps = thresholds?.steps ?? []
  const isShare = String(thresholds?.mode) === 'percentage'
  const shareAt = (at: number | undefined): number => {
    if (at === undefined || !Number.isFinite(at)) return at === undefined ? 1 : 0
    return Math.min(1, Math.max(0, isShare ? at / 100 : (at - low) / (high - low || 1)))
  }
  return steps
    .map((step, i) => ({
      from: shareAt(step.value),
      to: shareAt(steps[i + 1]?.value),
      color: theme.visualization.getColorByName(step.color),
    }))
    .filter(({ from, to }) => to - from > 0.001)
}
