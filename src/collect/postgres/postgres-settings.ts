import type { CustomQuery } from './custom-query.ts'
import type { ServerAddress } from './server-address.ts'

/** A file of custom queries that was read. */
export interface QueryFile {
  readonly path: string
  /** SHA-256 of its text, in hexadecimal digits. */
  readonly hash: string
  readonly queries: readonly CustomQuery[]
}

/** Whether a server's other databases are asked, too. */
export interface Discovery {
  readonly isOn: boolean
  /** Empty: all. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** `postgres:` of vedette.yml, or what postgres_exporter's environment says. */
export interface PostgresSettings {
  readonly servers: readonly ServerAddress[]
  readonly discovery: Discovery
  readonly queryFiles: readonly QueryFile[]
  /** Collectors that are switched on or off by name. */
  readonly collectors: ReadonlyMap<string, boolean>
  /** False: nothing but custom queries and the settings of the server. */
  readonly hasDefaults: boolean
  readonly hasSettings: boolean
  /** Most statements of pg_stat_statements, and most tables of a database, that are reported. */
  readonly limits: { readonly statements: number; readonly tables: number }
  /** How long a server may take for a scrape. */
  readonly timeoutMs: number
  /** `name, value, …` that every series gets. */
  readonly constantLabels: readonly string[]
  /** What the names of 0.11's families and of custom queries begin with in place of `pg`. */
  readonly prefix: string
}

export const DEFAULT_POSTGRES: PostgresSettings = {
  servers: [],
  discovery: { isOn: false, include: [], exclude: [] },
  queryFiles: [],
  collectors: new Map(),
  hasDefaults: true,
  hasSettings: true,
  limits: { statements: 100, tables: 500 },
  timeoutMs: 5000,
  constantLabels: [],
  prefix: 'pg',
}
