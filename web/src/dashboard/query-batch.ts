import type {
  QueryBatchLineJson,
  QueryBatchRequestJson,
} from '../../../src/contract/query-batch.ts'
import { ApiError, faultOf, parseAnswer, requestLines } from '../api/client.ts'
import { isScrolling, waitForTurn } from './frame-turns.ts'

const PATH = '/api/vedette/query-batch'
/** The server takes a hundred; with fewer, their answers are made by several of its turns. */
const MOST_TOGETHER = 40
/** Batches under way; a browser opens six connections to a server, and other requests need some. */
const MOST_AT_ONCE = 4
/** While the page is scrolled, so long is waited for what else comes to the screen: panels are made ready half a screen ahead. */
const SCROLLING_WAIT_MS = 120

/** A query that waits for its answer. */
interface Ask {
  readonly target: string
  readonly signal: AbortSignal | undefined
  /** Takes its line of the answer. */
  readonly settle: (line: string) => Promise<void>
  readonly fail: (reason: unknown) => void
}

let waiting: Ask[] = []
let running = 0
let isScheduled = false

/**
 * Asks our own Prometheus API for `target` (a path with its parameters, below `/api/v1`) together with what others ask at about the same
 * time: a request costs the browser two milliseconds, and the panels that come to the screen at once have dozens of queries. Rejects
 * with an `ApiError`, or when the signal is aborted.
 */
export function askTogether<T>(target: string, signal: AbortSignal | undefined): Promise<T | null> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const leave = (): void => {
      waiting = waiting.filter((one) => one !== ask)
      reject(new DOMException('the query is no longer wanted', 'AbortError'))
    }
    const settle = async (line: string): Promise<void> => {
      try {
        // The answers of a dozen panels may come at once.
        if (isScrolling()) await waitForTurn(signal)
        const { status, body } = await parseAnswer<QueryBatchLineJson<T>>(line, 200)
        if (status >= 300)
          throw new ApiError(status, faultOf(body) ?? `the query failed: ${status}`)
        signal?.removeEventListener('abort', leave)
        resolve(body)
      } catch (thrown) {
        fail(thrown)
      }
    }
    const fail = (reason: unknown): void => {
      signal?.removeEventListener('abort', leave)
      reject(reason instanceof Error ? reason : new Error(String(reason)))
    }
    const ask: Ask = { target, signal, settle, fail }
    signal?.addEventListener('abort', leave, { once: true })
    waiting.push(ask)
    schedule()
  })
}

function schedule(): void {
  if (isScheduled || waiting.length === 0 || running >= MOST_AT_ONCE) return
  isScheduled = true
  setTimeout(
    () => {
      isScheduled = false
      const asks = waiting.splice(0, MOST_TOGETHER)
      if (asks.length > 0) void send(asks)
      schedule()
    },
    isScrolling() ? SCROLLING_WAIT_MS : 0,
  )
}

/** Sends one batch; it is taken back when nobody wants any of its answers. */
async function send(asks: readonly Ask[]): Promise<void> {
  running++
  const abort = new AbortController()
  const open = new Set(asks)
  const drop = (ask: Ask): void => {
    if (open.delete(ask) && open.size === 0) abort.abort()
  }
  for (const ask of asks) ask.signal?.addEventListener('abort', () => drop(ask), { once: true })
  const body: QueryBatchRequestJson = { requests: asks.map(({ target }) => target) }
  try {
    await requestLines(PATH, { body, signal: abort.signal }, (line) => {
      const ask = asks[Number(/^\{"at":(\d+)/.exec(line)?.[1])]
      if (ask && open.delete(ask)) void ask.settle(line)
    })
    throw new ApiError(0, 'the server ended an answer before it was whole')
  } catch (thrown) {
    for (const ask of open) ask.fail(thrown)
  } finally {
    running--
    schedule()
  }
}
