import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks until there is an answer (anything but undefined and false). What it throws counts as no answer yet, and is told
 * when the time is over. That is no measure of speed: it ends the wait for what will never come, also on a machine that is slow.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 120_000,
): Promise<Exclude<T, undefined | false>> {
  const deadlineMs = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const found = await look()
      if (isAnswer(found)) return found
      last = undefined
    } catch (thrown) {
      last = thrown
    }
    if (performance.now() > deadlineMs) {
      const reason = last instanceof Error ? `: ${last.message}` : ''
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}${reason}`, { cause: last })
    }
    await sleep(40)
  }
}

function isAnswer<T>(found: T): found is Exclude<T, undefined | false> {
  return found !== undefined && found !== false
}
