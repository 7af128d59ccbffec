import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { messageOf } from '../model/problem.ts'
import { ApiError, RefusedError } from './api-client.ts'
import { byTime, keyOf, readLines, type LogLine } from './logs-answer.ts'
import type { LogsClient } from './logs-client.ts'
import type { LinePrinter } from './logs-show.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

export interface Following {
  readonly client: LogsClient
  readonly query: string
  readonly printer: LinePrinter
  readonly terminal: Terminal
  readonly ended: Promise<unknown>
}

const POLL_MS = 1000
const POLL_LIMIT = 1000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 10_000

/** Lines are known by what they are, so that none is shown twice after a new connection; so many are remembered. */
const MAX_REMEMBERED = 5000

/** The server has no live tail. */
class NoTail extends Error {
  override readonly name = 'NoTail'
}

/**
 * Shows new lines as they come until `ended` resolves: over the WebSocket of a live tail, begun anew where the last line was when the
 * connection breaks, or by asking every second where there is no live tail. Throws `ApiError` when the server refuses the query, or
 * cannot be reached at the beginning.
 */
export async function followLogs(following: Following, shown: readonly LogLine[]): Promise<void> {
  const { terminal, ended, client } = following
  const memory = new Memory(shown, terminal.nowMs())
  const stop = new AbortController()
  void ended.then(() => stop.abort())
  let retryMs = FIRST_RETRY_MS
  let canTail = true
  let lastSaid = ''
  while (!stop.signal.aborted) {
    const begunMs = terminal.nowMs()
    try {
      if (canTail) await tail(following, memory, stop.signal)
      else await poll(following, memory, stop.signal)
    } catch (thrown) {
      if (stop.signal.aborted) return
      if (thrown instanceof NoTail) {
        canTail = false
        continue
      }
      if (thrown instanceof RefusedError) throw thrown
      if (terminal.nowMs() - begunMs > LONGEST_RETRY_MS) {
        retryMs = FIRST_RETRY_MS
        lastSaid = ''
      }
      const said = `-- ${client.url}: ${messageOf(thrown)}; trying again --\n`
      if (said !== lastSaid) terminal.remark(said)
      lastSaid = said
      await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => undefined)
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    }
  }
}

/** What was shown, so that a new connection goes on where the last one ended. */
class Memory {
  readonly #keys = new Set<string>()
  #lastNs: bigint

  constructor(shown: readonly LogLine[], nowMs: number) {
    this.#lastNs = shown.at(-1)?.timestampNs ?? BigInt(nowMs) * 1_000_000n
    for (const line of shown) this.#keys.add(keyOf(line))
  }

  /** From where to ask: lines of the same time may have come since. */
  get startNs(): bigint {
    return this.#lastNs
  }

  /** Those lines that were not shown yet. */
  take(lines: readonly LogLine[]): LogLine[] {
    return lines.filter((line) => {
      const key = keyOf(line)
      if (this.#keys.has(key)) return false
      this.#keys.add(key)
      if (line.timestampNs > this.#lastNs) this.#lastNs = line.timestampNs
      if (this.#keys.size > MAX_REMEMBERED) {
        const [oldest] = this.#keys
        if (oldest !== undefined) this.#keys.delete(oldest)
      }
      return true
    })
  }
}

/** One connection; resolves when `signal` ends it, rejects when it breaks. */
function tail(
  { client, query, printer, terminal }: Following,
  memory: Memory,
  signal: AbortSignal,
): Promise<void> {
  const { url, headers } = client.socket('tail', {
    query,
    start: String(memory.startNs),
    limit: String(POLL_LIMIT),
  })
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      headers: { ...headers, 'x-loki-response-encoding-flags': 'categorize-labels' },
      handshakeTimeout: 10_000,
      maxPayload: 64 * 1024 * 1024,
    })
    const end = (): void => {
      socket.close()
      // A server that does not answer the farewell keeps nobody waiting.
      setTimeout(() => socket.terminate(), 500).unref()
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    socket.on('unexpected-response', (_request, response) => {
      void readRefusal(response).then((said) => {
        const status = response.statusCode ?? 0
        const isRefused = status === 401 || status === 403 || status === 429
        reject(isRefused ? new RefusedError(said) : new NoTail(said))
        return undefined
      })
    })
    socket.on('message', (data) => {
      const message = parseMessage(Buffer.isBuffer(data) ? data.toString('utf8') : '')
      // Streams of one message follow each other; their lines are told in the order of time.
      printer.print(memory.take(readLines(message).sort(byTime)))
      const dropped = countDropped(message)
      if (dropped > 0) terminal.remark(`-- ${dropped} lines were left out: too many at once --\n`)
    })
    socket.on('error', (error) => reject(error))
    socket.on('close', (_code, reason) => {
      signal.removeEventListener('abort', end)
      const said = printable(reason.toString())
      reject(new ApiError(said === '' ? 'the connection was closed' : said))
    })
  })
}

/** Also with a status of 400 the query was accepted before by `query_range`: what is refused is the WebSocket. */
async function readRefusal(response: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of response) if (text.length < 1000) text += String(chunk)
  return printable(text.trim()).slice(0, 1000)
}

function parseMessage(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function countDropped(message: unknown): number {
  if (typeof message !== 'object' || message === null || !('dropped_entries' in message)) return 0
  return Array.isArray(message.dropped_entries) ? message.dropped_entries.length : 0
}

/** Asks again and again for what is new. */
async function poll(
  { client, query, printer, terminal }: Following,
  memory: Memory,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(POLL_MS, undefined, { signal })
    const answer = await client.ask('query_range', {
      query,
      direction: 'forward',
      limit: String(POLL_LIMIT),
      start: String(memory.startNs),
      end: String((BigInt(Math.round(terminal.nowMs())) + 60_000n) * 1_000_000n),
    })
    printer.print(memory.take(readLines(answer).sort(byTime)))
  }
}
