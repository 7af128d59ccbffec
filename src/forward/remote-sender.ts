import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { Counter } from '../self/metrics.ts'
import type { DiskQueue, QueuedRecord } from './disk-queue.ts'
import type { RetrySettings } from './remote-settings.ts'

/** What became of a request. */
export type SendOutcome =
  | { readonly kind: 'sent' }
  /** Sending it again may help; not before `afterMs`, where the other side says so. */
  | { readonly kind: 'later'; readonly message: string; readonly afterMs?: number }
  /** Sending it again does not help. */
  | { readonly kind: 'refused'; readonly message: string }

/** Sends one request. Never rejects. */
export type Send = (request: Uint8Array, signal: AbortSignal) => Promise<SendOutcome>

export interface RemoteSenderOptions {
  readonly queue: DiskQueue
  readonly send: Send
  readonly retry: RetrySettings
  readonly timeoutMs: number
  readonly log: Log
  readonly sent: Counter
  readonly failed: Counter
}

/** Sends what a queue holds, one request after the other, in order. */
export class RemoteSender {
  readonly #options: RemoteSenderOptions
  readonly #stopping = new AbortController()
  #wake: (() => void) | undefined
  readonly #ended: Promise<void>
  #isFailing = false

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
        const record = await queue.peek()
        if (record === undefined) await this.#pause(undefined)
        else await this.#deliver(record)
      } catch (thrown) {
        log.error('the queue cannot be read', { reason: messageOf(thrown) })
        await this.#pause(this.#options.retry.maxMs)
      }
    }
  }

  async #deliver(record: QueuedRecord): Promise<void> {
    const { queue, retry, log, sent, failed } = this.#options
    const startedMs = Date.now()
    for (let waitMs = retry.initialMs; ; waitMs = Math.min(waitMs * 1.5, retry.maxMs)) {
      const outcome = await this.#sendOnce(record.bytes)
      if (this.#stopping.signal.aborted && outcome.kind !== 'sent') return
      if (outcome.kind === 'later' && Date.now() - startedMs < retry.maxElapsedMs) {
        if (!this.#isFailing)
          log.warn('cannot send now and tries again', { reason: outcome.message })
        this.#isFailing = true
        // A little less or more, so that many senders do not come back at once.
        await this.#pause(Math.max(outcome.afterMs ?? 0, waitMs * (0.75 + Math.random() / 2)))
        if (this.#stopping.signal.aborted) return
        continue
      }
      await queue.done(record)
      if (outcome.kind === 'sent') {
        if (this.#isFailing) log.info('sends again')
        this.#isFailing = false
        sent.inc()
        return
      }
      failed.inc()
      log.error('a request is dropped', { reason: outcome.message })
      return
    }
  }

  async #sendOnce(bytes: Uint8Array): Promise<SendOutcome> {
    const signal = AbortSignal.any([
      this.#stopping.signal,
      AbortSignal.timeout(this.#options.timeoutMs),
    ])
    return this.#options.send(bytes, signal)
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
