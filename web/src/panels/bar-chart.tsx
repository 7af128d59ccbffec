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

function Bars(props: BarsProps) {
  const { groups, isStacked, isSideways, format, showsValues, widthPx, heightPx, low, high } = props
  const left = sparePx(
    isSideways ? groups.map((group) => group.name) : valueTicks(low, high, 5).map(format),
  )
  const plot = { width: widthPx - left - 10, height: heightPx - BOTTOM_PX - 6 }
  const along = isSideways ? plot.width : plot.height
  const across = (isSideways ? plot.height : plot.width) / Math.max(1, groups.length)
  const at = (value: number): number => ((value - low) / (high - low)) * along
  const every = Math.max(1, Math.ceil((isSideways ? 14 : 56) / across))
  return (
    <>
      {valueTicks(low, high, 5).map((tick) => {
        const offset = at(tick)
        return isSideways ? (
          <g key={tick}>
            <line
              x1={left + offset}
              x2={left + offset}
              y1={0}
              y2={plot.height}
              stroke="var(--v-grid)"
            />
            <text
              x={left + offset}
              y={heightPx - 6}
              fontSize={11}
              textAnchor="middle"
              fill="var(--v-dim)"
            >
              {format(tick)}
            </text>
          </g>
        ) : (
          <g key={tick}>
            <line
              x1={left}
              x2={widthPx - 10}
              y1={plot.height - offset + 6}
              y2={plot.height - offset + 6}
              stroke="var(--v-grid)"
            />
            <text
              x={left - 6}
              y={plot.height - offset + 10}
              fontSize={11}
              textAnchor="end"
              fill="var(--v-dim)"
            >
              {format(tick)}
            </text>
          </g>
        )
      })}
      {groups.map((group, g) => (
        <g key={g}>
          {barsOf(group, isStacked, across * 0.84).map(
            ({ bar, from, to, offset, thickness }, i) => {
              const start = Math.min(at(from), at(to))
              const length = Math.max(0.5, Math.abs(at(to) - at(from)))
              const side = g * across + across * 0.08 + offset
              const box = isSideways
                ? { x: left + start, y: side, width: length, height: thickness }
                : {
                    x: left + side,
                    y: plot.height - start - length + 6,
                    width: thickness,
                    height: length,
                  }
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
            },
          )}
          {g % every === 0 && (
            <text
              x={isSideways ? left - 6 : left + (g + 0.5) * across}
              y={isSideways ? (g + 0.5) * across + 4 : heightPx - 6}
              fontSize={11}
              textAnchor={isSideways ? 'end' : 'middle'}
              fill="var(--v-dim)"
            >
              {group.name.length > 24 ? `${group.name.slice(0, 23)}…` : group.name}
            </text>
          )}
        </g>
      ))}
    </>
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
