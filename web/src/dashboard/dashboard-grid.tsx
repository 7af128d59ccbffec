import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { memo, useMemo, useState } from 'react'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import {
  expandRepeats,
  type PlacedPanel,
  type PlacedRow,
} from '../../../src/lang/dashboard/repeat.ts'
import { withValues } from '../../../src/lang/dashboard/scope.ts'
import styles from './dashboard.module.css'
import { usePage } from './page-model.ts'
import { PanelFrame } from './panel-frame.tsx'

/** One cell of the grid with the gap below it, and the gap. */
const CELL_PX = 38
const GAP_PX = 8
/** Single figures: on a phone two of them stand beside each other. */
const SMALL_CELLS = 6

/** The panels of a dashboard on their grid, row by row; or one alone, by its key. */
export function DashboardGrid({ viewed }: { readonly viewed: string | undefined }) {
  const { dashboard, scope } = usePage()
  const expanded = useMemo(() => expandRepeats(dashboard, scope), [dashboard, scope])
  const rows = useSame(expanded)
  const alone = viewed === undefined ? undefined : findPlaced(rows, viewed)
  if (alone) {
    return (
      <div className={styles['alone']}>
        <PanelFrame key={alone.key} placed={alone} isAlone />
      </div>
    )
  }
  return rows.map((row) => <GridRow key={row.key} row={row} />)
}

/** What is equal keeps its identity: a refresh changes the range's variables, and seldom which panels there are. */
function useSame(rows: PlacedRow[]): PlacedRow[] {
  const [held, setHeld] = useState(rows)
  if (held === rows) return held
  if (sameKeys(held) === sameKeys(rows)) return held
  setHeld(rows)
  return rows
}

const identities = new WeakMap<object, number>()
let nextIdentity = 0

function identityOf(one: object): number {
  const known = identities.get(one)
  if (known !== undefined) return known
  identities.set(one, ++nextIdentity)
  return nextIdentity
}

function sameKeys(rows: readonly PlacedRow[]): string {
  const parts = rows.map(({ key, collapsed, row, panels }) => [
    ...[key, collapsed, row?.values ?? []],
    panels.map((one) => [one.key, identityOf(one.panel), one.gridPos, one.values]),
  ])
  return JSON.stringify(parts)
}

/** `panel-7`, `7` and `panel-7-clone-1` name panels in addresses; old links have the id alone. */
function findPlaced(rows: readonly PlacedRow[], viewed: string): PlacedPanel | undefined {
  const key = viewed.replace(/^panel-/, '')
  const all = rows.flatMap((row) => row.panels)
  return all.find((one) => one.key === key) ?? all.find((one) => String(one.panel.id) === key)
}

function GridRow({ row }: { readonly row: PlacedRow }) {
  const { scope } = usePage()
  const [isOpen, setOpen] = useState(!row.collapsed)
  const title =
    row.row && interpolate(row.row.panel.title, withValues(scope, row.row.values), 'text')
  const Chevron = isOpen ? IconChevronDown : IconChevronRight
  return (
    <section className={styles['row']} aria-label={title ?? 'Panels'}>
      {row.row && (
        <h2 className={styles['rowHead']}>
          <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <Chevron size={16} aria-hidden />
            {title}
            {!isOpen && <span className={styles['rowCount']}>({row.panels.length} panels)</span>}
          </button>
        </h2>
      )}
      {isOpen && <PanelGrid panels={row.panels} />}
    </section>
  )
}

const PanelGrid = memo(({ panels }: { readonly panels: readonly PlacedPanel[] }) => {
  const top = Math.min(...panels.map((one) => one.gridPos.y))
  return (
    <div className={styles['grid']}>
      {panels.map((placed) => {
        const { x, y, w, h } = placed.gridPos
        return (
          <div
            key={placed.key}
            className={styles['cell']}
            data-small={w <= SMALL_CELLS && h <= SMALL_CELLS ? true : undefined}
            style={{
              gridColumn: `${x + 1} / span ${w}`,
              gridRow: `${y - top + 1} / span ${h}`,
              // On a phone, too, panels are as high as they were meant to be.
              minHeight: h * CELL_PX - GAP_PX,
            }}
          >
            <PanelFrame placed={placed} isAlone={false} />
          </div>
        )
      })}
    </div>
  )
})
