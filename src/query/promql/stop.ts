import { Problem } from '../../model/problem.ts'
import type { QueryBounds } from '../../store/metrics-source.ts'
import type { PromqlRequest } from './engine.ts'

/** Node fires longer timers at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Where a query is when it is stopped, in the words of Prometheus. */
type Stage = 'query queue' | 'expression evaluation'

/**
 * Ends a query that takes too long or that nobody waits for any more. Most queries are done before anybody could stop them and
 * take microseconds, so this has its own list of who is to be told instead of the costlier AbortController.
 */
export class Stop {
  stage: Stage = 'query queue'
  /** Why the query was stopped; undefined as long as it goes on. */
  reason: Problem | undefined
  readonly #listeners = new Set<(reason: Problem) => void>()
  readonly #timer: NodeJS.Timeout
  readonly #client: AbortSignal | undefined
  readonly #onCancel = (): void => this.#stop('canceled', 'was canceled')

  constructor(request: PromqlRequest, limitMs: number) {
    const timeoutMs = Math.min(request.timeoutMs ?? limitMs, limitMs)
    this.#timer = setTimeout(
      () => this.#stop('timeout', 'timed out'),
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    )
    this.#client = request.signal
    if (this.#client?.aborted === true) this.#onCancel()
    else this.#client?.addEventListener('abort', this.#onCancel, { once: true })
  }

  #stop(code: 'canceled' | 'timeout', what: string): void {
    if (this.reason !== undefined) return
    this.reason = new Problem(code, `query ${what} in ${this.stage}`)
    for (const listener of this.#listeners) listener(this.reason)
  }

  /** Has `listener` called when the query is stopped; the returned function takes that back. */
  onStop(listener: (reason: Problem) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Throws the reason when the query was stopped. */
  check(): void {
    if (this.reason !== undefined) throw this.reason
  }

  /** What `work` resolves to, unless the query is stopped first, even when `work` does not heed that. */
  async race<T>(work: Promise<T>): Promise<T> {
    let forget = (): void => undefined
    const stopped = new Promise<never>((_, reject) => {
      forget = this.onStop(reject)
    })
    try {
      this.check()
      return await Promise.race([work, stopped])
    } catch (thrown) {
      // What a source throws once it is stopped says less than why it was stopped.
      this.check()
      throw thrown
    } finally {
      forget()
    }
  }

  /** To be called when the query is done. */
  release(): void {
    clearTimeout(this.#timer)
    this.#client?.removeEventListener('abort', this.#onCancel)
  }
}

/** Bounds whose signal comes into being only for a source that asks for it. */
export class StoppableBounds implements QueryBounds {
  readonly maxSeries: number
  readonly maxSamples: number
  readonly #stop: Stop
  #controller: AbortController | undefined

  constructor(stop: Stop, maxSeries: number, maxSamples: number) {
    this.#stop = stop
    this.maxSeries = maxSeries
    this.maxSamples = maxSamples
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      this.#controller = controller
      if (this.#stop.reason !== undefined) controller.abort(this.#stop.reason)
      else this.#stop.onStop((reason) => controller.abort(reason))
    }
    return this.#controller.signal
  }
}
