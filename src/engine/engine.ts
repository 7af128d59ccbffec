import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Session } from 'chdb'
import type { Answer } from './answer.ts'
import { EngineFault } from './engine-fault.ts'
import { runThroughPipe, runWhole } from './execute.ts'
import { planInsert, TableShapes } from './insert.ts'
import { LaneGroup, noNeeds } from './lanes.ts'
import type { Lane, SessionNeeds } from './lanes.ts'
import { Relief } from './relief.ts'
import { makePipes } from './result-pipe.ts'
import { quoteName, quoteString, sessionSettings } from './settings.ts'
import type { EngineCaps, Settings } from './settings.ts'
import type { Spool } from './spool.ts'
import type { DataInsert, PlainStatement } from './sql-text.ts'

export interface EngineOptions {
  /** chDB's data. */
  readonly path: string
  /** A folder for named pipes, private to this process. */
  readonly pipeFolder: string
  readonly configFile: string
  /** BACKUP and RESTORE may use files below this folder; undefined for none. */
  readonly backupFolder: string | undefined
  readonly caps: EngineCaps
  /** Opens the spool; called once the data directory is known to be ours. */
  readonly openSpool: () => Promise<Spool>
  /** Called when a statement met the cap on all memory, and caches were dropped for it. */
  readonly onRelief: () => void
}

/** Everything about a request but its statement. */
export interface RequestContext {
  readonly queryId: string
  readonly database: string | undefined
  readonly settings: Settings
  readonly parameters: Settings
  /** The format of an answer whose statement names none. */
  readonly defaultFormat: string
  /** Whether an insert's answer shall say how many rows it wrote, which costs two small queries. */
  readonly wantsCounts: boolean
  /** Fires when the client goes away. */
  readonly signal: AbortSignal
}

const readLanes = 5
/** Rows of so many bytes make one block, which is stored whole or not at all. */
const oneBlockBytes = 4 * 1024 * 1024
/** Of a statement that meets the cap on all memory: for a second and a half. */
const mostAttempts = 5

/**
 * chDB behind a few lanes. Statements with rows go through one writer; other changes have two lanes, so that a long OPTIMIZE or
 * BACKUP holds up no CREATE; queries share the readers; KILL has a lane of its own, so that it works when all others are busy.
 * All lanes together stay below libuv's 16 threads, or a slow query would stop file and name look-ups.
 */
export class Engine {
  readonly #writer: LaneGroup
  readonly #changes: LaneGroup
  readonly #readers: LaneGroup
  readonly #control: LaneGroup
  readonly #relief: Relief
  readonly #shapes = new TableShapes()
  readonly #tags = new Map<string, string>()
  readonly #pipes: readonly string[]
  #hasPipes = false
  #spool: Spool | undefined

