import { listOf, objectOf } from '../../../src/lang/dashboard/json-value.ts'
import type { FieldDisplay } from '@grafana/data'
import { seriesColor, type Scheme } from '../charts/palette.ts'
import { ColorKey } from './color-key.tsx'
import { colorOfFigure } from './figure-color.ts'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'
import { statValues, writeFigure } from './stat-values.ts'

/** Shares of a whole, as slices of a pie or of a ring. */
export function PiePanel(props: PanelProps) {
  const { panel, scheme, title } = props
  const values = statValues(props, false).filter((one) => one.display.numeric > 0)
  const legend = objectOf(panel.options['legend'])
  const labels = listOf(panel.options['displayLabels'])
  const shown = listOf(legend['values'])
  const slices = slicesOf(values, scheme)
  const inner = panel.options['pieType'] === 'donut' ? 26 : 0
  return (
    <div className={styles['split']} data-below={legend['placement'] !== 'right' || undefined}>
      <svg
        className={styles['splitMain']}
        viewBox="0 0 100 100"
        role="img"
        aria-label={`${title}: ${slices.map((one) => `${one.name} ${one.figure} (${percent(one.share)})`).join(', ')}`}
      >
        {slices.map((one, i) => (
          <g key={i}>
            <path
              d={slicePath(one.from, one.to, inner)}
              fill={one.color}
              stroke="var(--v-surface)"
              strokeWidth={0.6}
            >
              <title>{`${one.name}: ${one.figure} (${percent(one.share)})`}</title>
            </path>
            {labels.length > 0 && one.share > 0.04 && (
              <SliceLabel
                middle={(one.from + one.to) / 2}
                text={labelOf(labels, one.name, one.figure, percent(one.share))}
              />
            )}
          </g>
        ))}
      </svg>
      {legend['showLegend'] !== false && (
        <ColorKey
          entries={slices.map((one) => ({
            name: one.name,
            color: one.color,
            value: [
              shown.includes('value') ? one.figure : '',
              shown.includes('percent') ? percent(one.share) : '',
            ]
              .filter(Boolean)
              .join(' · '),
          }))}
        />
      )}
    </div>
  )
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`
}

interface Slice {
  readonly from: number
  readonly to: number
  readonly share: number
  readonly name: string
  readonly figure: string
  readonly color: string
}

/** Where each figure's slice begins and ends, 0 to 1. */
function slicesOf(values: readonly FieldDisplay[], scheme: Scheme): Slice[] {
  const total = values.reduce((sum, one) => sum + one.display.numeric, 0)
  const out: Slice[] = []
  for (const [i, value] of values.entries()) {
    const from = out.at(-1)?.to ?? 0
    const share = value.display.numeric / total
    const color = colorOfFigure(value, scheme) ?? seriesColor(i, scheme)
    const name = value.display.title ?? ''
    out.push({ from, to: from + share, share, name, color, figure: writeFigure(value) })
  }
  return out
}

function labelOf(labels: readonly unknown[], name: string, figure: string, share: string): string {
  return [
    labels.includes('name') ? name : '',
    labels.includes('value') ? figure : '',
    labels.includes('percent') ? share : '',
  ]
    .filter(Boolean)
    .join(' ')
}

function SliceLabel({ middle, text }: { readonly middle: number; readonly text: string }) {
  const [x, y] = pointAt(middle, 36)
  return (
    <text
      x={x}
      y={y}
      fontSize={4}
      textAnchor="middle"
      fill="#fff"
      stroke="#0008"
      strokeWidth={0.8}
      paintOrder="stroke"
    >
      {text}
    </text>
  )
}

function pointAt(share: number, radius: number): [number, number] {
  const angle = share * 2 * Math.PI - Math.PI / 2
  return [50 + radius * Math.cos(angle), 50 + radius * Math.sin(angle)]
}

function slicePath(from: number, to: number, inner: number): string {
  // A full circle has no arc of its own: its ends would be the same point.
  const end = Math.min(to, from + 0.99999)
  const isLong = end - from > 0.5 ? 1 : 0
  const point = (share: number, radius: number): string =>
    pointAt(share, radius)
      .map((one) => one.toFixed(3))
      .join(' ')
  const outer = `M${point(from, 46)}A46 46 0 ${isLong} 1 ${point(end, 46)}`
  if (inner === 0) return `${outer}L50 50Z`
  return `${outer}L${point(end, inner)}A${inner} ${inner} 0 ${isLong} 0 ${point(from, inner)}Z`
}
