import type { Connection } from './connection.ts'

/** What does not change while a connection lasts. */
export interface SessionFacts {
  /** As `server_version_num`: 150008 is 15.8. */
  readonly version: number
  /** `version()`, e.g. `PostgreSQL 15.8 (Debian 15.8-0+deb12u1) on …`. */
  readonly versionText: string
  readonly database: string
  /** Where the server keeps its data on its machine; undefined where the role may not know it. */
  readonly dataFolder: string | undefined
}

// The view has no row for a setting that the role may not see, where current_setting() is an error.
const SESSION = `
  SELECT current_setting('server_version_num'), version(), current_database(),
    (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory')`

const EXTENSIONS = `
  SELECT e.extname, quote_ident(n.nspname)
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`

const DATABASES = `
  SELECT datname FROM pg_catalog.pg_database
  WHERE datallowconn AND NOT datistemplate AND datname <> current_database() ORDER BY datname`

export async function askSession(connection: Connection): Promise<SessionFacts> {
  const { rows } = await connection.query(SESSION)
  const [version, text, database, folder] = rows[0] ?? []
  return {
    version: Number(version ?? 0),
    versionText: text ?? '',
    database: database ?? '',
    dataFolder: folder ?? undefined,
  }
}

/** Extensions of the database, with the schema of each as it is written in SQL. */
export async function askExtensions(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const { rows } = await connection.query(EXTENSIONS)
  return new Map(rows.map(([name, schema]) => [name ?? '', schema ?? '']))
}

/** Databases of the server that take connections, but for the one that is asked. */
export async function askDatabases(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.query(DATABASES)
  return rows.map(([name]) => name ?? '')
}
