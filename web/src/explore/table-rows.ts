import type { LabelsJson, QueryDataJson } from '../../../src/contract/prometheus.ts'
import { parseSample } from '../api/chart-data-of.ts'

export interface TableRow {
  readonly query: string
  readonly labels: LabelsJson
  readonly value: number
  /** Of a string result. */
  readonly text?: string
}

export interface ResultTable {
  /** Names of labels that any row has; the name of the metric comes first. */
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
}

export interface Sorting {
  /** A label, `value`, or undefined for the server's own order. */
  readonly by: string | undefined
  readonly isDescending: boolean
}

/** The answers of instant queries as one table. */
export function toTable(
  answers: readonly { readonly letter: string; readonly data: QueryDataJson }[],
  sorting: Sorting,
): ResultTable {
  const rows = answers.flatMap(({ letter, data }) => rowsOf(letter, data))
  const names = new Set(rows.flatMap(({ labels }) => Object.keys(labels)))
  const columns = [...names].sort((a, b) => order(a) - order(b) || a.localeCompare(b))
  return { columns, rows: sorting.by === undefined ? rows : sorted(rows, sorting) }
}

function order(name: string): number {
  return name === '__name__' ? 0 : 1
}

function rowsOf(query: string, data: QueryDataJson): TableRow[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric, value }) => ({
        query,
        labels: metric,
        value: parseSample(value),
      }))
    case 'matrix':
      return data.result.map(({ metric, values }) => {
        const last = values.at(-1)
        return { query, labels: metric, value: last ? parseSample(last) : Number.NaN }
      })
    case 'scalar':
      return [{ query, labels: {}, value: parseSample(data.result) }]
    case 'string':
      return [{ query, labels: {}, value: Number.NaN, text: data.result[1] }]
    default:
      return data satisfies never
  }
}

function sorted(rows: readonly TableRow[], { by, isDescending }: Sorting): readonly TableRow[] {
  const sign = isDescending ? -1 : 1
  const compare =
    by === 'value'
      ? (a: TableRow, b: TableRow) => compareNumbers(a.value, b.value)
      : (a: TableRow, b: TableRow) =>
          (a.labels[by ?? ''] ?? '').localeCompare(b.labels[by ?? ''] ?? '', undefined, {
            numeric: true,
          })
  return [...rows].sort((a, b) => sign * compare(a, b))
}

/** NaN is below every number. */
function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1
  return Number.isNaN(b) ? 1 : a - b
}
