import { sparePx, valueTicks } from './value-ticks.ts'
import styles from './panels.module.css'
import { useSize } from './use-size.ts'

export interface BarGroup {
  readonly name: string
  readonly bars: readonly {
    readonly name: string
    readonly value: number
    readonly color: string
    readonly figure: string
  }[]
}

export interface BarChartProps {
  readonly title: string
  readonly groups: readonly BarGroup[]
  readonly isStacked: boolean
  readonly isSideways: boolean
  readonly format: (value: number) => string
  readonly showsValues: boolean
}

const BOTTOM_PX = 22

/** Bars by category, beside or upon each other. */
export function BarChart(props: BarChartProps) {
  const { title, groups, isStacked } = props
  const [ref, { widthPx, heightPx }] = useSize<HTMLDivElement>()
  const sums = groups.map((group) => {
    const values = group.bars.map((bar) => bar.value)
    return isStacked
      ? values.reduce((sum, value) => sum + Math.max(0, value), 0)
      : Math.max(0, ...values)
  })
  const lows = groups.map((group) => Math.min(0, ...group.bars.map((bar) => bar.value)))
  const high = Math.max(0, ...sums) || 1
  const low = Math.min(0, ...lows)
  const label = `${title}: bars. ${groups
    .slice(0, 20)
    .map(
      (group) =>
        `${group.name}: ${group.bars.map((bar) => `${bar.name} ${bar.figure}`).join(', ')}`,
    )
    .join('; ')}`
  return (
    <div ref={ref} className={styles['canvasBox']}>
      {widthPx > 40 && heightPx > 40 && (
        <svg width={widthPx} height={heightPx} role="img" aria-label={label}>
          <Bars {...props} {...{ widthPx, heightPx, low, high }} />
        </svg>
      )}
    </div>
  )
}

interface BarsProps extends BarChartProps {
  readonly widthPx: number
  readonly heightPx: number
  readonly low: number
  readonly high: number
}

/** Where values and groups are on the drawing. */
interface BarPlot {
  readonly left: number
  readonly width: number
  readonly height: number
  /** Room for one group. */
  readonly across: number
  readonly at: (value: number) => number
}

function Bars(props: BarsProps) {
  const { groups, isSideways, format, widthPx, heightPx, low, high } = props
  const ticks = valueTicks(low, high, 5)
  const left = sparePx(isSideways ? groups.map((group) => group.name) : ticks.map(format))
  const width = widthPx - left - 10
  const height = heightPx - BOTTOM_PX - 6
  const along = isSideways ? width : height
  const across = (isSideways ? height : width) / Math.max(1, groups.length)
  const at = (value: number): number => ((value - low) / (high - low)) * along
  const plot = { left, width, height, across, at }
  return (
    <>
      {ticks.map((tick) => (
        <Tick key={tick} {...{ plot, tick, isSideways }} text={format(tick)} />
      ))}
      {groups.map((group, index) => (
        <Group key={index} {...props} {...{ plot, group, index }} />
      ))}
    </>
  )
}

interface TickProps {
  readonly plot: BarPlot
  readonly tick: number
  readonly isSideways: boolean
  readonly text: string
}

function Tick({ plot, tick, isSideways, text }: TickProps) {
  const { left, width, height, at } = plot
  const x = left + at(tick)
  const y = height - at(tick) + 6
  const line = isSideways
    ? { x1: x, x2: x, y1: 0, y2: height }
    : { x1: left, x2: left + width, y1: y, y2: y }
  const label = isSideways
    ? { x, y: height + BOTTOM_PX, textAnchor: 'middle' as const }
    : { x: left - 6, y: y + 4, textAnchor: 'end' as const }
  return (
    <g>
      <line {...line} stroke="var(--v-grid)" />
      <text {...label} fontSize={11} fill="var(--v-dim)">
        {text}
      </text>
    </g>
  )
}

interface GroupProps extends BarsProps {
  readonly plot: BarPlot
  readonly group: BarGroup
  readonly index: number
}

function Group({ plot, group, index, isStacked, isSideways, showsValues, heightPx }: GroupProps) {
  const { left, height, across, at } = plot
  const every = Math.max(1, Math.ceil((isSideways ? 14 : 56) / across))
  const middle = (index + 0.5) * across
  const label = isSideways
    ? { x: left - 6, y: middle + 4, textAnchor: 'end' as const }
    : { x: left + middle, y: heightPx - 6, textAnchor: 'middle' as const }
  return (
    <g>
      {barsOf(group, isStacked, across * 0.84).map(({ bar, from, to, offset, thickness }, i) => {
        const start = Math.min(at(from), at(to))
        const length = Math.max(0.5, Math.abs(at(to) - at(from)))
        const side = index * across + across * 0.08 + offset
        const box = isSideways
          ? { x: left + start, y: side, width: length, height: thickness }
          : { x: left + side, y: height - start - length + 6, width: thickness, height: length }
        return (
          <g key={i}>
            <rect {...box} fill={bar.color} rx={1}>
              <title>{`${group.name} ${bar.name}: ${bar.figure}`}</title>
            </rect>
            {showsValues && thickness > 12 && (
              <text
                x={box.x + (isSideways ? box.width + 4 : box.width / 2)}
                y={isSideways ? box.y + box.height / 2 + 4 : box.y - 3}
                fontSize={10}
                textAnchor={isSideways ? 'start' : 'middle'}
                fill="var(--v-text)"
              >
                {bar.figure}
              </text>
            )}
          </g>
        )
      })}
      {index % every === 0 && (
        <text {...label} fontSize={11} fill="var(--v-dim)">
          {group.name.length > 24 ? `${group.name.slice(0, 23)}…` : group.name}
        </text>
      )}
    </g>
  )
}

function barsOf({ bars }: BarGroup, isStacked: boolean, room: number) {
  let below = 0
  const thickness = isStacked ? room : room / Math.max(1, bars.length)
  return bars.map((bar, i) => {
    const from = isStacked ? below : 0
    const to = from + bar.value
    if (isStacked) below = to
    return {
      bar,
      from,
      to,
      offset: isStacked ? 0 : i * thickness,
      thickness: Math.max(1, thickness - 1),
    }
  })
}
