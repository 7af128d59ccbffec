import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import { labelOf, millisecondsOf, numberOf, numbersOf, type Cell } from './cell.ts'
import type { Column, QueryShape } from './query-shape.ts'

/** The answer to a query: names and types of its columns, and its rows. */
export interface Answer {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
  readonly rows: readonly (readonly Cell[])[]
}

/** A column that becomes a family. */
interface ValueColumn {
  readonly family: MetricFamily
  readonly metrics: Metric[]
  /** Adds what a row has of it; false when it cannot be read. */
  readonly read: (row: readonly Cell[], labels: readonly string[]) => boolean
}

export interface Reading {
  readonly families: readonly MetricFamily[]
  /** Columns that a row held something in that is not a number. */
  readonly unread: readonly string[]
  /** Rows whose labels an earlier row had too: they are left out. */
  readonly duplicates: number
}

/** Makes families out of the rows of an answer; `fixed` are labels (`name, value, …`) that every series gets. */
export function readRows(answer: Answer, shape: QueryShape, fixed: readonly string[]): Reading {
  const labels = labelColumns(answer, shape)
  const columns = valueColumns(answer, shape)
  const unread = new Set<string>()
  const seen = new Set<string>()
  for (const row of answer.rows) {
    const own = labels.flatMap(({ name, at, type }) => [name, labelOf(row[at] ?? null, type)])
    const key = own.join('\u0000')
    if (seen.has(key)) continue
    seen.add(key)
    const all = own.length === 0 ? fixed : [...fixed, ...own]
    for (const { family, read } of columns) if (!read(row, all)) unread.add(family.name)
  }
  return {
    families: columns.map(({ family }) => family).filter(({ metrics }) => metrics.length > 0),
    unread: [...unread],
    duplicates: answer.rows.length - seen.size,
  }
}

function labelColumns(
  { fields }: Answer,
  { columns }: QueryShape,
): { name: string; at: number; type: number }[] {
  return fields.flatMap(({ name, dataTypeID }, at) =>
    columns.get(name)?.use === 'label' ? [{ name: validName(name), at, type: dataTypeID }] : [],
  )
}

function valueColumns(answer: Answer, shape: QueryShape): ValueColumn[] {
  const parts = partsOfHistograms(shape)
  return answer.fields.flatMap(({ name, dataTypeID }, at) => {
    const column = shape.columns.get(name)
    if (column === undefined && (!shape.isOpen || parts.has(name))) return []
    const made = makeColumn(answer, shape, { name, at, type: dataTypeID, column })
    return made === undefined ? [] : [made]
  })
}

function partsOfHistograms({ columns }: QueryShape): ReadonlySet<string> {
  const histograms = [...columns].flatMap(([name, { use }]) => (use === 'histogram' ? [name] : []))
  return new Set(
    histograms.flatMap((name) => ['_bucket', '_sum', '_count'].map((end) => name + end)),
  )
}

interface Place {
  readonly name: string
  readonly at: number
  readonly type: number
  readonly column: Column | undefined
}

function makeColumn(
  answer: Answer,
  { prefix, keepsNulls }: QueryShape,
  { name, at, type, column }: Place,
): ValueColumn | undefined {
  const metrics: Metric[] = []
  const fullName = validName(`${prefix}_${name}`)
  const simple = (
    family: Omit<MetricFamily, 'metrics'>,
    value: (cell: Cell) => number | undefined,
    isNeeded = true,
  ): ValueColumn => ({
    family: { ...family, metrics },
    metrics,
    read: (row, labels) => {
      const cell = row[at] ?? null
      if (cell === null && !keepsNulls) return true
      const found = value(cell)
      if (found !== undefined) metrics.push({ labels, value: found })
      return found !== undefined || !isNeeded
    },
  })
  switch (column?.use) {
    case undefined: {
      const family = { name: fullName, help: `Column ${name}.`, type: 'unknown' as const }
      return simple(family, (cell) => numberOf(cell, type), false)
    }
    case 'label':
    case 'discard':
      return undefined
    case 'value': {
      const family = { name: column.name ?? fullName, help: column.help, type: column.type }
      return simple(family, (cell) => numberOf(cell, type))
    }
    case 'duration': {
      const family = { name: `${fullName}_milliseconds`, help: column.help, type: 'gauge' as const }
      return simple(family, millisecondsOf)
    }
    case 'mapped': {
      const family = { name: fullName, help: column.help, type: 'gauge' as const }
      return simple(family, (cell) => column.mapping.get(cell ?? ''))
    }
    case 'histogram':
      return histogram(answer, { name: column.name ?? fullName, help: column.help }, name)
    default:
      return column satisfies never
  }
}

/** Buckets as the query counts them: each holds those below it too. */
function histogram(
  { fields }: Answer,
  { name, help }: { readonly name: string; readonly help: string },
  column: string,
): ValueColumn {
  const metrics: Metric[] = []
  const find = (end: string): number => fields.findIndex((field) => field.name === column + end)
  const at = {
    bounds: find(''),
    buckets: find('_bucket'),
    sum: find('_sum'),
    count: find('_count'),
  }
  return {
    family: { name, help, type: 'histogram', metrics },
    metrics,
    read: (row, labels) => {
      const bounds = numbersOf(row[at.bounds] ?? null)
      const buckets = numbersOf(row[at.buckets] ?? null)
      const sum = Number(row[at.sum] ?? Number.NaN)
      const count = Number(row[at.count] ?? Number.NaN)
      if (bounds === undefined || buckets === undefined || Number.isNaN(sum + count)) return false
      const order = bounds.map((_, i) => i).sort((a, b) => (bounds[a] ?? 0) - (bounds[b] ?? 0))
      for (const i of order) {
        const value = buckets[i]
        if (value === undefined) continue
        metrics.push({ suffix: '_bucket', labels: [...labels, 'le', String(bounds[i])], value })
      }
      metrics.push({ suffix: '_bucket', labels: [...labels, 'le', '+Inf'], value: count })
      metrics.push({ suffix: '_sum', labels, value: sum })
      metrics.push({ suffix: '_count', labels, value: count })
      return true
    },
  }
}

/** A name with what neither metrics nor labels may have replaced by `_`. */
export function validName(name: string): string {
  const clean = name.replaceAll(/[^A-Za-z0-9_]/g, '_')
  return /^\d/.test(clean) ? `_${clean}` : clean
}
