import { PostgresDialect } from 'kysely'
import { messageOf } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'

const POOL_SIZE = 4
const CONNECT_TIMEOUT_MS = 5000
const STATEMENT_TIMEOUT_MS = 10_000
const IDLE_TIMEOUT_MS = 60_000

/** A dialect of Kysely for the PostgreSQL at a URL. The driver is loaded only where it is used. */
export async function postgresDialect(url: string, log: Log): Promise<PostgresDialect> {
  const { default: pg } = await import('pg')
  // The driver gives `int8` as text otherwise. Ours are milliseconds and ids, below 2^53.
  pg.types.setTypeParser(pg.types.builtins.INT8, Number)
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'vedette',
  })
  // A connection that ends while nobody uses it; the next query opens another one.
  pool.on('error', (error) => {
    log.warn('a connection to the metadata database ended', { reason: messageOf(error) })
  })
  return new PostgresDialect({ pool })
}
