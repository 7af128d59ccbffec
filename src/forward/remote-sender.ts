import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { Counter } from '../self/metrics.ts'
import type { DiskQueue, QueuedRun, RunLimit } from './disk-queue.ts'
import type { RetrySettings } from './remote-settings.ts'

/** What became of a request. */
export type SendOutcome =
  | { readonly kind: 'sent' }
  /** Sending it again may help; not before `afterMs`, where the other side says so. */
  | { readonly kind: 'later'; readonly message: string; readonly afterMs?: number }
  /** Sending it again does not help. `status` is that of HTTP, where there is one. */
  | { readonly kind: 'refused'; readonly message: string; readonly status?: number }

/** Sends records that lie one behind the other in a queue as one request. Never rejects. */
export type Send = (records: readonly Uint8Array[], signal: AbortSignal) => Promise<SendOutcome>

export interface RemoteSenderOptions {
  readonly queue: DiskQueue
  readonly send: Send
  /** How many records are sent at once; one unless it is said. */
  readonly limit?: RunLimit
  readonly retry: RetrySettings
  readonly timeoutMs: number
  readonly log: Log
  readonly sent: Counter
  readonly failed: Counter
}

/** Another reason of the same failure is told after so long. */
const SAY_AGAIN_MS = 60_000

/** Sends what a queue holds, one request after the other, in order. */
export class RemoteSender {
  readonly #options: RemoteSenderOptions
  readonly #stopping = new AbortController()
  #wake: (() => void) | undefined
  readonly #ended: Promise<void>
  #said: { readonly reason: string; readonly atMs: number } | undefined
  /** The place in the queue that is being sent, since when, and how long the next pause is. */
  #attempt: { readonly place: string; readonly sinceMs: number; waitMs: number } | undefined

  constructor(options: RemoteSenderOptions) {
    this.#options = options
    options.queue.onPush(() => this.#wake?.())
    this.#ended = this.#run()
  }

  /** What was not sent stays in the queue. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { queue, log } = this.#options
    while (!this.#stopping.signal.aborted) {
      try {
        // What failed is sent again in small pieces: perhaps the answer took too long.
        const run = await queue.peek(this.#attempt === undefined ? this.#options.limit : undefined)
        if (run === undefined) await this.#pause(undefined)
        else await this.#deliver(run)
      } catch (thrown) {
        log.error('the queue cannot be read', { reason: messageOf(thrown) })
        await this.#pause(this.#options.retry.maxMs)
      }
    }
  }

  /** Once. What is to be sent again is read again, because a full queue may have dropped it meanwhile. */
  async #deliver(run: QueuedRun): Promise<void> {
    const { queue, retry, log, sent, failed } = this.#options
    const place = `${run.segment} ${run.start}`
    if (this.#attempt?.place !== place) {
      this.#attempt = { place, sinceMs: Date.now(), waitMs: retry.initialMs }
    }
    const attempt = this.#attempt
    const outcome = await this.#sendOnce(run.records)
    if (this.#stopping.signal.aborted && outcome.kind !== 'sent') return
    if (outcome.kind === 'later' && Date.now() - attempt.sinceMs < retry.maxElapsedMs) {
      this.#sayFailure(outcome.message)
      // A little less or more, so that many senders do not come back at once.
      const pauseMs = attempt.waitMs * (0.75 + Math.random() / 2)
      attempt.waitMs = Math.min(attempt.waitMs * 1.5, retry.maxMs)
      await this.#pause(Math.max(outcome.afterMs ?? 0, pauseMs))
      return
    }
    await queue.done(run)
    this.#attempt = undefined
    if (outcome.kind === 'sent') {
      if (this.#said !== undefined) log.info('sends again')
      this.#said = undefined
      sent.inc()
      return
    }
    failed.inc()
    log.error('a request is dropped', { reason: outcome.message })
  }

  /** Once, and again when it fails for another reason. */
  #sayFailure(reason: string): void {
    const said = this.#said
    if (said?.reason === reason) return
    const nowMs = Date.now()
    if (said !== undefined && nowMs - said.atMs < SAY_AGAIN_MS) return
    this.#options.log.warn('cannot send now and tries again', { reason })
    this.#said = { reason, atMs: nowMs }
  }

  async #sendOnce(records: readonly Uint8Array[]): Promise<SendOutcome> {
    const signal = AbortSignal.any([
      this.#stopping.signal,
      AbortSignal.timeout(this.#options.timeoutMs),
    ])
    return this.#options.send(records, signal)
  }

  /** Ends early when it is stopped, or, without a time, when a record came. */
  #pause(durationMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = durationMs === undefined ? undefined : setTimeout(resolve, durationMs)
      const wake = (): void => {
        if (durationMs !== undefined && !this.#stopping.signal.aborted) return
        clearTimeout(timer)
        resolve()
      }
      this.#wake = wake
      if (this.#stopping.signal.aborted) wake()
      else if (durationMs === undefined && this.#options.queue.records > 0) wake()
    })
  }
}
