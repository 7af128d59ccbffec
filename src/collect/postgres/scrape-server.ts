import type { MetricFamily } from '../../model/metric-family.ts'
import { messageOf } from '../../model/problem.ts'
import { Connection, ServerProblem } from './connection.ts'
import type { CustomQuery } from './custom-query.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import { BUILT_IN_QUERIES } from './queries/built-in-queries.ts'
import type { BuiltInQuery, ServerFacts } from './queries/built-in-query.ts'
import { readRows } from './read-rows.ts'
import { ScrapeRun, type CollectorResult } from './scrape-run.ts'
import { serverLabel, type ServerAddress } from './server-address.ts'
import { askDatabases, askExtensions } from './server-facts.ts'
import type { FaultPlace, ToldFaults } from './told-faults.ts'

/** Databases of one server that are asked at most: each holds a connection. */
const MAX_DATABASES = 50

/** How long answers to queries that cost the server something are used. */
const COSTLY_MS = 60_000

/** What came of asking one server. */
export interface ServerResult {
  readonly families: readonly MetricFamily[]
  /** It let us in. */
  readonly isUp: boolean
  /** Something that the configuration asks for, or that every server has, could not be read. */
  readonly hasErrors: boolean
  /** It took all the time that it has. */
  readonly isLate: boolean
  readonly collectors: ReadonlyMap<string, CollectorResult>
  /** The folder of its data on the machine where it runs, where the role may know it. */
  readonly dataFolder: string | undefined
}

/** A server that is asked again and again: it keeps its connections, and answers of custom queries that may be used again. */
export class ServerScraper {
  readonly label: string
  readonly address: ServerAddress
  readonly #faults: ToldFaults
  readonly #connections = new Map<string, Connection>()
  #isClosed = false
  readonly #cache = new Map<string, { endMs: number; families: readonly MetricFamily[] }>()

  constructor(address: ServerAddress, faults: ToldFaults) {
    this.address = address
    this.label = serverLabel(address)
    this.#faults = faults
  }

