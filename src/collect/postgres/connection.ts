import { readFileSync } from 'node:fs'
import net from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { Client, DatabaseError } from 'pg'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Cell } from './cell.ts'
import type { Answer } from './read-rows.ts'
import type { ServerAddress } from './server-address.ts'
import { askSession, type SessionFacts } from './server-facts.ts'

/** An answer of a database, in one scrape: a custom query over a large table must not fill the memory. */
const MAX_SCRAPE_BYTES = 32 * 1024 * 1024

/** What a query must not wait for longer: a table that somebody holds exclusively. */
const LOCK_TIMEOUT_MS = 500

/** What a server says to `SSLRequest` when it has none, as the package puts it. */
const NO_TLS = 'The server does not support SSL connections'

const NO_PASSWORD = 'the server asks for a password, and none is configured'

/** The state, in place of the server's, of what did not happen in time: asking and being let in are one fault, not two. */
const LATE = 'late'

/** How long what a connection does may take. */
export interface Patience {
  /** How long it may take to be let in. */
  readonly connectMs: number
  /** What is told of it: the whole time that a server has. */
  readonly toldMs: number
  /** Of one statement, which the server itself ends. */
  readonly statementMs: number
}

/**
 * One connection to one database. Texts come as the server writes them, times in style ISO and in UTC. What fails rejects with a
 * `Problem` without any secret; its `sqlState` says what the server said, if it was the server.
 */
export class Connection {
  readonly #client: Client
  readonly #socket: net.Socket
  readonly #address: ServerAddress
  #bytes = 0
  #session: Promise<SessionFacts> | undefined
  #fault: string | undefined
  #state = ''
  #isOver = false

  private constructor(address: ServerAddress, tls: ConnectionOptions | false) {
    this.#address = address
    const socket = new net.Socket()
    this.#socket = socket
    const { host, port, user, database, options } = address
    this.#client = new Client({
      ...{ host, port, user, database, ssl: tls, stream: () => socket, keepAlive: true },
      ...(address.password === undefined ? {} : { password: address.password.reveal() }),
      fallback_application_name: 'vedette',
      ...(options === undefined ? {} : { options }),
      types: { getTypeParser: () => (text: string) => text },
    })
    this.#client.on('error', () => this.destroy())
    this.#client.on('end', () => {
      this.#isOver = true
    })
    socket.on('data', (chunk: Buffer) => this.#count(chunk.byteLength))
  }

  /** Opens a connection; encrypted by what the address says, `prefer` first with TLS and then without. */
  static async open(address: ServerAddress, patience: Patience): Promise<Connection> {
    const first = tlsOf(address)
    try {
      return await Connection.#openOnce(address, first, patience)
    } catch (thrown) {
      const isOptional = address.tls === 'prefer' || address.tls === 'allow'
      if (first === false || !isOptional || messageOf(thrown) !== NO_TLS) throw thrown
      return await Connection.#openOnce(address, false, patience)
    }
  }

  static async #openOnce(
    address: ServerAddress,
    tls: ConnectionOptions | false,
    { connectMs, toldMs, statementMs }: Patience,
  ): Promise<Connection> {
    const connection = new Connection(address, tls)
    const timer = setTimeout(() => connection.giveUp(toldMs), connectMs)
    try {
      await connection.#client.connect()
      const settings = [
        `SET statement_timeout = ${Math.ceil(statementMs)}`,
        `SET lock_timeout = ${LOCK_TIMEOUT_MS}`,
        `SET DateStyle = 'ISO'`,
        `SET TimeZone = 'UTC'`,
        'SET jit = off',
      ]
      await connection.#client.query(settings.join(';'))
      return connection
    } catch (thrown) {
      connection.destroy()
      throw connection.#problem(thrown)
    } finally {
      clearTimeout(timer)
    }
  }

  /** True when it can take no query any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Begins to count the bytes of a scrape anew. */
  beginScrape(): void {
    this.#bytes = 0
  }

  /** What the server is; asked once. */
  session(): Promise<SessionFacts> {
    this.#session ??= askSession(this)
    return this.#session
  }

  /** Runs one statement. */
  async query(sql: string): Promise<Answer> {
    if (this.#isOver) throw this.#problem(new Error('the connection is closed'))
    try {
      const { fields, rows } = await this.#client.query<Cell[]>({ text: sql, rowMode: 'array' })
      return { fields, rows }
    } catch (thrown) {
      throw this.#problem(thrown)
    }
  }

  /** Ends it at once: what waits for an answer fails, for this reason if one is given. */
  destroy(reason?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#fault ??= reason
    this.#socket.destroy(reason === undefined ? undefined : new Error(reason))
  }

  /** Ends it, because it takes longer than a server has. */
  giveUp(afterMs: number): void {
    if (this.#isOver) return
    this.#state = LATE
    this.destroy(`did not answer within ${Math.round(afterMs)} ms`)
  }

  /** Takes leave of the server. */
  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    const timer = setTimeout(() => this.#socket.destroy(), 1000)
    try {
      await this.#client.end()
    } finally {
      clearTimeout(timer)
      this.#socket.destroy()
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > MAX_SCRAPE_BYTES)
      this.destroy(`answered with more than ${MAX_SCRAPE_BYTES / 1024 / 1024} MiB in one scrape`)
  }

  #problem(thrown: unknown): ServerProblem {
    if (thrown instanceof ServerProblem) return thrown
    const said = messageOf(thrown)
    const message = this.#fault ?? (/client password must be/.test(said) ? NO_PASSWORD : said)
    const password = this.#address.password?.reveal() ?? ''
    const clean = password === '' ? message : message.replaceAll(password, '<secret>')
    const sqlState = thrown instanceof DatabaseError ? (thrown.code ?? '') : ''
    return new ServerProblem(clean, this.#state === '' ? sqlState : this.#state)
  }
}

/** What went wrong with a server or a query of it. */
export class ServerProblem extends Problem {
  /** The five characters of the server's error code, `late`, or empty when neither fits. */
  readonly sqlState: string

  constructor(message: string, sqlState: string) {
    super('unavailable', message)
    this.sqlState = sqlState
  }
}

function tlsOf(address: ServerAddress): ConnectionOptions | false {
  const { tls, host, caFile, certFile, keyFile } = address
  if (tls === 'disable' || host.startsWith('/')) return false
  const files = {
    ...(caFile === undefined ? {} : { ca: readFile(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFile(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFile(keyFile) }),
  }
  if (tls === 'verify-full') return { ...files, rejectUnauthorized: true }
  // As in libpq, a root certificate makes `require` check what `verify-ca` checks: the chain, not the name.
  if (tls === 'verify-ca' || caFile !== undefined)
    return { ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined }
  return { ...files, rejectUnauthorized: false }
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new ServerProblem(`the certificate cannot be read: ${messageOf(thrown)}`, '')
  }
}
