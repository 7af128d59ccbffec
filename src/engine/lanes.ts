import { setTimeout as sleep } from 'node:timers/promises'
import type { ChdbResult, Session } from 'chdb'
import { EngineFault } from './engine-fault.ts'
import { renderSet } from './settings.ts'
import type { Settings } from './settings.ts'

/** What a statement needs of the connection it runs on. */
export interface SessionNeeds {
  readonly settings: Settings
  /** The current database, already quoted as an identifier. */
  readonly database: string | undefined
  /** True when the statement changes its session or brings parameters: the connection serves this request only. */
  readonly once: boolean
}

export const noNeeds: SessionNeeds = { settings: new Map(), database: undefined, once: false }

export interface LaneGroupOptions {
  readonly name: string
  /** Statements at a time; every one holds a thread of libuv's pool while it runs. */
  readonly lanes: number
  /** Statements that may wait for a lane. */
  readonly queueLength: number
  readonly queueTimeoutMs: number
  readonly open: () => Session
  /** Settings of every new connection. */
  readonly baseline: Settings
}

const openAttempts = 5

/** One connection to chDB. It runs one statement at a time. */
export class Lane {
  readonly index: number
  readonly #open: () => Session
  readonly #baseline: Settings
  #session: Session | undefined
  #preparedFor = ''
  #spoiled = false

  constructor(index: number, open: () => Session, baseline: Settings) {
    this.index = index
    this.#open = open
    this.#baseline = baseline
  }

  /** Whether a connection with exactly these settings is at hand. */
  isPreparedFor(needs: SessionNeeds): boolean {
    return this.#session !== undefined && !this.#spoiled && this.#preparedFor === keyOf(needs)
  }

  /**
   * Makes the connection ready. A connection is cheap (below a millisecond), so one with other settings is replaced, never
   * changed: nothing that one request has set can reach the next one.
   */
  async prepare(needs: SessionNeeds): Promise<void> {
    if (this.isPreparedFor(needs)) return
    this.close()
    const session = await openPatiently(this.#open)
    this.#session = session
    this.#preparedFor = keyOf(needs)
    this.#spoiled = needs.once
    const set = renderSet(new Map([...this.#baseline, ...needs.settings]))
    const use = needs.database === undefined ? '' : `; USE ${needs.database}`
    try {
      await session.queryAsync(set + use)
    } catch (thrown) {
      this.#spoiled = true
      throw thrown
    }
  }

  /**
   * Runs one statement. After an error the connection is given up: chDB delivers what a failed statement had written so far with
   * the next statement's answer.
   */
  async run(sql: string, format: string): Promise<ChdbResult> {
    if (this.#session === undefined) throw new Error('the lane was not prepared')
    try {
      return await this.#session.queryAsync(sql, { format })
    } catch (thrown) {
      this.#spoiled = true
      throw thrown
    }
  }

  /** Releases the connection if nobody may use it again. */
  settle(): void {
    if (this.#spoiled) this.close()
  }

  close(): void {
    this.#session?.close()
    this.#session = undefined
    this.#spoiled = false
  }
}

interface Waiting {
  readonly needs: SessionNeeds
  readonly resolve: (lane: Lane) => void
  readonly reject: (reason: EngineFault) => void
  readonly cancel: () => void
}

/** A few lanes behind one bounded queue. */
export class LaneGroup {
  readonly #options: LaneGroupOptions
  readonly #free: Lane[]
  readonly #all: readonly Lane[]
  readonly #queue = new Set<Waiting>()

  constructor(options: LaneGroupOptions) {
    this.#options = options
    this.#all = Array.from(
      { length: options.lanes },
      (_, index) => new Lane(index, options.open, options.baseline),
    )
    this.#free = [...this.#all]
  }

  /** Statements that wait. */
  get waiting(): number {
    return this.#queue.size
  }

  get running(): number {
    return this.#all.length - this.#free.length
  }

  /**
   * Runs `work` on a lane of its own once one is free. Rejects with an EngineFault (503, Retry-After) when too many wait or the
   * wait is too long, and when `signal` fires before a lane was free.
   */
  async use<T>(
    needs: SessionNeeds,
    signal: AbortSignal,
    work: (lane: Lane) => Promise<T>,
  ): Promise<T> {
    const lane = await this.#take(needs, signal)
    try {
      await lane.prepare(needs)
      return await work(lane)
    } finally {
      lane.settle()
      this.#giveBack(lane)
    }
  }

  closeAll(): void {
    for (const waiting of this.#queue)
      waiting.reject(new EngineFault(236, 'ABORTED', 'the engine stops'))
    for (const lane of this.#free) lane.close()
  }

  #take(needs: SessionNeeds, signal: AbortSignal): Promise<Lane> {
    if (signal.aborted) return Promise.reject(clientLeft())
    const fitting = this.#free.findIndex((lane) => lane.isPreparedFor(needs))
    const [lane] = this.#free.splice(Math.max(0, fitting), 1)
    if (lane !== undefined) return Promise.resolve(lane)
    const { name, queueLength, queueTimeoutMs } = this.#options
    if (this.#queue.size >= queueLength) {
      return Promise.reject(
        busy(`${this.#queue.size} statements wait for the ${name} lanes already`),
      )
    }
    return new Promise((resolve, reject) => {
      const leave = (reason: EngineFault): void => {
        this.#queue.delete(waiting)
        waiting.cancel()
        reject(reason)
      }
      const onAbort = (): void => leave(clientLeft())
      const timer = setTimeout(
        () => leave(busy(`no ${name} lane was free for ${queueTimeoutMs} ms`)),
        queueTimeoutMs,
      )
      const cancel = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = { needs, resolve, reject: leave, cancel }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#queue.add(waiting)
    })
  }

  #giveBack(lane: Lane): void {
    const [next] = this.#queue
    if (next === undefined) {
      this.#free.push(lane)
      return
    }
    this.#queue.delete(next)
    next.cancel()
    next.resolve(lane)
  }
}

/** A new connection can fail while memory is short, which passes. */
async function openPatiently(open: () => Session): Promise<Session> {
  for (let attempt = 1; ; attempt++) {
    try {
      return open()
    } catch (thrown) {
      if (attempt === openAttempts) throw thrown
      await sleep(attempt * 50)
    }
  }
}

function busy(reason: string): EngineFault {
  return new EngineFault(
    202,
    'TOO_MANY_SIMULTANEOUS_QUERIES',
    `Too many simultaneous queries: ${reason}`,
    {
      retryAfterSeconds: 1,
    },
  )
}

function clientLeft(): EngineFault {
  return new EngineFault(394, 'QUERY_WAS_CANCELLED', 'the client went away')
}

function keyOf(needs: SessionNeeds): string {
  return JSON.stringify([needs.database, [...needs.settings]])
}
