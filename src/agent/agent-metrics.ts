import type { MetricFamily } from '../model/metric-family.ts'
import type { Registry } from '../self/metrics.ts'
import { VERSION } from '../self/version.ts'
import type { SignalQueue, SignalQueueFigures } from './signal-queue.ts'
import type { Signal } from './signal.ts'

/** Adds what an agent tells of itself: who it is, and what waits for the server. */
export function registerAgentMetrics(
  registry: Registry,
  queues: ReadonlyMap<Signal, SignalQueue>,
  hostname: string,
): void {
  registry.collect(() => {
    const figures = [...queues].map(([signal, queue]) => ({ signal, figures: queue.figures() }))
    const gauge = (
      name: string,
      help: string,
      valueOf: (figures: SignalQueueFigures) => number,
    ): MetricFamily => ({
      ...{ name, help, type: 'gauge' },
      metrics: figures.map((each) => ({
        labels: ['signal', each.signal],
        value: valueOf(each.figures),
      })),
    })
    const nowMs = Date.now()
    return [
      {
        name: 'vedette_agent_info',
        help: 'An agent; its samples end when it does, or when nothing of it reaches the server.',
        type: 'gauge',
        metrics: [{ labels: ['hostname', hostname, 'version', VERSION], value: 1 }],
      },
      gauge(
        'vedette_agent_queue_bytes',
        'What waits on disk for the server.',
        ({ sizeBytes }) => sizeBytes,
      ),
      gauge(
        'vedette_agent_queue_max_bytes',
        'What may wait on disk at most.',
        ({ maxBytes }) => maxBytes,
      ),
      gauge(
        'vedette_agent_queue_oldest_seconds',
        'How long what is oldest has been waiting; 0: nothing waits.',
        ({ oldestMs }) => (oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs) / 1000),
      ),
    ]
  })
}
