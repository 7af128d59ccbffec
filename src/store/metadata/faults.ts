import { setTimeout as sleep } from 'node:timers/promises'
import type {
  DatabaseConnection,
  Dialect,
  Driver,
  QueryCompiler,
  QueryResult,
  TransactionSettings,
  CompiledQuery,
} from 'kysely'
import { messageOf, Problem } from '../../model/problem.ts'

/**
 * The same dialect, whose faults are `Problem`s: `unavailable` when the database cannot be reached, is busy or full (trying
 * again is right), `internal` otherwise. No message holds a value of a row.
 */
export function withProblems(dialect: Dialect): Dialect {
  return {
    createDriver: () => new ProblemDriver(dialect.createDriver()),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  }
}

/** PostgreSQL's classes of states: no connection, no resources, told to stop, its own failure, a deadlock. */
const POSTGRES_UNAVAILABLE = /^(?:08|53|57|58|40)[0-9A-Z]{3}$/
const SQLITE_UNAVAILABLE =
  /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOTADB|CORRUPT|PROTOCOL)/
const NETWORK_UNAVAILABLE = /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE|ENOENT|EACCES)/

function toMetadataProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  const code = codeOf(thrown)
  const isUnavailable =
    POSTGRES_UNAVAILABLE.test(code) ||
    SQLITE_UNAVAILABLE.test(code) ||
    NETWORK_UNAVAILABLE.test(code) ||
    // The pool of pg has no codes for these.
    /timeout|terminated|not queryable|ended/i.test(code === '' ? messageOf(thrown) : '')
  return new Problem(
    isUnavailable ? 'unavailable' : 'internal',
    `the metadata database ${isUnavailable ? 'cannot be used now' : 'refused a statement'}: ${reasonOf(thrown)}`,
    { cause: thrown },
  )
}

/** Several addresses that all failed have their reasons inside. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(messageOf).join('; ')
  return messageOf(thrown)
}

/** How long a statement waits for another program that writes to the same SQLite file (`vedette user …`). */
const BUSY_TIMEOUT_MS = 5000
const BUSY_PAUSE_MS = 20

/** SQLite's own waiting would hold up the whole program, so it is done here. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  const startMs = performance.now()
  for (;;) {
    try {
      return await work()
    } catch (thrown) {
      const isOver = performance.now() - startMs > BUSY_TIMEOUT_MS
      if (isOver || codeOf(thrown) !== 'SQLITE_BUSY') throw toMetadataProblem(thrown)
    }
    await sleep(BUSY_PAUSE_MS)
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}

class ProblemConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection

  constructor(inner: DatabaseConnection) {
    this.inner = inner
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return guarded(async () => this.inner.executeQuery<R>(query))
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize)
  }
}

class ProblemDriver implements Driver {
  readonly #inner: Driver
  readonly #connections = new WeakMap<DatabaseConnection, DatabaseConnection>()

  constructor(inner: Driver) {
    this.#inner = inner
  }

  init(): Promise<void> {
    return guarded(() => this.#inner.init())
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const inner = await guarded(() => this.#inner.acquireConnection())
    const connection = new ProblemConnection(inner)
    this.#connections.set(connection, inner)
    return connection
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return guarded(() => this.#inner.beginTransaction(this.#innerOf(connection), settings))
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return guarded(() => this.#inner.commitTransaction(this.#innerOf(connection)))
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return guarded(() => this.#inner.rollbackTransaction(this.#innerOf(connection)))
  }

  async savepoint(
    connection: DatabaseConnection,
    name: string,
    compileQuery: QueryCompiler['compileQuery'],
  ): Promise<void> {
    await guarded(async () =>
      this.#inner.savepoint?.(this.#innerOf(connection), name, compileQuery),
    )
  }

  async rollbackToSavepoint(
    connection: DatabaseConnection,
    name: string,
    compileQuery: QueryCompiler['compileQuery'],
  ): Promise<void> {
    await guarded(async () =>
      this.#inner.rollbackToSavepoint?.(this.#innerOf(connection), name, compileQuery),
    )
  }

  async releaseSavepoint(
    connection: DatabaseConnection,
    name: string,
    compileQuery: QueryCompiler['compileQuery'],
  ): Promise<void> {
    await guarded(async () =>
      this.#inner.releaseSavepoint?.(this.#innerOf(connection), name, compileQuery),
    )
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return guarded(() => this.#inner.releaseConnection(this.#innerOf(connection)))
  }

  destroy(): Promise<void> {
    return guarded(() => this.#inner.destroy())
  }

  #innerOf(connection: DatabaseConnection): DatabaseConnection {
    return this.#connections.get(connection) ?? connection
  }
}