  private constructor(options: EngineOptions) {
    const open = (): Session => openSession(options)
    const baseline = sessionSettings(options.caps)
    const endless = new Map([...baseline, ['max_execution_time', '0']])
    const common = { queueLength: 64, queueTimeoutMs: 30_000, open, baseline }
    this.#writer = new LaneGroup({ ...common, name: 'insert', lanes: 1, queueTimeoutMs: 60_000 })
    this.#changes = new LaneGroup({ ...common, name: 'change', lanes: 2, baseline: endless })
    this.#readers = new LaneGroup({ ...common, name: 'read', lanes: readLanes })
    this.#control = new LaneGroup({ ...common, name: 'control', lanes: 1 })
    this.#relief = new Relief({
      ask: (sql) => this.ask(sql),
      onRelief: options.onRelief,
      nowMs: () => performance.now(),
    })
    this.#pipes = Array.from({ length: readLanes }, (_, lane) =>
      join(options.pipeFolder, `result-${lane}`),
    )
  }

  /**
   * Opens the data directory. chDB locks it for this process, whatever container it is in; only then is anything else of an earlier
   * process removed. Throws an EngineFault when another process has it.
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options)
    await engine.ask('SELECT 1')
    engine.#spool = await options.openSpool()
    engine.#hasPipes = await makePipes(engine.#pipes)
    return engine
  }

  /** Whether a statement runs now. */
  get busy(): boolean {
    return this.#groups().some((group) => group.running > 0)
  }

  /** Runs a statement of the engine's own on the control lane and gives its answer as text (TSV). */
  async ask(sql: string, signal: AbortSignal = new AbortController().signal): Promise<string> {
    return this.#control.use(noNeeds, signal, async (lane) => (await lane.run(sql, 'TSV')).text())
  }

  /** Runs a statement without rows and sends its answer. */
  async run(statement: PlainStatement, context: RequestContext, answer: Answer): Promise<void> {
    if (statement.kind === 'read') return this.#read(statement, context, answer)
    const { defaultFormat } = context
    if (statement.kind === 'kill') {
      const sql = this.#translateKill(statement.sql)
      return this.#control.use(needsOf(context), context.signal, (lane) =>
        runWhole(lane, sql, defaultFormat, answer),
      )
    }
    const needs = {
      ...needsOf(context),
      once: statement.kind === 'scoped' || context.parameters.size > 0,
    }
    this.#shapes.clear()
    try {
      return await this.#changes.use(needs, context.signal, (lane) =>
        runWhole(lane, newTag() + statement.sql, defaultFormat, answer),
      )
    } finally {
      this.#shapes.clear()
    }
  }

  /** Inserts the rows of `head` and `rest`. The answer is sent when they are stored. */
  async insert(
    statement: DataInsert,
    head: Buffer,
    rest: AsyncIterator<Buffer>,
    context: RequestContext,
    answer: Answer,
  ): Promise<void> {
    if (this.#spool === undefined) throw new Error('the engine is not open')
    const body = await this.#spool.store(head, rest)
    const started = performance.now()
    try {
      const { settings, token } = withoutToken(context.settings)
      const needs = needsOf({ ...context, settings })
      const writtenRows = await this.#writer.use(needs, context.signal, async (lane) => {
        const source = {
          path: body.path,
          database: context.database,
          cacheable: context.parameters.size === 0,
          deduplicationToken: token,
          tag: newTag(),
        }
        const sql = await planInsert(statement, source, this.#shapes, lane)
        if (body.sizeBytes === 0) return 0
        const attempts = body.sizeBytes > oneBlockBytes ? 1 : mostAttempts
        const insertOnce = async (): Promise<void> => void (await lane.run(sql, 'Null'))
        const runInsert = (): Promise<void> =>
          this.#patiently(lane, needs, insertOnce, () => attempts)
        if (!context.wantsCounts) {
          await runInsert()
          return undefined
        }
        const before = await countInserted(lane)
        await runInsert()
        return (await countInserted(lane)) - before
      })
      const elapsedNs = (performance.now() - started) * 1e6
      await answer.finish({ resultRows: 0, writtenRows, elapsedNs })
    } catch (thrown) {
      this.#shapes.clear()
      throw thrown
    } finally {
      await body.remove()
    }
  }

  /** Gives up the connections and the files of requests. */
  async close(): Promise<void> {
    for (const group of this.#groups()) group.closeAll()
    await this.#spool?.close()
  }

  #groups(): readonly LaneGroup[] {
    return [this.#readers, this.#writer, this.#changes, this.#control]
  }

  async #read(statement: PlainStatement, context: RequestContext, answer: Answer): Promise<void> {
    const tag = newTag()
    const format = statement.format ?? context.defaultFormat
    this.#remember(context.queryId, tag)
    try {
      const needs = needsOf(context)
      await this.#readers.use(needs, context.signal, async (lane) => {
        const killer = this.#killWhenGone(context.signal, tag)
        const runOnce = (): Promise<void> => {
          const pipe = this.#pipes[lane.index]
          if (statement.streams && this.#hasPipes && pipe !== undefined) {
            const giveUp = (): void => void killer.kill()
            return runThroughPipe(lane, pipe, statement, tag, format, answer, giveUp)
          }
          const sql = `${tag}${statement.sql}\nFORMAT ${format}${statement.tail}`
          return runWhole(lane, sql, format, answer)
        }
        try {
          await this.#patiently(lane, needs, runOnce, () =>
            answer.hasBegun || context.signal.aborted ? 1 : mostAttempts,
          )
        } finally {
          killer.done()
        }
      })
    } finally {
      this.#forget(context.queryId, tag)
    }
  }

  /**
   * A statement may meet the cap on all memory because of what others do at that moment, or because of what is kept. So what is kept is
   * dropped. An insert of a single block has stored nothing then, and a query that has answered nothing can begin again: `attempts`
   * says how often in all. The engine looks once a second at what it has resident (`memory_worker_period_ms`): until then it
   * takes what was given back for used.
   */
  async #patiently(
    lane: Lane,
    needs: SessionNeeds,
    run: () => Promise<void>,
    attempts: () => number,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await run()
        return
      } catch (thrown) {
        if (!isTotalMemoryShort(thrown)) throw thrown
        await this.#relief.relieve()
        if (attempt >= attempts()) throw thrown
        await sleep(attempt * 150)
        await lane.prepare(needs)
      }
    }
  }

  /** KILL finds a statement only once it has begun, so it is repeated until the lane is free. */
  #killWhenGone(signal: AbortSignal, tag: string): { kill: () => Promise<void>; done: () => void } {
    let finished = false
    const kill = async (): Promise<void> => {
      while (!finished) {
        await this.ask(`KILL QUERY WHERE startsWith(query, ${quoteString(tag)}) ASYNC`).catch(
          () => '',
        )
        await sleep(200)
      }
    }
    const onAbort = (): void => void kill()
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const done = (): void => {
      finished = true
      signal.removeEventListener('abort', onAbort)
    }
    return { kill, done }
  }

  /** chDB gives statements ids of its own: the id that the client chose is translated where it is asked for by itself. */
  #translateKill(sql: string): string {
    const simple = /^\s*KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'([^'\\]+)'\s*(?:ASYNC)?\s*$/i.exec(
      sql,
    )
    const tag = this.#tags.get(simple?.[1] ?? '')
    return tag === undefined ? sql : `KILL QUERY WHERE startsWith(query, ${quoteString(tag)}) ASYNC`
  }

  #remember(queryId: string, tag: string): void {
    this.#tags.set(queryId, tag)
  }

  #forget(queryId: string, tag: string): void {
    if (this.#tags.get(queryId) === tag) this.#tags.delete(queryId)
  }
}

