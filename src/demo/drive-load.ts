import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { messageOf, Problem } from '../model/problem.ts'
import { Latencies } from './latencies.ts'
import { choosePath, type Scenario } from './scenario.ts'

export interface LoadOptions {
  /** Of the demonstration; a path is put before those of the scenario. */
  readonly url: string
  readonly scenario: Scenario
  /** Requests under way at the same time. */
  readonly concurrency: number
  readonly durationMs: number
  /** Most requests a second, over all; undefined: as many as are answered. */
  readonly rate: number | undefined
  /** Ends the load early. */
  readonly signal: AbortSignal
}

/** A request worth looking at. */
export interface TracedRequest {
  readonly path: string
  readonly status: number
  readonly latencyMs: number
  /** Undefined where the answer names none. */
  readonly traceId: string | undefined
}

/** What came of the load so far. */
export interface LoadResult {
  readonly startedMs: number
  readonly latencies: Latencies
  readonly byStatus: ReadonlyMap<number, number>
  readonly requests: number
  /** Answers of 400 and more. */
  readonly errors: number
  /** Requests without an answer, and why the last of them had none. */
  readonly failures: number
  readonly lastFailure: string
  readonly slowest: TracedRequest | undefined
  readonly lastError: TracedRequest | undefined
}

/** Longer than the longest that the demonstration sleeps. */
const TIMEOUT_MS = 60_000
/** After a request without an answer, so that a server that is away is not hammered. */
const PAUSE_MS = 250

/** A load that runs; `result` may be read while it does. */
export class Load {
  readonly #options: LoadOptions
  readonly #pool: Pool
  readonly #base: string
  readonly #byStatus = new Map<number, number>()
  readonly #latencies = new Latencies()
  readonly #startedMs = performance.now()
  #requests = 0
  #errors = 0
  #failures = 0
  #lastFailure = ''
  #slowest: TracedRequest | undefined
  #lastError: TracedRequest | undefined
  #sent = 0

  constructor(options: LoadOptions) {
    this.#options = options
    const { origin, pathname } = new URL(options.url)
    this.#base = pathname.replace(/\/+$/, '')
    this.#pool = new Pool(origin, {
      connections: options.concurrency,
      pipelining: 1,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    })
  }

  result(): LoadResult {
    return {
      ...{ startedMs: this.#startedMs, latencies: this.#latencies, byStatus: this.#byStatus },
      ...{ requests: this.#requests, errors: this.#errors, failures: this.#failures },
      ...{ lastFailure: this.#lastFailure, slowest: this.#slowest, lastError: this.#lastError },
    }
  }

  /** Resolves when the time is over or the signal came. Rejects with a `Problem` when the first request has no answer. */
  async run(): Promise<LoadResult> {
    const { concurrency, durationMs, signal } = this.#options
    const ended = AbortSignal.any([signal, AbortSignal.timeout(durationMs)])
    try {
      await this.#ask(ended)
      if (this.#requests === 0 && this.#failures > 0) {
        const { url } = this.#options
        throw new Problem(
          'unavailable',
          `cannot reach ${url}: ${this.#lastFailure}. Start the demonstration with "vedette demo", or name it with --url`,
        )
      }
      await Promise.all(Array.from({ length: concurrency }, () => this.#work(ended)))
    } finally {
      await this.#pool.destroy()
    }
    return this.result()
  }

  async #work(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await this.#turn(ended)
      if (!ended.aborted) await this.#ask(ended)
    }
  }

  /** Waits until the rate allows one more request. */
  async #turn(ended: AbortSignal): Promise<void> {
    const { rate } = this.#options
    if (rate === undefined) return
    const dueMs = this.#startedMs + (++this.#sent * 1000) / rate
    await pause(dueMs - performance.now(), ended)
  }

  async #ask(ended: AbortSignal): Promise<void> {
    const path = choosePath(this.#options.scenario, Math.random())
    const beganMs = performance.now()
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: 'GET',
        path: this.#base + path,
        headers: { 'user-agent': 'vedette-load' },
        signal: ended,
      })
      await body.dump()
      const traceId = headers['x-trace-id']
      this.#count({
        ...{ path, status: statusCode, latencyMs: performance.now() - beganMs },
        traceId: typeof traceId === 'string' ? traceId : undefined,
      })
    } catch (thrown) {
      // What was under way at the end is no failure.
      if (ended.aborted) return
      this.#failures++
      this.#lastFailure = reasonOf(thrown)
      await pause(PAUSE_MS, ended)
    }
  }

  #count(request: TracedRequest): void {
    const { status, latencyMs } = request
    this.#requests++
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1)
    this.#latencies.add(latencyMs)
    if (latencyMs > (this.#slowest?.latencyMs ?? -1)) this.#slowest = request
    if (status >= 400) this.#errors++
    if (status >= 500) this.#lastError = request
  }
}

async function pause(forMs: number, ended: AbortSignal): Promise<void> {
  if (forMs <= 0) return
  // Rejects when the load ends, which whoever waits sees by himself.
  await sleep(forMs, undefined, { signal: ended }).catch(() => undefined)
}

function reasonOf(thrown: unknown): string {
  const isRefused = thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED'
  return isRefused ? 'nothing listens there' : messageOf(thrown)
}
