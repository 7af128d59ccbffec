import { chmodSync, chownSync, closeSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  type SqliteDialectConfig,
  type SqliteStatement,
} from 'kysely'
import { Problem } from '../../model/problem.ts'

/** The database has a few megabytes; the default of 2 MiB would only be memory. */
const CACHE_KIB = 512
/** Statements that are kept compiled. The program has fewer; lists of varying length could make more. */
const MAX_STATEMENTS = 256

/** A dialect of Kysely for one SQLite file, which is created for the owner alone where it is missing. */
export function sqliteDialect(path: string): SqliteDialect {
  return new ImmediateDialect({ database: async () => openDatabase(path) })
}

function openDatabase(path: string): SqliteDatabase {
  // SQLite gives the files beside it (-wal, -shm) the mode and the owner of the first.
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  if (process.getuid?.() === 0) {
    // An administrator may be the first to touch the folder of the user that the server runs as.
    const { uid, gid } = statSync(dirname(path))
    chownSync(path, uid, gid)
  }
  const database = new Database(path)
  try {
    database.pragma('journal_mode = WAL')
    // In WAL mode the default does not reach the disk at each commit: acknowledged means durable.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    database.pragma(`cache_size = -${CACHE_KIB}`)
    return new StatementCache(database)
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** What of libsql is used here. */
type Native = InstanceType<typeof Database>

/**
 * Keeps statements compiled: libsql frees one only long after its last use, so that compiling anew for each query costs
 * kilobytes each time. It also stands before what libsql does wrong: a boolean aborts the process, a text ends at its first
 * NUL, and a closed database still answers.
 */
class StatementCache implements SqliteDatabase {
  readonly #database: Native
  readonly #statements = new Map<string, SqliteStatement>()
  #isOpen = true

  constructor(database: Native) {
    this.#database = database
  }

  prepare(text: string): SqliteStatement {
    if (!this.#isOpen) throw new Problem('unavailable', 'the metadata database is closed')
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    const statement = checked(this.#database.prepare(text))
    const [oldest] = this.#statements.keys()
    if (this.#statements.size >= MAX_STATEMENTS && oldest !== undefined) {
      this.#statements.delete(oldest)
    }
    this.#statements.set(text, statement)
    return statement
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#statements.clear()
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#database.close()
  }
}

function checked(statement: SqliteStatement): SqliteStatement {
  return {
    get reader() {
      return statement.reader
    },
    all: (parameters) => statement.all(parameters.map(bindable)),
    run: (parameters) => statement.run(parameters.map(bindable)),
    iterate: (parameters) => statement.iterate(parameters.map(bindable)),
  }
}

function bindable(value: unknown): unknown {
  if (value === null || typeof value === 'bigint') return value
  if (typeof value === 'string' && !value.includes('\0')) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof Uint8Array) return value
  const shown = typeof value === 'string' ? 'a text with a NUL character' : typeof value
  throw new Problem('bad_data', `${shown} cannot be kept in the metadata database`)
}

/** Transactions that take the right to write at once: one that reads first could not get it later beside another writer. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config)
  }
}
