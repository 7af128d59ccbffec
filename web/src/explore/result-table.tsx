import { Text } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { formatExact } from '../format/format-value.ts'
import { EmptyState } from '../shell/states.tsx'
import styles from './explore.module.css'
import { toTable, type Sorting, type TableRow } from './table-rows.ts'
import type { ExploreAnswer } from './use-explore-data.ts'

const MOST_ROWS = 1000

/** Series with their values at the end of the range; a click on a heading sorts. */
export function ResultTableView({ answers }: { readonly answers: readonly ExploreAnswer[] }) {
  const [sorting, setSorting] = useState<Sorting>({ by: undefined, isDescending: false })
  const { columns, rows } = useMemo(() => {
    const done = answers.flatMap(({ letter, answer }) =>
      answer ? [{ letter, data: answer.data }] : [],
    )
    return toTable(done, sorting)
  }, [answers, sorting])
  if (rows.length === 0) return <EmptyState title="No series" />
  const sortBy = (by: string): void =>
    setSorting({ by, isDescending: sorting.by === by ? !sorting.isDescending : by === 'value' })
  const isSeveral = answers.length > 1
  return (
    <>
      <div className={styles['tableScroll']} role="region" aria-label="Result" tabIndex={0}>
        <table className={styles['table']}>
          <thead>
            <tr>
              {isSeveral && (
                <th scope="col">
                  <button type="button">Query</button>
                </th>
              )}
              {columns.map((name) => (
                <SortHead key={name} name={name} sorting={sorting} onSort={() => sortBy(name)} />
              ))}
              <SortHead name="value" sorting={sorting} onSort={() => sortBy('value')} isNumber />
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row, i) => (
              <Row key={i} row={row} columns={columns} isSeveral={isSeveral} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MOST_ROWS && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {MOST_ROWS} of {rows.length} rows.
        </Text>
      )}
    </>
  )
}

interface SortHeadProps {
  readonly name: string
  readonly sorting: Sorting
  readonly onSort: () => void
  readonly isNumber?: boolean
}

function SortHead({ name, sorting, onSort, isNumber }: SortHeadProps) {
  const isSorted = sorting.by === name
  const Arrow = sorting.isDescending ? IconArrowDown : IconArrowUp
  const state = isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : 'none'
  return (
    <th scope="col" aria-sort={state} data-number={isNumber}>
      <button type="button" onClick={onSort}>
        {name === '__name__' ? 'metric' : name}
        {isSorted && <Arrow size={12} aria-hidden />}
      </button>
    </th>
  )
}

interface RowProps {
  readonly row: TableRow
  readonly columns: readonly string[]
  readonly isSeveral: boolean
}

function Row({ row, columns, isSeveral }: RowProps) {
  return (
    <tr>
      {isSeveral && <td>{row.query}</td>}
      {columns.map((name) => (
        <td key={name}>{row.labels[name] ?? ''}</td>
      ))}
      <td data-number>{row.text ?? formatExact(row.value)}</td>
    </tr>
  )
}
