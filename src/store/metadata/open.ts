import { Kysely, type Dialect } from 'kysely'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import { withProblems } from './faults.ts'
import type { DatabaseKind, Metadata } from './metadata.ts'
import { migrateMetadata, type FeatureMigrations } from './migrate.ts'
import { postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'
import { FEATURES, type MetadataTables } from './tables.ts'

/** A SQLite file, created where it is missing, or the URL of a PostgreSQL database, which must exist. */
export type MetadataPlace = { readonly path: string } | { readonly url: string }

/**
 * Who opens it. The `server` brings its tables to the newest version, after the backup of an upgrade. A program `beside` it makes those of a new database, and refuses
 * older ones. A `reader` leaves them as they are, and knows of none what it holds.
 */
export type MetadataUser = 'server' | 'beside' | 'reader'

/**
 * Opens the metadata database and, for a server, brings its tables to the newest version. Rejects with a `Problem` that names the place (never
 * the password of a URL) when it cannot be opened or was written by a newer program.
 */
export async function openMetadata(
  place: MetadataPlace,
  log: Log,
  features: readonly FeatureMigrations[] = FEATURES,
  user: MetadataUser = 'server',
): Promise<Metadata> {
  const kind: DatabaseKind = 'path' in place ? 'sqlite' : 'postgres'
  const dialect: Dialect =
    'path' in place ? sqliteDialect(place.path) : await postgresDialect(place.url, log)
  const db = new Kysely<MetadataTables>({ dialect: withProblems(dialect) })
  try {
    if (user !== 'reader') {
      await migrateMetadata(db, kind, features, { mayUpgrade: user === 'server' })
    }
  } catch (thrown) {
    await db.destroy().catch(() => undefined)
    const code = thrown instanceof Problem ? thrown.code : 'unavailable'
    const message = `${describePlace(place)}: ${messageOf(thrown)}`
    throw new Problem(code, message, { cause: thrown })
  }
  log.debug('metadata opened', { place: describePlace(place) })
  return { kind, db, close: () => db.destroy() }
}

/** For a verb that works beside the server, which runs or does not. Rejects as `openMetadata`, and for tables that only a start may change. */
export function openMetadataBeside(place: MetadataPlace, log: Log): Promise<Metadata> {
  return openMetadata(place, log, FEATURES, 'beside')
}

/** For a copy of it, of whatever version. */
export function openMetadataToCopy(place: MetadataPlace, log: Log): Promise<Metadata> {
  return openMetadata(place, log, FEATURES, 'reader')
}

function describePlace(place: MetadataPlace): string {
  if ('path' in place) return place.path
  if (!URL.canParse(place.url)) return 'metadata.url'
  const { host, pathname } = new URL(place.url)
  return `postgres://${host}${pathname}`
}
