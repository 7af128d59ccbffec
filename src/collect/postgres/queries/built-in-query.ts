import type { MetricFamily } from '../../../model/metric-family.ts'
import type { Column, QueryShape } from '../query-shape.ts'
import type { Answer } from '../read-rows.ts'
import type { SessionFacts } from '../server-facts.ts'

/** What a query is written by. */
export interface ServerFacts extends SessionFacts {
  /** Extensions of the database that is asked, with the schema of each as it is written in SQL. */
  readonly extensions: ReadonlyMap<string, string>
  /** Most statements and tables that are reported. */
  readonly limits: { readonly statements: number; readonly tables: number }
}

/** A query that comes with the program. */
export interface BuiltInQuery {
  /** By this name it is switched on and off, and told of by `pg_scrape_collector_success`. */
  readonly collector: string
  readonly shape: QueryShape
  /** The SQL for this server; undefined where its version has nothing of the kind. */
  readonly sql: (facts: ServerFacts) => string | undefined
  /** Families that postgres_exporter 0.11 has: they carry the label `server` even if there is only one. */
  readonly hasServer?: true
  /** Asked in each database, not once for the server. */
  readonly isPerDatabase?: true
  /** Costs the server something and changes slowly: its answer is used again for a minute. */
  readonly isCostly?: true
  /** Not asked unless the configuration says so. */
  readonly isOff?: true
  /** The extension that it reads. */
  readonly extension?: string
  /** How its answer is read, where the shape does not say it all. */
  readonly read?: (answer: Answer, fixed: readonly string[]) => readonly MetricFamily[]
}

/** Columns by what they become; each with the help of its family. */
export interface ColumnTable {
  readonly labels?: readonly string[]
  readonly gauges?: Readonly<Record<string, string>>
  readonly counters?: Readonly<Record<string, string>>
  readonly untyped?: Readonly<Record<string, string>>
  readonly histograms?: Readonly<Record<string, string>>
}

/** The shape of a query whose families are `prefix_column`. An open one also takes columns that no table names, as 0.11 does. */
export function shapeOf(
  prefix: string,
  table: ColumnTable,
  options: { readonly isOpen?: boolean; readonly keepsNulls?: boolean } = {},
): QueryShape {
  const columns = new Map<string, Column>()
  for (const name of table.labels ?? []) columns.set(name, { use: 'label' })
  for (const [name, help] of Object.entries(table.gauges ?? {}))
    columns.set(name, { use: 'value', type: 'gauge', help })
  for (const [name, help] of Object.entries(table.counters ?? {}))
    columns.set(name, { use: 'value', type: 'counter', help })
  for (const [name, help] of Object.entries(table.untyped ?? {}))
    columns.set(name, { use: 'value', type: 'unknown', help })
  for (const [name, help] of Object.entries(table.histograms ?? {}))
    columns.set(name, { use: 'histogram', help })
  return {
    prefix,
    columns,
    isOpen: options.isOpen ?? false,
    keepsNulls: options.keepsNulls ?? false,
  }
}