function isTotalMemoryShort(thrown: unknown): boolean {
  return thrown instanceof Error && /^Code: 241\..*\(total\) memory limit/s.test(thrown.message)
}

/** Rows written since the engine started. Only the writer's lane inserts in this way, so differences are those of one request. */
async function countInserted(lane: Lane): Promise<number> {
  const sql = "SELECT sum(value) FROM system.events WHERE event = 'InsertedRows'"
  return Number((await lane.run(sql, 'TSV')).text())
}

/** Opens one connection, and turns a data directory that is in use into a plain message. */
function openSession(options: EngineOptions): Session {
  const backups =
    options.backupFolder === undefined
      ? []
      : ['--', `--backups.allowed_path=${options.backupFolder}`]
  try {
    return new Session(options.path, {
      connectionArgs: [`--config-file=${options.configFile}`, ...backups],
    })
  } catch (thrown) {
    throw new EngineFault(
      76,
      'CANNOT_OPEN_FILE',
      `cannot open ${options.path}: ${String(thrown)}`,
      { cause: thrown },
    )
  }
}

function needsOf(context: RequestContext): SessionNeeds {
  const { settings, parameters, database } = context
  return {
    settings: new Map([...settings, ...parameters]),
    database: database === undefined ? undefined : quoteName(database),
    once: parameters.size > 0,
  }
}

/** The token differs with every insert; in the statement it leaves the connection as it is. */
function withoutToken(settings: Settings): { settings: Settings; token: string | undefined } {
  const rest = new Map(settings)
  const token = rest.get('insert_deduplication_token')
  rest.delete('insert_deduplication_token')
  return { settings: rest, token: token === '' ? undefined : token }
}

function newTag(): string {
  return `/*vedette ${randomUUID()}*/ `
}
