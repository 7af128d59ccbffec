import { queryLines, tailUrl, type StreamJson } from '../api/loki.ts'
import { compareNs, shiftNs, toNs } from './log-line.ts'

/** `live`: each line as soon as it is stored; `polling`: asked for again and again, because there is no way for the first. */
export type FeedStatus = 'connecting' | 'live' | 'polling' | 'failed'

export interface FeedListener {
  readonly onStreams: (streams: readonly StreamJson[]) => void
  readonly onStatus: (status: FeedStatus, reason: string) => void
}

const FIRST_LINES = 200
const POLL_MS = 2000
const POLL_LINES = 1000
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 15_000
const LOOKED_BACK_MS = 3_600_000
/** WebSocket's own code for a server that ends the connection because of the query. */
const INTERNAL_ERROR = 1011

/**
 * Follows a query over a WebSocket, and where none can be opened by asking again and again. A connection that ends is opened anew
 * from where it was. `end` stops it.
 */
export class TailFeed {
  readonly #query: string
  readonly #listener: FeedListener
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #ending = new AbortController()
  #retryMs = FIRST_RETRY_MS
  /** Newest that came; asked for again, because others may be of the same nanosecond. */
  #sinceNs: string

  constructor(query: string, nowMs: number, listener: FeedListener) {
    this.#query = query
    this.#listener = listener
    this.#sinceNs = toNs(nowMs - LOOKED_BACK_MS)
    this.#connect()
  }

  end(): void {
    this.#ending.abort()
    clearTimeout(this.#timer)
    this.#socket?.close()
  }

  #connect(): void {
    this.#listener.onStatus('connecting', '')
    const socket = new WebSocket(tailUrl(this.#query, this.#sinceNs, FIRST_LINES))
    this.#socket = socket
    let isOpen = false
    socket.addEventListener('open', () => {
      isOpen = true
      this.#retryMs = FIRST_RETRY_MS
      if (!this.#hasEnded) this.#listener.onStatus('live', '')
    })
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string' && !this.#hasEnded) this.#take(readMessage(data))
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (this.#hasEnded) return
      if (code === INTERNAL_ERROR) this.#listener.onStatus('failed', reason)
      else if (isOpen) this.#later(() => this.#connect())
      else void this.#poll()
    })
  }

  get #hasEnded(): boolean {
    return this.#ending.signal.aborted
  }

  #take(streams: readonly StreamJson[]): void {
    for (const { values } of streams) {
      for (const [ns] of values) if (compareNs(ns, this.#sinceNs) > 0) this.#sinceNs = ns
    }
    if (streams.length > 0) this.#listener.onStreams(streams)
  }

  #later(act: () => void): void {
    this.#listener.onStatus('connecting', '')
    this.#timer = setTimeout(act, this.#retryMs)
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2)
  }

  async #poll(): Promise<void> {
    try {
      const { data } = await queryLines({
        query: this.#query,
        startNs: this.#sinceNs,
        endNs: shiftNs(toNs(Date.now()), 1n),
        limit: POLL_LINES,
        direction: 'backward',
        signal: this.#ending.signal,
      })
      this.#listener.onStatus('polling', '')
      this.#take(data.resultType === 'streams' ? data.result : [])
    } catch (thrown) {
      if (this.#hasEnded) return
      this.#listener.onStatus('failed', thrown instanceof Error ? thrown.message : String(thrown))
    }
    if (!this.#hasEnded) this.#timer = setTimeout(() => void this.#poll(), POLL_MS)
  }
}

/** The streams of a message of a tail; none where it is something else. */
function readMessage(text: string): readonly StreamJson[] {
  const message: unknown = JSON.parse(text)
  const streams: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 'streams') : undefined
  return Array.isArray(streams) ? streams.filter(isStream) : []
}

function isStream(value: unknown): value is StreamJson {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'stream') === 'object' &&
    Array.isArray(Reflect.get(value, 'values'))
  )
}
