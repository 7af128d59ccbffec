import { AsyncLocalStorage } from 'node:async_hooks'
import { Problem } from '../../model/problem.ts'
import type { MemoryLevel } from './judge-memory.ts'

/** How long a query waits for its turn. */
const WAIT_MS = 10_000
/** What one query of much data may take at most, here and in the engine: so many of them read at a time as there is room for. */
const BYTES_A_TURN = 64 * 1024 * 1024
/** A query that has read for less is taken for a small one, which needs no turn unless memory is tight. */
const SMALL_MS = 300
/** What a query that has not answered yet is taken to hold for each millisecond of its reading. */
const BYTES_PER_MS = 8192

/** Why a query was not answered. */
export type ShedReason = 'wait' | 'refused' | 'canceled'

export interface QueryGateOptions {
  /** One sentence with the budget and what is used of it now. */
  readonly explain: () => string
  readonly onShed: (reason: ShedReason) => void
  readonly nowMs: () => number
}

/**
 * Reads on behalf of a query: `signal` ends it, `note` is told of bytes that have come; `isTight` asks for the way that takes the least
 * memory, not the least time.
 */
export type Read<T> = (
  signal: AbortSignal | undefined,
  note: (bytes: number) => void,
  isTight: boolean,
) => Promise<T>

interface Waiting {
  readonly ticket: QueryTicket
  readonly settle: (problem?: Problem) => void
}

const tickets = new AsyncLocalStorage<QueryTicket>()

/**
 * Which requests of people may read from the engine. What they ask of memory alone does not come here, nor do rules, collection and
 * upkeep, which have no ticket: they go on to the last.
 */
export class QueryGate {
  readonly #options: QueryGateOptions
  readonly #running = new Set<QueryTicket>()
  readonly #waiting = new Set<Waiting>()
  #level: MemoryLevel = 'calm'
  #turns = Number.POSITIVE_INFINITY

  constructor(options: QueryGateOptions) {
    this.#options = options
  }

  /** Queries that read, or have read and are not answered yet. */
  get running(): number {
    return this.#running.size
  }

