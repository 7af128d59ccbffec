import { messageOf } from '../../model/problem.ts'
import type { MakingDeps } from './discoveries.ts'
import type { Discovery, TargetGroup } from './target-group.ts'

export interface RefreshOptions {
  /** `docker`: names the discovery in metrics and in the log. */
  readonly mechanism: string
  readonly intervalMs: number
  /** The groups as they are now. Rejects when they cannot be found out: those found before stay. */
  readonly find: (signal: AbortSignal) => Promise<readonly TargetGroup[]>
  /** What is held open is let go; nothing is found any more. */
  readonly close?: () => Promise<void>
}

/** A discovery that asks at an interval (discovery/refresh). A fault is said once, until it is another or over. */
export function refreshDiscovery(
  options: RefreshOptions,
  { job, log, metrics }: MakingDeps,
): Discovery {
  const { mechanism, intervalMs, find, close } = options
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let said = ''

  const attempt = async (update: (groups: readonly TargetGroup[]) => void): Promise<void> => {
    const begunMs = performance.now()
    const fault = await find(abort.signal).then(
      (groups) => {
        if (!abort.signal.aborted) update(groups)
        return ''
      },
      (thrown: unknown) => messageOf(thrown) || 'it failed',
    )
    if (abort.signal.aborted) return
    metrics.noteRefresh(job, mechanism, performance.now() - begunMs, fault !== '')
    if (fault !== '' && fault !== said) {
      log.warn('targets cannot be discovered; those found before stay', {
        ...{ discovery: mechanism, reason: fault },
      })
    }
    said = fault
  }

  return {
    start(update) {
      const run = async (): Promise<void> => {
        await attempt(update)
        if (abort.signal.aborted) return
        timer = setTimeout(() => void run(), intervalMs)
        timer.unref()
      }
      void run()
    },
    stop() {
      abort.abort()
      clearTimeout(timer)
      void close?.()
    },
  }
}
