import { getValueFormat, formattedValueToString } from '@grafana/data'
import { useMemo } from 'react'
import {
  numberOf,
  objectOf,
  textOf,
  type JsonObject,
} from '../../../src/lang/dashboard/json-value.ts'
import { timeTicks } from '../charts/time-ticks.ts'
import { formatDateTime } from '../time/format-time.ts'
import { heatColor, heatmapCells, type HeatmapCells } from './heatmap-cells.ts'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'
import { useSize } from './use-size.ts'

const LEFT_PX = 58
const BOTTOM_PX = 34

/** Counts by time and size, told by colour. */
export function HeatmapPanel(props: PanelProps) {
  const { panel, frames, range, zone, title, scheme } = props
  const [ref, { widthPx, heightPx }] = useSize<HTMLDivElement>()
  const cells = useMemo(() => heatmapCells(frames, panel.options), [frames, panel.options])
  const plot = {
    width: Math.max(0, widthPx - LEFT_PX - 8),
    height: Math.max(0, heightPx - BOTTOM_PX),
  }
  if (!cells) return <div ref={ref} className={styles['canvasBox']} />
  const xOf = (timeMs: number): number =>
    LEFT_PX + ((timeMs - range.fromMs) / (range.toMs - range.fromMs)) * plot.width
  const ticks = timeTicks(range.fromMs, range.toMs, Math.max(2, Math.floor(plot.width / 84)), zone)
  const label = `${title}: heatmap of ${cells.rows.length} buckets, most in one ${cells.highest}`
  return (
    <div ref={ref} className={styles['canvasBox']}>
      {plot.width > 0 && plot.height > 0 && (
        <svg width={widthPx} height={heightPx} role="img" aria-label={label}>
          <Cells
            {...{ cells, plot, xOf, zone }}
            options={panel.options}
            isDark={scheme === 'dark'}
          />
          <BucketNames {...{ cells, plot }} options={panel.options} />
          {ticks.timesMs.map((timeMs, i) => (
            <TimeLabel
              key={timeMs}
              x={xOf(timeMs)}
              y={plot.height + 13}
              text={ticks.labels[i] ?? ''}
            />
          ))}
        </svg>
      )}
    </div>
  )
}

interface CellsProps {
  readonly cells: HeatmapCells
  readonly plot: { readonly width: number; readonly height: number }
  readonly xOf: (timeMs: number) => number
  readonly zone: string
  readonly options: JsonObject
  readonly isDark: boolean
}

function Cells({ cells, plot, xOf, zone, options, isDark }: CellsProps) {
  const rowPx = plot.height / cells.rows.length
  const gap = Math.min(numberOf(options['cellGap']) ?? 1, rowPx / 4)
  const least = numberOf(objectOf(options['filterValues'])['le']) ?? 0
  const max = numberOf(objectOf(options['color'])['max']) ?? cells.highest
  return cells.rows.map((row, r) => (
    <g key={r}>
      {row.counts.map((count, i) => {
        if (count <= least || max <= 0) return null
        const x = Math.max(LEFT_PX, xOf(cells.timesMs[i] ?? 0))
        const end = Math.min(LEFT_PX + plot.width, xOf((cells.timesMs[i] ?? 0) + cells.stepMs))
        if (end <= x) return null
        return (
          <rect
            key={i}
            x={x}
            y={plot.height - (r + 1) * rowPx}
            width={Math.max(1, end - x - gap)}
            height={Math.max(1, rowPx - gap)}
            fill={heatColor(Math.min(1, count / max), options, isDark)}
          >
            <title>{`${row.name}: ${count} at ${formatDateTime(cells.timesMs[i] ?? 0, zone)}`}</title>
          </rect>
        )
      })}
    </g>
  ))
}

function BucketNames({ cells, plot, options }: Pick<CellsProps, 'cells' | 'plot' | 'options'>) {
  const rowPx = plot.height / cells.rows.length
  const every = Math.max(1, Math.ceil(16 / rowPx))
  const yAxis = objectOf(options['yAxis'])
  const format = getValueFormat(textOf(yAxis['unit']) ?? 'short')
  const write = (name: string): string => {
    const value = Number(name)
    return Number.isFinite(value)
      ? formattedValueToString(format(value, numberOf(yAxis['decimals'])))
      : name
  }
  if (yAxis['axisPlacement'] === 'hidden') return null
  return cells.rows.map((row, r) =>
    r % every === 0 ? (
      <text
        key={r}
        x={LEFT_PX - 6}
        y={plot.height - (r + 0.5) * rowPx + 4}
        textAnchor="end"
        fontSize={11}
        fill="var(--v-dim)"
      >
        {write(row.name)}
      </text>
    ) : null,
  )
}

export function TimeLabel({
  x,
  y,
  text,
}: {
  readonly x: number
  readonly y: number
  readonly text: string
}) {
  return (
    <text x={x} y={y} textAnchor="middle" fontSize={11} fill="var(--v-dim)">
      {text.split('\n').map((line, i) => (
        <tspan key={i} x={x} dy={i === 0 ? 0 : 13}>
          {line}
        </tspan>
      ))}
    </text>
  )
}