  get isTight(): boolean {
    return this.#level !== 'calm'
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** After every look: the level, and how many bytes of the budget are left. */
  update(level: MemoryLevel, roomBytes: number): void {
    this.#turns = Math.max(1, Math.floor(roomBytes / BYTES_A_TURN))
    if (level === 'over' && this.#level !== 'over')
      for (const { settle } of this.#waiting) settle(this.#refuse('refused'))
    this.#level = level
    this.#callNext()
  }

  /** Begins a request; `end` must be called once it is answered. */
  begin(): QueryTicket {
    return new QueryTicket(this)
  }

  /** Ends the query that holds the most, as far as that is known. False when none runs. */
  cancelLargest(): boolean {
    const nowMs = this.#options.nowMs()
    const running = [...this.#running].filter(({ problem }) => problem === undefined)
    const [first] = running.sort((a, b) => b.weigh(nowMs) - a.weigh(nowMs))
    first?.cancel(this.#refuse('canceled'))
    return first !== undefined
  }

  /** Resolves when it is the ticket's turn; rejects with `unavailable`. */
  async admit(ticket: QueryTicket, signal: AbortSignal | undefined): Promise<void> {
    if (ticket.problem !== undefined) throw ticket.problem
    if (this.#running.has(ticket)) return
    if (this.#level === 'over') throw this.#refuse('refused')
    if (this.#mustWait()) await this.#wait(ticket, signal)
    else this.#start(ticket)
  }

  release(ticket: QueryTicket): void {
    this.#running.delete(ticket)
    for (const waiting of this.#waiting) if (waiting.ticket === ticket) waiting.settle()
    this.#callNext()
  }

  #wait(ticket: QueryTicket, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (problem?: Problem): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#waiting.delete(waiting)
        if (problem !== undefined) return reject(problem)
        // Its place is taken here, before another one asks; when it is over, nobody would give it back.
        if (!ticket.isOver) this.#start(ticket)
        return resolve()
      }
      const onAbort = (): void => settle(new Problem('canceled', 'the query was canceled'))
      const timer = setTimeout(() => settle(this.#refuse('wait')), WAIT_MS)
      const waiting = { ticket, settle }
      this.#waiting.add(waiting)
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
    })
  }

  #start(ticket: QueryTicket): void {
    ticket.startedMs = this.#options.nowMs()
    this.#running.add(ticket)
  }

  #mustWait(): boolean {
    if (this.#level === 'over') return true
    if (this.#running.size < this.#turns) return false
    if (this.#level === 'tight') return true
    const nowMs = this.#options.nowMs()
    const isLarge = ({ startedMs = nowMs }: QueryTicket): boolean => nowMs - startedMs > SMALL_MS
    return [...this.#running].filter(isLarge).length >= this.#turns
  }

  #callNext(): void {
    for (const { settle } of this.#waiting) {
      if (this.#mustWait()) return
      settle()
    }
  }

  #refuse(reason: ShedReason): Problem {
    this.#options.onShed(reason)
    const what = reason === 'canceled' ? 'the query was ended' : 'the query is refused'
    return new Problem(
      'unavailable',
      `${what} to save memory: ${this.#options.explain()}; try again in a moment, ask for less, or raise --memory.budget`,
    )
  }
}

/** One request of somebody. */
export class QueryTicket {
  readonly #gate: QueryGate
  readonly #end = new AbortController()
  #bytes = 0
  /** Settles with the reads so far. */
  #reads: Promise<unknown> = Promise.resolve()
  startedMs: number | undefined
  isOver = false
  /** Why it was ended. */
  problem: Problem | undefined

  constructor(gate: QueryGate) {
    this.#gate = gate
  }

  /** Runs work whose reads are this request's. */
  run<T>(work: () => T): T {
    return tickets.run(this, work)
  }

  /** The request is answered, or its client has gone. Calling it again has no effect. */
  end(): void {
    this.isOver = true
    this.#gate.release(this)
  }

  cancel(problem: Problem): void {
    this.problem = problem
    this.#end.abort(problem)
  }

  /** About how many bytes it holds, here and in the engine. */
  weigh(nowMs: number): number {
    return this.#bytes + (nowMs - (this.startedMs ?? nowMs)) * BYTES_PER_MS
  }

  /**
   * Reads when it is its turn; of one request, one after the other while memory is tight, for a request may be a dashboard. Rejects with
   * `unavailable` when it is refused or ended to save memory.
   */
  async read<T>(signal: AbortSignal | undefined, read: Read<T>): Promise<T> {
    // What goes on after its request, for others or for later, is nobody's request any more.
    if (this.isOver) return read(signal, () => undefined, this.#gate.isTight)
    await this.#gate.admit(this, signal)
    const before = this.#reads
    const own = this.#read(signal, read, this.#gate.isTight ? before : undefined)
    this.#reads = Promise.allSettled([before, own])
    return own
  }

  async #read<T>(
    signal: AbortSignal | undefined,
    read: Read<T>,
    before: Promise<unknown> | undefined,
  ): Promise<T> {
    if (before !== undefined) await before
    // It may have been ended while it waited.
    if (this.problem !== undefined) throw this.problem
    const end = this.#end.signal
    try {
      const note = (bytes: number): void => {
        this.#bytes += bytes
      }
      const either = signal === undefined ? end : AbortSignal.any([signal, end])
      return await read(either, note, this.#gate.isTight)
    } catch (thrown) {
      throw this.problem ?? thrown
    }
  }
}

/** Reads from the engine as a part of the request that is being served; what is nobody's request is read at once. */
export function readInTurn<T>(signal: AbortSignal | undefined, read: Read<T>): Promise<T> {
  const ticket = tickets.getStore()
  return ticket === undefined ? read(signal, () => undefined, false) : ticket.read(signal, read)
}
