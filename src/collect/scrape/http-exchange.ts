import type { Dispatcher } from 'undici'
import type { BodyShare } from './body-room.ts'
import { PageBuffer } from './page-buffer.ts'
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
  /** Where the bytes of the body are taken from; while there is no room the connection waits. */
  readonly share: BodyShare
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
    request.share.onEvicted = receiver.evict
    dispatcher.dispatch({ origin, path, method: 'GET', headers }, receiver)
  })
}

class Receiver implements Dispatcher.DispatchHandler {
  readonly #request: Exchange
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: Error) => void
  #body: PageBuffer
  #length = 0
  #controller: Dispatcher.DispatchController | undefined
  #head: Omit<Answer, 'body'> | undefined
  #isSettled = false
  #waiting: Promise<void> | undefined

  constructor(
    request: Exchange,
    resolve: (answer: Answer) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request
    this.#body = new PageBuffer(request.share)
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Without waiting for the connection, which may hang for longer than the scrape may take. */
  readonly abort = (): void => {
    const reason = 'context deadline exceeded'
    this.#fail(this.#head === undefined ? new Error(reason) : new BrokenAnswer(reason))
    this.#hangUp()
  }

  readonly evict = (fault: Error): void => this.#refuse(fault)

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
    if (statusCode !== 200) return
    const announcedBytes = Number(headers['content-length'] ?? 0)
    // What says to be too long need not be read.
    if (announcedBytes > this.#request.maxBytes) this.#refuse(new BodySizeFault())
    else this.#body = new PageBuffer(this.#request.share, announcedBytes)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#head === undefined || this.#isSettled) return
    this.#length += chunk.length
    if (this.#head.statusCode !== 200) {
      if (this.#length <= DRAINED_BYTES) return
      this.#finish()
      this.#hangUp()
    } else if (this.#length > this.#request.maxBytes) {
      this.#refuse(new BodySizeFault())
    } else this.#keep(controller, chunk)
  }

  onResponseEnd(): void {
    if (this.#waiting === undefined) this.#finish()
    else void this.#waiting.then(() => this.#finish())
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#head === undefined ? error : new BrokenAnswer(error.message, { cause: error }))
  }

  #keep(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const added = this.#body.add(chunk)
    if (added === undefined) return
    controller.pause()
    this.#waiting = this.#goOnAfter(added, controller)
  }

  async #goOnAfter(added: Promise<void>, controller: Dispatcher.DispatchController): Promise<void> {
    try {
      await added
    } catch (thrown) {
      this.#refuse(thrown instanceof Error ? thrown : new BodySizeFault())
      return
    }
    this.#waiting = undefined
    controller.resume()
  }

  #finish(): void {
    if (this.#head === undefined || !this.#settle()) return
    this.#resolve({ ...this.#head, body: this.#body.finish() })
  }

  #refuse(fault: Error): void {
    this.#fail(fault)
    this.#hangUp()
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
