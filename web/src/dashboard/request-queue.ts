import { isScrolling, waitForTurn as waitForFrame } from './frame-turns.ts'

/** A browser opens six connections to a server; more requests at once would only wait there, where they cannot be taken back. */
const MOST_AT_ONCE = 6

let running = 0
const waiting: (() => void)[] = []

/**
 * Runs requests, at most six at a time, in the order in which they were asked for. One whose signal is aborted while it waits
 * never starts.
 */
export async function enqueue<T>(
  run: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (running >= MOST_AT_ONCE) await waitForTurn(signal)
  signal?.throwIfAborted()
  running++
  try {
    // Starting a request takes the browser two milliseconds; the six of one panel would be a long frame.
    if (isScrolling()) await waitForFrame(signal)
    return await run()
  } finally {
    running--
    waiting.shift()?.()
  }
}

function waitForTurn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      const place = waiting.indexOf(start)
      if (place >= 0) waiting.splice(place, 1)
      reject(new DOMException('the request is no longer wanted', 'AbortError'))
    }
    signal?.addEventListener('abort', leave, { once: true })
    waiting.push(start)
  })
}
