/** What turns may take of a frame while the page is being scrolled, and while it stands still. */
const SCROLLING_MS = 2
const STILL_MS = 10
/** Steps from the turn of who waits by a promise to the work that is waited with. */
const STEPS = 6
/** So long after the last movement the page stands still. */
const REST_MS = 120

const waiting = new Set<() => void>()
let isScheduled = false
let scrolledMs = Number.NEGATIVE_INFINITY

if (typeof document !== 'undefined') {
  const note = (): void => {
    scrolledMs = performance.now()
  }
  document.addEventListener('scroll', note, { capture: true, passive: true })
}

/**
 * Runs a piece of work in one of the next frames, in the order of asking, as many pieces in a frame as fit into a part of it: a
 * dozen panels that come to the screen at once would otherwise stop the scrolling. Returns what takes the piece back.
 */
export function takeTurn(run: () => void): () => void {
  waiting.add(run)
  schedule()
  return () => void waiting.delete(run)
}

/** Resolves at the turn of whoever waits; rejects when the signal is aborted before. */
export function waitForTurn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      takeBack()
      reject(new DOMException('the turn is no longer wanted', 'AbortError'))
    }
    const takeBack = takeTurn(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    })
    signal?.addEventListener('abort', leave, { once: true })
  })
}

/** Whether the page is being scrolled. */
export function isScrolling(nowMs = performance.now()): boolean {
  return nowMs - scrolledMs < REST_MS
}

function schedule(): void {
  if (isScheduled || waiting.size === 0) return
  isScheduled = true
  const run = (): void => void runTurns()
  // A page that nobody sees has no frames.
  if (document.hidden) setTimeout(run, 0)
  else requestAnimationFrame(run)
}

async function runTurns(): Promise<void> {
  const startedMs = performance.now()
  const mostMs = isScrolling(startedMs) ? SCROLLING_MS : STILL_MS
  try {
    for (const run of waiting) {
      waiting.delete(run)
      run()
      await workOfWaiter()
      if (performance.now() - startedMs >= mostMs) break
    }
  } finally {
    isScheduled = false
    schedule()
  }
}

/** Who waits for a turn by a promise works a few steps after its turn was given, before the frame is drawn; that counts, too. */
async function workOfWaiter(): Promise<void> {
  for (let step = 0; step < STEPS; step++) await Promise.resolve()
}
