import type { Core } from './core.ts'
import { messageOf } from './model/problem.ts'
import type { Dropped } from './store/retention.ts'

const RETENTION_INTERVAL_MS = 10 * 60_000

/** Applies the retention of a store now and every ten minutes, until the returned function is called. `what` is for the log. */
export function keepRetention(
  { log }: Core,
  store: { applyRetention(): Promise<Dropped> },
  what: 'metrics' | 'logs' | 'traces',
): () => void {
  const apply = async (): Promise<void> => {
    try {
      const { partitions, bytes } = await store.applyRetention()
      if (partitions > 0) log.info(`dropped ${what} past their retention`, { partitions, bytes })
    } catch (thrown) {
      log.warn(`retention of ${what} could not be applied; it will be tried again`, {
        reason: messageOf(thrown),
      })
    }
  }
  void apply()
  const timer = setInterval(() => void apply(), RETENTION_INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
