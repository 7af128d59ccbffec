import type { Core } from './core.ts'
import { messageOf } from './model/problem.ts'
import { registerDownsamplingMetrics } from './store/downsample/downsampling-metrics.ts'
import type { MetricsStore } from './store/metrics-store.ts'

const PASS_INTERVAL_MS = 10 * 60_000

/**
 * Makes old samples into aggregates (docs/downsampling.md), now and every ten minutes, as the configuration in force says. Returns what
 * ends it; a day that is under way is begun again at the next start.
 */
export function keepDownsampled(core: Core, store: MetricsStore): () => Promise<void> {
  const { downsampler } = store.buckets
  const { log, config } = core
  registerDownsamplingMetrics(core.registry, downsampler)
  const ending = new AbortController()
  const pass = async (): Promise<void> => {
    downsampler.setLevels(config().downsampling)
    try {
      const { madeDays, samples, droppedPartitions } = await downsampler.pass(ending.signal)
      if (madeDays > 0) log.info('downsampled days of metrics', { days: madeDays, samples })
      if (droppedPartitions > 0)
        log.info('dropped aggregates past their time', { partitions: droppedPartitions })
    } catch (thrown) {
      if (ending.signal.aborted) return
      log.warn('metrics could not be downsampled; it will be tried again', {
        reason: messageOf(thrown),
      })
    }
  }
  void pass()
  const timer = setInterval(() => void pass(), PASS_INTERVAL_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    ending.abort()
    await downsampler.idle()
  }
}
