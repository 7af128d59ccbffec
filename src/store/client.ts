import { Readable } from 'node:stream'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { Problem, messageOf } from '../model/problem.ts'
import { Slices } from '../self/loop-turns.ts'
import { readInTurn, type Read } from '../self/memory/query-gate.ts'
import { isTraced, measure } from '../self/spans.ts'
import { askEngine, UnixSocketAgent } from './ask-engine.ts'
import { ClusterTables, type ClusterSettings } from './clustered/cluster-tables.ts'
import { Servers } from './clustered/servers.ts'

export interface StoreClientOptions {
  /** `http://localhost` with a socket path, or the URL of a ClickHouse, or those of several servers of one cluster. */
  readonly url: string | readonly string[]
  readonly socketPath?: string
  readonly username?: string
  /** Certificates (PEM) of who may sign the server's. */
  readonly certificate?: Buffer
  readonly password?: string
  /** One tenant is one database; `[A-Za-z0-9_]+`. */
  readonly database: string
  readonly requestTimeoutMs?: number
  /** Others may write into the same tables at the same time: a ClickHouse, not the engine of this process. */
  readonly isShared?: boolean
  /** The tables lie on a cluster. */
  readonly cluster?: ClusterSettings
}

/**
 * Asked before rows of so many bytes are inserted into a table; resolves to what is called when they are stored or not. Rejects, with a
 * `Problem`, when they may not be inserted now.
 */
export type InsertGate = (table: string, bytes: number) => Promise<() => void>

export interface ReadOptions {
  readonly signal?: AbortSignal
  readonly settings?: Readonly<Record<string, string | number>>
  /** Rows are seen until a deletion of them has been carried out: for tables whose deletions others hide until then. */
  readonly seesDoomed?: boolean
}

/**
 * The one way to the engine or cluster: ClickHouse over HTTP. In every statement `{db}` stands for the quoted database
 * and `{db_name}` for its name as a string, so no other file knows it, and `{body_bytes}` for the length of a line. Errors are `Problem`s: `unavailable` when the engine cannot be reached, has no room on its disk or
 * asks to be retried, `limit` and `timeout` for its resource limits, else `internal`.
 */
export class StoreClient {
  /** Whether what is remembered of the store may be changed by others. */
  readonly isShared: boolean
  readonly #servers: Servers<ClickHouseClient>
  readonly #cluster: ClusterTables | undefined
  readonly #agent: UnixSocketAgent | undefined
  /** For what is done often, without the client of ClickHouse. */
  readonly #ownAgent: UnixSocketAgent | undefined
  readonly #timeoutMs: number
  readonly #database: string
  /**
   * The own engine writes lengths beside texts, and answers them without the text: a sixth of the time. ClickHouse knows this from 25.10 on.
   */
  readonly #bodyBytes: string
  #readSettings: Readonly<Record<string, number>> = {}
  #admit: InsertGate | undefined

  constructor(options: StoreClientOptions) {
    if (!/^[A-Za-z0-9_]+$/.test(options.database)) {
      throw new Problem(
        'bad_data',
        `database name ${JSON.stringify(options.database)} is not [A-Za-z0-9_]+`,
      )
    }
    this.#database = options.database
    this.isShared = options.isShared ?? false
    this.#cluster = options.cluster && new ClusterTables(options.cluster)
    this.#bodyBytes = options.socketPath === undefined ? 'length(body)' : 'body.size'
    this.#agent = options.socketPath ? new UnixSocketAgent(options.socketPath) : undefined
    this.#ownAgent = options.socketPath ? new UnixSocketAgent(options.socketPath) : undefined
    this.#timeoutMs = options.requestTimeoutMs ?? 120_000
    const urls = typeof options.url === 'string' ? [options.url] : options.url
    this.#servers = new Servers(urls.map((url) => this.#connect(url, options)))
  }

  #connect(url: string, options: StoreClientOptions): ClickHouseClient {
    return createClient({
      url,
      request_timeout: this.#timeoutMs,
      max_open_connections: 32,
      // What goes wrong comes as an error and is logged by who asked.
      log: { level: ClickHouseLogLevel.OFF },
      keep_alive: { enabled: true, idle_socket_ttl: 8000 },
      ...(this.#agent ? { http_agent: this.#agent } : {}),
      ...(options.certificate === undefined ? {} : { tls: { ca_cert: options.certificate } }),
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
    })
  }

  /** Runs a statement that answers nothing. */
  async command(
    statement: string,
    settings: Readonly<Record<string, string | number>> = {},
  ): Promise<void> {
    for (const one of this.#cluster?.statements(statement) ?? [statement]) {
      await this.#guard(one, (server) =>
        server.command({
          query: this.#named(one),
          clickhouse_settings: { ...this.#cluster?.commandSettings, ...settings },
        }),
      )
    }
  }

