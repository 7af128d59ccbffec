import { FieldType, type DataFrame, type Field } from '@grafana/data'
import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import {
  flagOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
} from '../../../src/lang/dashboard/json-value.ts'
import { customOf, nameOf } from './field-style.ts'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'
import { TableCell } from './table-cell.tsx'

/** Rows are drawn as they are scrolled to; of fewer than this all are. */
const FEW_ROWS = 60
const ROW_PX = 28
const PAGE_ROWS = 50

interface Sort {
  readonly column: number
  readonly isDescending: boolean
}

/** A table of one frame, which a person sorts and filters. */
export function TablePanel(props: PanelProps) {
  const { panel, frames } = props
  const [frameIndex, setFrameIndex] = useState(numberOf(panel.options['frameIndex']) ?? 0)
  const frame = frames[frameIndex] ?? frames[0]
  if (!frame) return null
  return (
    <div className={styles['tableBox']}>
      <FrameTable key={frameIndex} {...props} frame={frame} />
      {frames.length > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Which result"
          value={String(frameIndex)}
          onChange={(event) => setFrameIndex(Number(event.currentTarget.value))}
          data={frames.map((one, i) => ({ value: String(i), label: labelOf(one, frames, i) }))}
        />
      )}
    </div>
  )
}

function labelOf(frame: DataFrame, frames: DataFrame[], index: number): string {
  const value = frame.fields.find((field) => field.type === FieldType.number)
  return frame.name ?? (value ? nameOf(value, frame, frames) : `Result ${index + 1}`)
}

function FrameTable(props: PanelProps & { readonly frame: DataFrame }) {
  const { panel, frame, frames } = props
  const { options } = panel
  const columns = useMemo(
    () =>
      frame.fields.filter((field) => {
        const custom = customOf(field)
        return custom['hidden'] !== true && objectOf(custom['hideFrom'])['viz'] !== true
      }),
    [frame],
  )
  const names = useMemo(
    () => columns.map((field) => nameOf(field, frame, frames)),
    [columns, frame, frames],
  )
  const [sort, setSort] = useState(() => initialSort(options, names))
  const [filters, setFilters] = useState<Readonly<Record<number, string>>>({})
  const [page, setPage] = useState(0)
  const rows = useMemo(() => rowsOf(frame, columns, sort, filters), [frame, columns, sort, filters])
  const isPaged =
    flagOf(objectOf(options['footer'])['enablePagination']) ??
    flagOf(options['enablePagination']) ??
    false
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS))
  const at = Math.min(page, pages - 1)
  const shown = isPaged ? rows.slice(at * PAGE_ROWS, (at + 1) * PAGE_ROWS) : rows
  return (
    <>
      <TableRows {...{ props, columns, names, rows: shown, sort, setSort, filters, setFilters }} />
      {isPaged && pages > 1 && (
        <Group className={styles['foot'] ?? ''}>
          <Button
            size="compact-xs"
            variant="default"
            disabled={at === 0}
            onClick={() => setPage(at - 1)}
          >
            Previous
          </Button>
          <span>
            {at + 1} of {pages}
          </span>
          <Button
            size="compact-xs"
            variant="default"
            disabled={at >= pages - 1}
            onClick={() => setPage(at + 1)}
          >
            Next
          </Button>
        </Group>
      )}
    </>
  )
}

function initialSort(
  options: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Sort | undefined {
  const [wanted] = objectsOf(options['sortBy'])
  if (!wanted) return undefined
  const byName = names.indexOf(textOf(wanted['displayName']) ?? '')
  const column = byName >= 0 ? byName : (numberOf(wanted['columnIndex']) ?? -1)
  return column >= 0 && column < names.length
    ? { column, isDescending: wanted['desc'] === true }
    : undefined
}

/** The rows to show, as numbers of the frame's rows. */
function rowsOf(
  frame: DataFrame,
  columns: readonly Field[],
  sort: Sort | undefined,
  filters: Readonly<Record<number, string>>,
): number[] {
  let rows = Array.from({ length: frame.length }, (_none, i) => i)
  for (const [column, text] of Object.entries(filters)) {
    const field = columns[Number(column)]
    const wanted = text.toLowerCase()
    if (!field || wanted === '') continue
    rows = rows.filter((row) => {
      const value: unknown = field.values[row]
      const shown = field.display?.(value).text ?? textOf(value) ?? ''
      return shown.toLowerCase().includes(wanted)
    })
  }
  const field = sort && columns[sort.column]
  if (!field) return rows
  const direction = sort.isDescending ? -1 : 1
  return rows.toSorted((a, b) => direction * compare(field.values[a], field.values[b]))
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1
    return Number.isNaN(b) ? 1 : a - b
  }
  const [left, right] = [textOf(a) ?? '', textOf(b) ?? '']
  return left.localeCompare(right, 'en', { numeric: true })
}

