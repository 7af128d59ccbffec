import type { Socket } from 'node:net'

/** As Go's bufio.Scanner, which refuses longer lines. */
const MAX_WAITING_BYTES = 64 * 1024

/** Reads what comes over a connection by lines and by bytes. Rejects with the socket's error, and when the signal aborts. */
export class SocketReader {
  readonly #socket: Socket
  readonly #signal: AbortSignal
  #waiting = Buffer.alloc(0)
  #ended = false
  #fault: Error | undefined
  #wake: () => void = () => undefined

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket
    this.#signal = signal
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onEnd)
    socket.on('error', this.#onError)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** The next line without its end; undefined when the other side has closed the connection. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#waiting.indexOf(10)
      if (end >= 0)
        return this.#take(end + 1)
          .toString('utf8')
          .replace(/\r?\n$/, '')
      if (this.#ended) {
        const rest = this.#take(this.#waiting.length).toString('utf8')
        return rest === '' ? undefined : rest
      }
      if (this.#waiting.length > MAX_WAITING_BYTES) throw new Error('a line is too long')
      await this.#more()
    }
  }

  /** The next bytes; fewer when the other side has closed the connection. */
  async bytes(count: number): Promise<Uint8Array> {
    while (this.#waiting.length < count && !this.#ended) await this.#more()
    return this.#take(Math.min(count, this.#waiting.length))
  }

  /** Leaves the connection to another reader. */
  release(): void {
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('close', this.#onEnd)
    this.#socket.off('error', this.#onError)
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#socket.pause()
  }

  #take(count: number): Buffer {
    const taken = this.#waiting.subarray(0, count)
    this.#waiting = this.#waiting.subarray(count)
    if (this.#waiting.length <= MAX_WAITING_BYTES) this.#socket.resume()
    return taken
  }

  async #more(): Promise<void> {
    this.#check()
    await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#check()
  }

  #check(): void {
    this.#signal.throwIfAborted()
    if (this.#fault !== undefined) throw this.#fault
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#waiting = Buffer.concat([this.#waiting, chunk])
    if (this.#waiting.length > MAX_WAITING_BYTES) this.#socket.pause()
    this.#wake()
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    this.#wake()
  }

  readonly #onError = (error: Error): void => {
    this.#fault = error
    this.#wake()
  }

  readonly #onAbort = (): void => this.#wake()
}