  /** Rows as objects: for small answers only. 64-bit integers arrive as strings. */
  async rows(query: string, options: ReadOptions = {}): Promise<Record<string, unknown>[]> {
    return this.#read(query, options, async (server, signal, _note, isTight) => {
      const result = await server.query({
        query: this.#named(query),
        format: 'JSONEachRow',
        clickhouse_settings: {
          output_format_json_quote_64bit_integers: 1,
          ...this.#cluster?.readSettings,
          ...(options.seesDoomed === true ? {} : this.#readSettings),
          ...options.settings,
          ...(isTight ? FRUGAL : {}),
        },
        ...(signal ? { abort_signal: signal } : {}),
      })
      return result.json<Record<string, unknown>>()
    })
  }

  /** The bytes of a query's answer in `Native` format. */
  async native(query: string, options: ReadOptions = {}): Promise<Uint8Array> {
    const statement = `${this.#named(query)} FORMAT Native`
    return this.#read(query, options, async (server, signal, note, isTight) => {
      const settings = {
        ...this.#cluster?.readSettings,
        ...(options.seesDoomed === true ? {} : this.#readSettings),
        ...options.settings,
        ...(isTight ? FRUGAL : {}),
      }
      if (this.#ownAgent !== undefined) {
        const [agent, timeoutMs] = [this.#ownAgent, this.#timeoutMs]
        const asked = { agent, timeoutMs, parameters: settings, signal, note }
        return await concat(await askEngine(statement, asked))
      }
      const result = await server.exec({
        query: statement,
        clickhouse_settings: settings,
        ...(signal ? { abort_signal: signal } : {}),
      })
      const chunks: Uint8Array[] = []
      for await (const chunk of result.stream) {
        const bytes: unknown = chunk
        if (!(bytes instanceof Uint8Array)) continue
        chunks.push(bytes)
        note(bytes.length)
      }
      return await concat(chunks)
    })
  }

  /** The bytes of a query's answer in any format, as they come: for answers that are too large to be held. One that ends early was cut off. */
  async stream(
    query: string,
    format: string,
    settings: Readonly<Record<string, string | number>>,
  ): Promise<AsyncIterable<Uint8Array>> {
    return this.#guard(query, async (server) => {
      const result = await server.exec({
        query: `${this.#named(query)} FORMAT ${format}`,
        clickhouse_settings: { ...this.#readSettings, ...settings },
      })
      return result.stream
    })
  }

  /**
   * Inserts one block of `Native` bytes; resolves when it is committed and synced. The same token sent again is not inserted
   * twice. `settings` is the inside of a SETTINGS clause.
   */
  async insertNative(
    table: string,
    columns: readonly string[],
    block: Uint8Array,
    token: string,
    settings = '',
  ): Promise<void> {
    const clause = settings === '' ? '' : ` SETTINGS ${settings}`
    const release = await this.#admit?.(table, block.length)
    const query = this.#named(
      `INSERT INTO {db}.${table} (${columns.join(', ')})${clause} FORMAT Native`,
    )
    const parameters = {
      ...this.#cluster?.insertSettings,
      insert_deduplicate: 1,
      insert_deduplication_token: token,
    } as const
    const inserted = this.#guard(`INSERT INTO {db}.${table}`, async (server) => {
      if (this.#ownAgent !== undefined) {
        const [agent, timeoutMs] = [this.#ownAgent, this.#timeoutMs]
        await askEngine(block, { agent, timeoutMs, parameters: { query, ...parameters } })
        return
      }
      const values = Readable.from([block], { objectMode: false })
      const result = await server.exec({ query, values, clickhouse_settings: parameters })
      for await (const _ of result.stream) continue
    })
    await inserted.finally(release)
  }

  /**
   * Copies the rows of a query into a table of another store, as they come: neither end is held in memory. `settings` is the inside of a
   * SETTINGS clause of the insert. Resolves when they are committed and synced there; after a failure some may be.
   */
  async copyRows(
    query: string,
    to: StoreClient,
    table: string,
    columns: readonly string[],
    settings: string,
  ): Promise<void> {
    await this.#guard(query, async (server) => {
      const { stream } = await server.exec({
        query: `${this.#named(query)} FORMAT Native`,
        clickhouse_settings: { ...this.#readSettings },
      })
      try {
        await to.#takeRows(stream, table, columns, settings)
      } finally {
        stream.destroy()
      }
    })
  }

  async #takeRows(
    rows: Readable,
    table: string,
    columns: readonly string[],
    settings: string,
  ): Promise<void> {
    const server = this.#servers.current
    try {
      const result = await server.exec({
        query: this.#named(
          `INSERT INTO {db}.${table} (${columns.join(', ')}) SETTINGS ${settings} FORMAT Native`,
        ),
        values: rows,
        clickhouse_settings: { ...this.#cluster?.insertSettings, insert_deduplicate: 0 },
      })
      for await (const _ of result.stream) continue
    } catch (thrown) {
      throw toProblem(thrown)
    }
  }

  /** From now on inserts wait for what this says. */
  guardInserts(admit: InsertGate): void {
    this.#admit = admit
  }

  /**
   * From now on reads leave out what was deleted although the engine has not rewritten its parts yet. False where the server is too
   * old for that: who deletes must wait then.
   */
  async seeDeletionsAtOnce(): Promise<boolean> {
    const rows = await this.rows('SELECT version() AS version')
    const major = Number(String(rows[0]?.['version']).split('.')[0])
    if (!(major >= FIRST_MAJOR_WITH_DELETIONS_AT_ONCE)) return false
    this.#readSettings = { apply_mutations_on_fly: 1 }
    return true
  }

  async ping(): Promise<boolean> {
    return (await this.#servers.current.ping()).success
  }

  async close(): Promise<void> {
    for (const server of this.#servers.all) await server.close()
    this.#agent?.destroy()
    this.#ownAgent?.destroy()
  }

  #named(statement: string): string {
    return statement
      .replaceAll('{db}', `\`${this.#database}\``)
      .replaceAll('{db_name}', `'${this.#database}'`)
      .replaceAll('{db_text}', this.#database)
      .replaceAll('{body_bytes}', this.#bodyBytes)
      .replaceAll('{parts}', () => this.#cluster?.system('parts') ?? 'system.parts')
      .replaceAll('{mutations}', () => this.#cluster?.system('mutations') ?? 'system.mutations')
  }

  /** Reads as a part of the request that is being served: when memory is short, in its turn. */
  #read<T>(
    query: string,
    { signal }: ReadOptions,
    read: (server: ClickHouseClient, ...rest: Parameters<Read<T>>) => Promise<T>,
  ): Promise<T> {
    return this.#guard(query, (server) => {
      return readInTurn(signal, (...rest) => read(server, ...rest))
    })
  }

  /** Every statement may be repeated: inserts have tokens. So the next server is asked when one cannot be reached. */
  async #guard<T>(statement: string, run: (server: ClickHouseClient) => Promise<T>): Promise<T> {
    for (let left = this.#servers.all.length - 1; ; left--) {
      const server = this.#servers.current
      try {
        return await measureStatement(statement, () => run(server))
      } catch (thrown) {
        const isAway = isUnreachable(thrown)
        if (isAway) this.#servers.leave(server)
        if (!isAway || left === 0) throw toProblem(thrown)
      }
    }
  }
}

