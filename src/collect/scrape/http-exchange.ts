import type { Dispatcher } from 'undici'
import { BodySizeFault } from './page-source.ts'

/** So much of an answer that is no page is read, so that its connection can be used again. */
const DRAINED_BYTES = 64 * 1024

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

/** The answer to one request. */
export interface Answer {
  readonly statusCode: number
  /** `404 Not Found`, as it came. */
  readonly status: string
  /** Names in lower case. */
  readonly headers: Headers
  /** As it came, still compressed; empty unless the status is 200. */
  readonly body: Buffer
}

/** The connection failed after the answer had begun. */
export class BrokenAnswer extends Error {}

export interface Exchange {
  /** `http://host:port` */
  readonly origin: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[]>>
  /** A body of more bytes is refused with `BodySizeFault`. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/**
 * One GET request. Rejects at once when the signal aborts, with `BrokenAnswer` when the body breaks off, and with the socket's own
 * error before that.
 */
export function exchange(dispatcher: Dispatcher, request: Exchange): Promise<Answer> {
  const { origin, path, headers, signal } = request
  return new Promise((resolve, reject) => {
    const receiver = new Receiver(request, resolve, reject)
    if (signal.aborted) {
      receiver.abort()
      return
    }
    signal.addEventListener('abort', receiver.abort, { once: true })
    dispatcher.dispatch({ origin, path, method: 'GET', headers }, receiver)
  })
}

class Receiver implements Dispatcher.DispatchHandler {
  readonly #request: Exchange
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: Error) => void
  readonly #chunks: Buffer[] = []
  #length = 0
  #controller: Dispatcher.DispatchController | undefined
  #head: Omit<Answer, 'body'> | undefined
  #isSettled = false

  constructor(
    request: Exchange,
    resolve: (answer: Answer) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Without waiting for the connection, which may hang for longer than the scrape may take. */
  readonly abort = (): void => {
    const reason = 'context deadline exceeded'
    this.#fail(this.#head === undefined ? new Error(reason) : new BrokenAnswer(reason))
    this.#hangUp()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isSettled) this.#hangUp()
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    statusCode: number,
    headers: Headers,
    statusText = '',
  ): void {
    if (statusCode < 200) return
    this.#head = { statusCode, status: `${statusCode} ${statusText}`.trimEnd(), headers }
    // What says to be too long need not be read.
    if (statusCode === 200 && Number(headers['content-length']) > this.#request.maxBytes) {
      this.#fail(new BodySizeFault())
      this.#hangUp()
    }
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#head === undefined || this.#isSettled) return
    this.#length += chunk.length
    if (this.#head.statusCode !== 200) {
      if (this.#length <= DRAINED_BYTES) return
      this.#finish()
      this.#hangUp()
    } else if (this.#length > this.#request.maxBytes) {
      this.#fail(new BodySizeFault())
      this.#hangUp()
    } else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#finish()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#head === undefined ? error : new BrokenAnswer(error.message, { cause: error }))
  }

  #finish(): void {
    if (this.#head === undefined || !this.#settle()) return
    this.#resolve({ ...this.#head, body: Buffer.concat(this.#chunks) })
  }

  #fail(error: Error): void {
    if (this.#settle()) this.#reject(error)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#request.signal.removeEventListener('abort', this.abort)
    return true
  }

  #hangUp(): void {
    this.#controller?.abort(new Error('no longer wanted'))
  }
}
