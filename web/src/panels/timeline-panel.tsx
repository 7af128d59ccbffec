import { FieldType, type DataFrame, type Field } from '@grafana/data'
import { numbersOf } from './frames/numbers-of.ts'
import { useMemo } from 'react'
import { numberOf, objectOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import { seriesColor } from '../charts/palette.ts'
import { timeTicks } from '../charts/time-ticks.ts'
import { formatDateTime } from '../time/format-time.ts'
import { ColorKey } from './color-key.tsx'
import { customOf, hiddenFrom, nameOf, writeValue } from './field-style.ts'
import { TimeLabel } from './heatmap-panel.tsx'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'
import { textColorOn } from './tile-grid.ts'
import { useSize } from './use-size.ts'
import { sparePx } from './value-ticks.ts'

interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly text: string
  readonly color: string
}

interface Lane {
  readonly name: string
  readonly spans: readonly Span[]
}

const BOTTOM_PX = 34

/** States over time, one lane for each series: spans of a state (`state-timeline`), or a cell for each value. */
export function TimelinePanel(props: PanelProps) {
  const { panel, frames, title, range, zone } = props
  const [ref, { widthPx, heightPx }] = useSize<HTMLDivElement>()
  const merges = panel.type === 'state-timeline' && panel.options['mergeValues'] !== false
  const lanes = useMemo(() => lanesOf(frames, merges, props), [frames, merges, props])
  const left = sparePx(lanes.map((lane) => lane.name))
  const plot = { width: Math.max(0, widthPx - left - 8), height: Math.max(0, heightPx - BOTTOM_PX) }
  const xOf = (timeMs: number): number =>
    left +
    ((Math.min(range.toMs, Math.max(range.fromMs, timeMs)) - range.fromMs) /
      (range.toMs - range.fromMs)) *
      plot.width
  const laneePx = plot.height / Math.max(1, lanes.length)
  const share = numberOf(panel.options['rowHeight']) ?? 0.9
  const ticks = timeTicks(range.fromMs, range.toMs, Math.max(2, Math.floor(plot.width / 84)), zone)
  const label = `${title}: states of ${lanes.length} series. ${lanes
    .slice(0, 12)
    .map((lane) => `${lane.name}: ${lane.spans.at(-1)?.text ?? 'no data'}`)
    .join('; ')}`
  const hasLegend = objectOf(panel.options['legend'])['showLegend'] !== false
  return (
    <div className={styles['split']} data-below>
      <div ref={ref} className={styles['splitMain']}>
        {plot.width > 0 && plot.height > 0 && (
          <svg width={widthPx} height={heightPx} role="img" aria-label={label}>
            {lanes.map((lane, i) => (
              <LaneRow
                key={i}
                {...{ lane, xOf, zone, left }}
                top={i * laneePx + (laneePx * (1 - share)) / 2}
                height={laneePx * share}
                showsValues={panel.options['showValue'] !== 'never'}
              />
            ))}
            {ticks.timesMs.map((timeMs, i) => (
              <TimeLabel
                key={timeMs}
                x={xOf(timeMs)}
                y={plot.height + 14}
                text={ticks.labels[i] ?? ''}
              />
            ))}
          </svg>
        )}
      </div>
      {hasLegend && <ColorKey entries={keysOf(lanes)} />}
    </div>
  )
}

interface LaneRowProps {
  readonly lane: Lane
  readonly top: number
  readonly height: number
  readonly left: number
  readonly xOf: (timeMs: number) => number
  readonly zone: string
  readonly showsValues: boolean
}

function LaneRow({ lane, top, height, left, xOf, zone, showsValues }: LaneRowProps) {
  return (
    <g>
      <text
        x={left - 6}
        y={top + height / 2 + 4}
        textAnchor="end"
        fontSize={11}
        fill="var(--v-dim)"
      >
        {lane.name.length > 24 ? `${lane.name.slice(0, 23)}…` : lane.name}
      </text>
      {lane.spans.map((span, i) => {
        const x = xOf(span.fromMs)
        const width = Math.max(1, xOf(span.toMs) - x)
        return (
          <g key={i}>
            <rect x={x} y={top} width={width} height={height} fill={span.color} rx={1}>
              <title>{`${lane.name}: ${span.text}, ${formatDateTime(span.fromMs, zone)} to ${formatDateTime(span.toMs, zone)}`}</title>
            </rect>
            {showsValues && width > span.text.length * 7 + 8 && height > 12 && (
              <text
                x={x + width / 2}
                y={top + height / 2 + 4}
                fontSize={11}
                textAnchor="middle"
                fill={textColorOn(span.color)}
              >
                {span.text}
              </text>
            )}
          </g>
        )
      })}
    </g>
  )
}

function lanesOf(frames: DataFrame[], merges: boolean, { range, scheme }: PanelProps): Lane[] {
  const colors = new Map<string, string>()
  const paletteColor = (text: string): string => {
    const known = colors.get(text) ?? seriesColor(colors.size, scheme)
    colors.set(text, known)
    return known
  }
  return frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === FieldType.time)
    if (!time) return []
    return frame.fields
      .filter((field) => field !== time && !hiddenFrom(field).viz)
      .map((field) => ({
        name: nameOf(field, frame, frames),
        spans: spansOf(field, time, merges, range.toMs, paletteColor),
      }))
  })
}

function spansOf(
  field: Field,
  time: Field,
  merges: boolean,
  endMs: number,
  paletteColor: (text: string) => string,
): Span[] {
  const times = numbersOf(time)
  const stepMs = numberOf(time.config.interval)
  const spans: Span[] = []
  const usesPalette =
    field.type === FieldType.string || field.config.color?.mode?.startsWith('palette') === true
  const hasMappings = (field.config.mappings ?? []).length > 0
  const bridges = customOf(field)['spanNulls'] === true
  times.forEach((fromMs, i) => {
    const value: unknown = field.values[i]
    if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value)))
      return
    const nextMs = times[i + 1] ?? Math.min(endMs, fromMs + (stepMs ?? 60_000))
    const toMs = stepMs === undefined || bridges ? nextMs : Math.min(nextMs, fromMs + stepMs * 1.5)
    const text = writeValue(field, value)
    const shown = field.display?.(value).color
    const isOwn = shown !== undefined && (!usesPalette || (hasMappings && text !== textOf(value)))
    const color = isOwn ? shown : paletteColor(text)
    const last = spans.at(-1)
    if (merges && last && last.text === text && last.toMs >= fromMs)
      spans[spans.length - 1] = { ...last, toMs }
    else spans.push({ fromMs, toMs, text, color })
  })
  return spans
}

function keysOf(lanes: readonly Lane[]) {
  const byName = new Map<string, string>()
  for (const lane of lanes) for (const span of lane.spans) byName.set(span.text, span.color)
  return [...byName].slice(0, 20).map(([name, color]) => ({ name, color }))
}