/** A read that takes less memory and more time: each thread holds blocks and buffers of its own. */
const FRUGAL = { max_threads: 1 }

/** A span a statement, for a request that is traced; its text is not kept, because it holds what others asked for. */
function measureStatement<T>(statement: string, run: () => Promise<T>): Promise<T> {
  if (!isTraced()) return run()
  const operation = /^[\s(]*(\w+)/.exec(statement)?.[1]?.toUpperCase() ?? 'SELECT'
  const table = /\{db\}\.(\w+)/.exec(statement)?.[1] ?? ''
  const attributes = {
    'db.system.name': 'clickhouse',
    'db.operation.name': operation,
    'db.collection.name': table,
  }
  return measure(`${operation} ${table}`.trimEnd(), attributes, run)
}

/** Tested with 26.7; earlier ones know the setting, but not for every table. */
const FIRST_MAJOR_WITH_DELETIONS_AT_ONCE = 26

const CODE_TIMEOUT = new Set(['159', '160'])
const CODE_LIMIT = new Set(['158', '241', '307', '396'])
const CODE_UNAVAILABLE = new Set(['202', '210', '252', '319', '999'])
const CODE_DISK_FULL = '243'
/** S3_ERROR: only the archive lies there. */
const CODE_ARCHIVE = '499'

/** A connection that failed, not an answer of the engine. */
function isUnreachable(thrown: unknown): boolean {
  if (thrown instanceof Problem) return false
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return /^E[A-Z_]+$/.test(code) || /socket hang up|timeout|ECONN/i.test(messageOf(thrown))
}

/** Copying so many bytes takes as long as other work on one sample. */
const BYTES_PER_UNIT = 32

function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  const message = messageOf(thrown)
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new Problem('canceled', 'the query was canceled', { cause: thrown })
  }
  if (CODE_TIMEOUT.has(code))
    return new Problem('timeout', `the store: ${message}`, { cause: thrown })
  if (CODE_LIMIT.has(code)) return new Problem('limit', `the store: ${message}`, { cause: thrown })
  if (code === CODE_DISK_FULL) {
    return new Problem('unavailable', `the disk of the store is full: ${message}`, {
      cause: thrown,
    })
  }
  if (code === CODE_ARCHIVE) {
    return new Problem('unavailable', `the archive cannot be read now: ${message}`, {
      cause: thrown,
    })
  }
  if (CODE_UNAVAILABLE.has(code)) {
    return new Problem('unavailable', `the store cannot do this now: ${message}`, { cause: thrown })
  }
  if (isUnreachable(thrown)) {
    return new Problem('unavailable', `the store cannot be reached: ${message}`, { cause: thrown })
  }
  return new Problem('internal', `the store: ${message}`, { cause: thrown })
}

/** Joined in slices: an answer can have hundreds of megabytes. */
async function concat(chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  const only = chunks[0]
  if (chunks.length === 1 && only && only.byteOffset % 8 === 0) return only
  const out = Buffer.allocUnsafeSlow(chunks.reduce((sum, { length }) => sum + length, 0))
  const slices = new Slices()
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
    if (slices.spend(chunk.length / BYTES_PER_UNIT)) await slices.rest()
  }
  return out
}
