import type { FieldDisplay } from '@grafana/data'
import { numbersOf } from './frames/numbers-of.ts'
import { objectOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import { sparkPath } from '../charts/spark-path.ts'
import { DataLinks } from './data-links.tsx'
import styles from './panels.module.css'
import type { PanelProps } from './panel-props.ts'
import { statValues, writeFigure } from './stat-values.ts'
import { gridOf, textColorOn } from './tile-grid.ts'
import { readableColor } from './readable-color.ts'
import { useSize } from './use-size.ts'

/** Big figures, one tile each, with a line of their past behind them. */
export function StatPanel(props: PanelProps) {
  const { options } = props.panel
  const graphMode = textOf(options['graphMode']) ?? 'area'
  const values = statValues(props, graphMode !== 'none')
  const [ref, size] = useSize<HTMLDivElement>()
  const { columns, rows } = gridOf(values.length, size, textOf(options['orientation']) ?? 'auto')
  const tile = { widthPx: size.widthPx / columns, heightPx: size.heightPx / rows }
  return (
    <div
      ref={ref}
      className={styles['tiles']}
      style={{
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        gridAutoRows: `minmax(${rows > 1 ? '1.7rem' : '0'}, 1fr)`,
      }}
    >
      {values.map((value, i) => (
        <StatTile key={i} {...{ value, props, tile, graphMode }} isAlone={values.length === 1} />
      ))}
    </div>
  )
}

/** From here on letters are large, by WCAG. */
const LARGE_PX = 24

interface StatTileProps {
  readonly value: FieldDisplay
  readonly props: PanelProps
  readonly tile: { readonly widthPx: number; readonly heightPx: number }
  readonly graphMode: string
  readonly isAlone: boolean
}

function StatTile({ value, props, tile, graphMode, isAlone }: StatTileProps) {
  const { options } = props.panel
  const colorMode = textOf(options['colorMode']) ?? 'value'
  const textMode = textOf(options['textMode']) ?? 'auto'
  const color = value.display.color ?? 'var(--v-text)'
  const isFilled = colorMode.startsWith('background')
  const hasName =
    textMode === 'value_and_name' || textMode === 'name' || (textMode === 'auto' && !isAlone)
  const hasValue = textMode !== 'name' && textMode !== 'none'
  const name = value.display.title ?? ''
  const figure = writeFigure(value)
  const fixed = objectOf(options['text'])['valueSize']
  const sizePx =
    typeof fixed === 'number'
      ? fixed
      : figureSize(hasValue ? figure : name, tile, hasName && hasValue)
  const letters = readableColor(color, props.scheme, sizePx >= LARGE_PX ? 'figure' : 'text')
  const dyed = colorMode === 'none' || colorMode === 'value' ? undefined : color
  return (
    <div
      className={styles['tile']}
      style={dyed === undefined ? {} : { background: dyed, color: textColorOn(dyed) }}
    >
      {graphMode !== 'none' && (
        <TileGraph value={value} tile={tile} color={isFilled ? 'rgba(255,255,255,0.35)' : color} />
      )}
      <DataLinks links={value.hasLinks ? (value.getLinks?.() ?? []) : []}>
        <span className={styles['tileText']}>
          {hasName && <span className={styles['tileName']}>{name}</span>}
          {hasValue && (
            <span
              className={styles['figure']}
              style={{ fontSize: sizePx, ...(colorMode === 'value' ? { color: letters } : {}) }}
            >
              {figure}
            </span>
          )}
        </span>
      </DataLinks>
    </div>
  )
}

/** As large as the tile lets the text be. */
function figureSize(
  text: string,
  tile: { readonly widthPx: number; readonly heightPx: number },
  hasName: boolean,
): number {
  const byWidth = (tile.widthPx - 24) / Math.max(2, text.length * 0.6)
  const byHeight = (tile.heightPx - (hasName ? 28 : 8)) * 0.62
  return Math.max(13, Math.min(72, byWidth, byHeight))
}

function TileGraph({
  value,
  tile,
  color,
}: Pick<StatTileProps, 'value' | 'tile'> & { readonly color: string }) {
  const field = value.sparkline?.y
  const widthPx = Math.max(0, Math.floor(tile.widthPx))
  const heightPx = Math.floor(tile.heightPx * 0.45)
  if (!field || field.values.length < 2 || widthPx < 20 || heightPx < 16) return null
  const values = numbersOf(field)
  const line = sparkPath(values, widthPx, heightPx)
  if (line === '' || line.split('M').length > 2) {
    return <TileLine {...{ line, widthPx, heightPx, color }} area="" />
  }
  return (
    <TileLine
      {...{ line, widthPx, heightPx, color }}
      area={`${line}L${widthPx} ${heightPx}L0 ${heightPx}Z`}
    />
  )
}

interface TileLineProps {
  readonly line: string
  readonly area: string
  readonly widthPx: number
  readonly heightPx: number
  readonly color: string
}

function TileLine({ line, area, widthPx, heightPx, color }: TileLineProps) {
  return (
    <svg className={styles['tileGraph']} width={widthPx} height={heightPx} aria-hidden>
      {area !== '' && <path d={area} fill={color} opacity={0.18} />}
      <path d={line} fill="none" stroke={color} strokeWidth={1.5} opacity={0.8} />
    </svg>
  )
}