interface TableRowsProps {
  readonly props: PanelProps
  readonly columns: readonly Field[]
  readonly names: readonly string[]
  readonly rows: readonly number[]
  readonly sort: Sort | undefined
  readonly setSort: (sort: Sort | undefined) => void
  readonly filters: Readonly<Record<number, string>>
  readonly setFilters: (filters: Readonly<Record<number, string>>) => void
}

function TableRows({ props, columns, rows, ...head }: TableRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const isLong = rows.length > FEW_ROWS
  const virtual = useVirtualizer({
    count: isLong ? rows.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const shown = isLong ? items.map((item) => rows[item.index] ?? 0) : rows
  const above = isLong ? (items[0]?.start ?? 0) : 0
  const below = isLong ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0
  return (
    <div
      ref={scroller}
      className={styles['tableScroll']}
      tabIndex={0}
      role="region"
      aria-label={props.title}
    >
      <table className={styles['table']}>
        {props.panel.options['showHeader'] !== false && <TableHead columns={columns} {...head} />}
        <tbody>
          {above > 0 && <tr style={{ height: above }} aria-hidden />}
          {shown.map((row) => (
            <tr key={row}>
              {columns.map((field, column) => (
                <TableCell
                  key={column}
                  {...{ field, row }}
                  align={alignOf(field)}
                  scheme={props.scheme}
                />
              ))}
            </tr>
          ))}
          {below > 0 && <tr style={{ height: below }} aria-hidden />}
        </tbody>
      </table>
    </div>
  )
}

function TableHead(props: Omit<TableRowsProps, 'props' | 'rows'>) {
  const { columns, names, sort, setSort, filters, setFilters } = props
  const toggle = (column: number): void => {
    if (sort?.column !== column) setSort({ column, isDescending: false })
    else setSort(sort.isDescending ? undefined : { column, isDescending: true })
  }
  return (
    <thead>
      <tr>
        {columns.map((field, column) => (
          <th
            key={column}
            scope="col"
            data-align={alignOf(field)}
            style={widthOf(field)}
            aria-sort={directionOf(sort, column)}
          >
            <button type="button" className={styles['sort']} onClick={() => toggle(column)}>
              {names[column]}
              {sort?.column === column && <span aria-hidden>{sort.isDescending ? '↓' : '↑'}</span>}
            </button>
            {customOf(field)['filterable'] === true && (
              <TextInput
                size="xs"
                aria-label={`Filter ${names[column] ?? ''}`}
                placeholder="Filter"
                value={filters[column] ?? ''}
                onChange={(event) =>
                  setFilters({ ...filters, [column]: event.currentTarget.value })
                }
              />
            )}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function directionOf(sort: Sort | undefined, column: number): 'ascending' | 'descending' | 'none' {
  if (sort?.column !== column) return 'none'
  return sort.isDescending ? 'descending' : 'ascending'
}

function alignOf(field: Field): string {
  const align = textOf(customOf(field)['align'])
  if (align === 'left' || align === 'right' || align === 'center') return align
  return field.type === FieldType.number ? 'right' : 'left'
}

function widthOf(field: Field): { width?: number; minWidth?: number } {
  const custom = customOf(field)
  const width = numberOf(custom['width'])
  const minWidth = numberOf(custom['minWidth'])
  return {
    ...(width === undefined ? {} : { width }),
    ...(minWidth === undefined ? {} : { minWidth }),
  }
}