  /**
   * Asks for everything that the settings want, within their time: what does not come in time is missing, and the connection that it
   * was asked over is closed. Never rejects. `isOnly`: no other server is asked, so that labels need not tell them apart.
   */
  async scrape(settings: PostgresSettings, isOnly: boolean): Promise<ServerResult> {
    const run = new ScrapeRun(settings, this.label, isOnly)
    const { timeoutMs } = settings
    const timer = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.giveUp(timeoutMs)
    }, timeoutMs)
    let facts: ServerFacts | undefined
    try {
      const main = await this.#connect(this.address.database, run)
      facts = await this.#factsOf(main, run)
      if (settings.hasDefaults) addStatic(facts, run)
      await this.#askAll(main, facts, run, true)
      if (settings.discovery.isOn) await this.#askOthers(main, run)
      this.#faults.well(this.#place('', ''))
    } catch (thrown) {
      run.hasErrors = true
      this.#tell(this.#place('', ''), thrown)
    } finally {
      clearTimeout(timer)
      this.#dropUnused(settings)
    }
    return {
      families: run.table.families(),
      isUp: facts !== undefined,
      dataFolder: facts?.dataFolder,
      hasErrors: run.hasErrors,
      isLate: run.leftMs === 0,
      collectors: run.collectors,
    }
  }

  /** Closes its connections; what that breaks off is no fault. */
  async close(): Promise<void> {
    this.#isClosed = true
    const open = [...this.#connections.values()]
    this.#connections.clear()
    await Promise.allSettled(open.map((connection) => connection.close()))
  }

  async #connect(database: string, run: ScrapeRun): Promise<Connection> {
    const open = this.#connections.get(database)
    if (open !== undefined && !open.isOver) {
      open.beginScrape()
      return open
    }
    const { timeoutMs } = run.settings
    const connection = await Connection.open(
      { ...this.address, database },
      // A statement that hangs is ended by the server while there is time left for others.
      { connectMs: run.leftMs, toldMs: timeoutMs, statementMs: timeoutMs / 2 },
    )
    this.#connections.set(database, connection)
    return connection
  }

  async #factsOf(connection: Connection, { settings }: ScrapeRun): Promise<ServerFacts> {
    const session = await connection.session()
    return {
      ...session,
      extensions: await askExtensions(connection),
      limits: settings.limits,
    }
  }

  /** Asks one database. Rejects when its connection is lost, which one line tells of and not one for each query. */
  async #askAll(
    connection: Connection,
    facts: ServerFacts,
    run: ScrapeRun,
    isMain: boolean,
  ): Promise<void> {
    const { settings } = run
    const place = (collector: string): FaultPlace =>
      this.#place(isMain ? '' : facts.database, collector)
    for (const query of settings.queryFiles.flatMap(({ queries }) => queries)) {
      const isFor = (isMain || !query.isMaster) && query.versions?.contains(facts.version) !== false
      if (!isFor) continue
      const ask = (): Promise<void> => this.#askCustom(connection, query, facts, run)
      await this.#time(connection, place(query.namespace), run, ask)
    }
    for (const query of BUILT_IN_QUERIES) {
      if (!isWanted(query, settings) || (!isMain && query.isPerDatabase !== true)) continue
      const sql = query.sql(facts)
      if (sql === undefined) continue
      const isMinor =
        query.extension !== undefined && settings.collectors.get(query.collector) !== true
      const ask = (): Promise<void> => this.#askBuiltIn(connection, { query, sql }, facts, run)
      await this.#time(connection, { ...place(query.collector), isMinor }, run, ask)
    }
  }

  /** Runs one collector, and keeps how long it took and whether it went well. */
  async #time(
    connection: Connection,
    place: FaultPlace,
    run: ScrapeRun,
    ask: () => Promise<void>,
  ): Promise<void> {
    const startedMs = performance.now()
    const result = run.resultOf(place.collector)
    try {
      await ask()
      this.#faults.well(place)
    } catch (thrown) {
      result.isWell = false
      if (connection.isOver) throw within(place.collector, thrown)
      if (!place.isMinor) run.hasErrors = true
      this.#tell(place, thrown)
    } finally {
      result.seconds += (performance.now() - startedMs) / 1000
    }
  }

  async #askBuiltIn(
    connection: Connection,
    { query, sql }: { readonly query: BuiltInQuery; readonly sql: string },
    facts: ServerFacts,
    run: ScrapeRun,
  ): Promise<void> {
    const { extension, shape, read } = query
    if (extension !== undefined && !facts.extensions.has(extension)) {
      const where = `is not installed in the database ${facts.database}`
      throw new ServerProblem(
        `the extension ${extension} ${where}: CREATE EXTENSION ${extension}`,
        '',
      )
    }
    const isOld = query.hasServer === true
    const fixed = run.labels(isOld)
    const reading = await this.#kept(
      JSON.stringify([facts.database, sql, fixed]),
      query.isCostly === true ? COSTLY_MS : 0,
      async () => {
        const answer = await connection.query(sql)
        return read?.(answer, fixed) ?? readRows(answer, shape, fixed).families
      },
    )
    run.addBuiltIn(reading, isOld)
  }

  async #askCustom(
    connection: Connection,
    query: CustomQuery,
    facts: ServerFacts,
    run: ScrapeRun,
  ): Promise<void> {
    const fixed = run.labels(true)
    const key = JSON.stringify([facts.database, query.namespace, query.sql, fixed])
    let unread: readonly string[] = []
    const families = await this.#kept(key, query.cacheMs, async () => {
      const reading = readRows(await connection.query(query.sql), query.shape, fixed)
      unread = reading.unread
      return reading.families
    })
    run.table.addAll(families)
    if (unread.length > 0)
      throw new ServerProblem(`left out, because it is no number: ${unread.join(', ')}`, '')
  }

  /** Families that were read within so many milliseconds, or are read now. */
  async #kept(
    key: string,
    keptMs: number,
    read: () => Promise<readonly MetricFamily[]>,
  ): Promise<readonly MetricFamily[]> {
    const kept = this.#cache.get(key)
    const nowMs = performance.now()
    if (kept !== undefined && nowMs < kept.endMs) return kept.families
    this.#cache.delete(key)
    const families = await read()
    if (keptMs > 0) this.#cache.set(key, { endMs: nowMs + keptMs, families })
    return families
  }

  async #askOthers(main: Connection, run: ScrapeRun): Promise<void> {
    const { include, exclude } = run.settings.discovery
    const names = (await askDatabases(main)).filter(
      (name) => !exclude.includes(name) && (include.length === 0 || include.includes(name)),
    )
    for (const name of names.slice(0, MAX_DATABASES)) {
      const place = this.#place(name, '')
      try {
        const connection = await this.#connect(name, run)
        await this.#askAll(connection, await this.#factsOf(connection, run), run, false)
        this.#faults.well(place)
      } catch (thrown) {
        run.hasErrors = true
        this.#tell(place, thrown)
      }
    }
  }

  /** Answers that nobody uses any more, connections that ended, and those to databases that nobody wants to know of any more. */
  #dropUnused({ discovery }: PostgresSettings): void {
    for (const [key, { endMs }] of this.#cache)
      if (endMs < performance.now()) this.#cache.delete(key)
    for (const [name, connection] of this.#connections) {
      const isUsed = name === this.address.database || discovery.isOn
      if (!isUsed) void connection.close()
      if (!isUsed || connection.isOver) this.#connections.delete(name)
    }
  }

  #place(database: string, collector: string): FaultPlace {
    return { server: this.label, database, collector, isMinor: false }
  }

  #tell(place: FaultPlace, thrown: unknown): void {
    if (this.#isClosed) return
    const reason = messageOf(thrown)
    const state = thrown instanceof ServerProblem ? thrown.sqlState : ''
    this.#faults.fault(place, state === '' ? reason : state, reason, performance.now())
  }
}

function within(collector: string, thrown: unknown): ServerProblem {
  const state = thrown instanceof ServerProblem ? thrown.sqlState : ''
  return new ServerProblem(`${collector}: ${messageOf(thrown)}`, state)
}

function isWanted(query: BuiltInQuery, settings: PostgresSettings): boolean {
  if (query.collector === 'settings' && !settings.hasSettings) return false
  const asked = settings.collectors.get(query.collector)
  if (query.collector !== 'settings' && !settings.hasDefaults) return asked === true
  return asked ?? query.isOff !== true
}

function addStatic({ versionText }: ServerFacts, run: ScrapeRun): void {
  const [, major = '', minor = '0', patch = '0'] =
    /^\w+ (\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(versionText) ?? []
  const short = `${major}.${minor}.${patch}`
  const labels = [...run.labels(true), 'version', versionText, 'short_version', short]
  const family = { name: 'pg_static', help: 'Version of the server.', type: 'unknown' as const }
  run.addBuiltIn([{ ...family, metrics: [{ labels, value: 1 }] }], true)
}
