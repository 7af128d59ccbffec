import type { Clock } from '../clock.ts'
import type { SendOutcome } from '../notify/receiver-kind.ts'
import type { Slots } from './slots.ts'

/** The back-off of the original (cenkalti/backoff): half a second, half as much again each time, a minute at most. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
const GROWTH = 1.5
const SPREAD = 0.5

/** What came of one attempt, and how many there were before it. */
export type AttemptListener = (attempt: number, outcome: SendOutcome, durationMs: number) => void

export interface DeliverOptions {
  readonly clock: Clock
  /** Of those who send to the same place; an attempt has one, a pause has none. */
  readonly slots: Slots
  /** When to give up: the group's next flush tries again. */
  readonly timeoutMs: number
  /** Gives up at once. */
  readonly signal: AbortSignal
  readonly onAttempt: AttemptListener
  /** In [0, 1). */
  readonly random: () => number
}

/**
 * Sends until it succeeds, cannot succeed, or the time is up. Pauses grow and are spread, so that a receiver that comes back is
 * not met by all at once; a receiver that said when to come back is not asked before. Resolves to the last outcome.
 */
export async function deliver(
  send: (signal: AbortSignal) => Promise<SendOutcome>,
  { clock, slots, timeoutMs, signal, onAttempt, random }: DeliverOptions,
): Promise<SendOutcome> {
  const limit = new AbortController()
  const giveUp = (): void => limit.abort()
  const cancelTimer = clock.after(timeoutMs, giveUp)
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  let last: SendOutcome | undefined
  let pauseMs = FIRST_PAUSE_MS
  try {
    for (let attempt = 1; !limit.signal.aborted; attempt++) {
      const leave = await slots.enter(clock, limit.signal)
      if (leave === undefined) break
      const startedMs = clock.nowMs()
      const outcome = await sendOnce(send, limit.signal).finally(leave)
      onAttempt(attempt, outcome, clock.nowMs() - startedMs)
      if (outcome.ok || !outcome.retry) return outcome
      // What was cut off says less than why the attempts before it failed.
      if (!limit.signal.aborted || attempt === 1) last = outcome
      const spreadMs = pauseMs * (1 - SPREAD + 2 * SPREAD * random())
      await pause(clock, Math.max(spreadMs, outcome.retryAfterMs ?? 0), limit.signal)
      pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS)
    }
    return last ?? unsent(signal)
  } finally {
    cancelTimer()
    signal.removeEventListener('abort', giveUp)
  }
}

/** A notifier that throws has a fault of ours: the next flush tries again, with a reason in the log. */
async function sendOnce(
  send: (signal: AbortSignal) => Promise<SendOutcome>,
  signal: AbortSignal,
): Promise<SendOutcome> {
  try {
    return await send(signal)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    return { ok: false, retry: false, reason, failure: 'other' }
  }
}

function unsent(signal: AbortSignal): SendOutcome {
  return signal.aborted
    ? { ok: false, retry: true, reason: 'stopped before it was sent', failure: 'contextCanceled' }
    : {
        ok: false,
        retry: true,
        reason: 'too many others to the same receiver took all the time',
        failure: 'contextDeadlineExceeded',
      }
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    const stop = (): void => {
      cancel()
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}
