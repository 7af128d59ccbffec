import type { Log } from './log.ts'
import type { Registry } from './metrics.ts'

/** A part that fails over and over fills no log: what comes sooner is counted and told with the next line. */
const LOG_EVERY_MS = 1000

/**
 * What no part has caught is logged and counted, and the program goes on: a mistake in one part must not end collection and
 * alerting, and what was acknowledged is safe in another process. Without this Node ends the process at the first one. Gives a
 * function that ends it.
 */
export function watchStrayFaults(registry: Registry, log: Log): () => void {
  const counters = registry.counterBy(
    'vedette_stray_faults_total',
    'Errors that no part has caught; each is a defect of this program.',
    ['kind'],
  )
  let loggedMs = Number.NEGATIVE_INFINITY
  let untold = 0
  const note = (kind: 'exception' | 'rejection', thrown: unknown): void => {
    counters.with(kind).inc()
    const nowMs = performance.now()
    if (nowMs - loggedMs < LOG_EVERY_MS) {
      untold++
      return
    }
    log.error('a part has failed in a way that nobody expected; the others go on', {
      kind,
      reason: thrown instanceof Error ? thrown : String(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
      before_this: untold === 0 ? undefined : untold,
    })
    loggedMs = nowMs
    untold = 0
  }
  const onRejection = (thrown: unknown): void => note('rejection', thrown)
  process.on('unhandledRejection', onRejection)
  // Goes before the handlers that the command line has for a start that fails.
  if (!process.hasUncaughtExceptionCaptureCallback()) {
    process.setUncaughtExceptionCaptureCallback((thrown) => note('exception', thrown))
  }
  return () => {
    process.off('unhandledRejection', onRejection)
    process.setUncaughtExceptionCaptureCallback(null)
  }
}
