import { readdirSync, readFileSync } from 'node:fs'
import {
  constants as gcConstants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type IntervalHistogram,
} from 'node:perf_hooks'
import type { Metric, MetricFamily } from '../model/metric-family.ts'
import type { Registry } from './metrics.ts'
import { readProcessMemory } from './process-memory.ts'

/** How often the event loop is probed; the probe's own waiting is taken off the figures. */
const PROBE_INTERVAL_MS = 20

/**
 * Adds what this process uses: `process_*` by the names that every client library gives them, and `vedette_nodejs_*` for heap,
 * garbage collection and event loop. Returns what stops the probes.
 */
export function watchProcess(registry: Registry): () => void {
  const loop = monitorEventLoopDelay({ resolution: PROBE_INTERVAL_MS })
  loop.enable()
  const pauses = new Map<string, { count: number; totalS: number }>()
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = gcKind('detail' in entry ? entry.detail : undefined)
      const seen = pauses.get(kind) ?? { count: 0, totalS: 0 }
      seen.count++
      seen.totalS += entry.duration / 1000
      pauses.set(kind, seen)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  const maxFds = readMaxFds()

  registry.collect(() => [
    ...processFamilies(maxFds),
    ...heapFamilies(),
    ...eventLoopFamilies(loop),
    {
      name: 'vedette_nodejs_gc_duration_seconds',
      help: 'Time spent in garbage collection, by kind.',
      type: 'summary',
      metrics: [...pauses].flatMap(([kind, { count, totalS }]): Metric[] => [
        { labels: ['kind', kind], value: totalS, suffix: '_sum' },
        { labels: ['kind', kind], value: count, suffix: '_count' },
      ]),
    },
  ])
  return () => {
    loop.disable()
    observer.disconnect()
  }
}

function one(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: number | undefined,
): MetricFamily[] {
  return value === undefined ? [] : [{ name, type, help, metrics: [{ labels: [], value }] }]
}

function processFamilies(maxFds: number | undefined): MetricFamily[] {
  const cpu = process.cpuUsage()
  return [
    ...one(
      'process_cpu_seconds_total',
      'counter',
      'Total user and system CPU time spent in seconds.',
      (cpu.user + cpu.system) / 1e6,
    ),
    ...one(
      'process_resident_memory_bytes',
      'gauge',
      'Resident memory size in bytes.',
      process.memoryUsage.rss(),
    ),
    ...one(
      'vedette_process_anonymous_memory_bytes',
      'gauge',
      'Anonymous and shared memory of the main process: what is resident without pages of files.',
      readProcessMemory('self')?.anonymousBytes,
    ),
    ...one(
      'process_virtual_memory_bytes',
      'gauge',
      'Virtual memory size in bytes.',
      readVirtualBytes(),
    ),
    ...one(
      'process_start_time_seconds',
      'gauge',
      'Start time of the process since unix epoch in seconds.',
      Math.round(performance.timeOrigin) / 1000,
    ),
    ...one('process_open_fds', 'gauge', 'Number of open file descriptors.', countOpenFds()),
    ...one('process_max_fds', 'gauge', 'Maximum number of open file descriptors.', maxFds),
  ]
}

function heapFamilies(): MetricFamily[] {
  const memory = process.memoryUsage()
  const spaces: readonly (readonly [string, number])[] = [
    ['heap_used', memory.heapUsed],
    ['heap_total', memory.heapTotal],
    ['external', memory.external],
    ['array_buffers', memory.arrayBuffers],
  ]
  return [
    {
      name: 'vedette_nodejs_memory_bytes',
      type: 'gauge',
      help: 'Memory of the JavaScript engine; array_buffers is a part of external.',
      metrics: spaces.map(([space, value]) => ({ labels: ['space', space], value })),
    },
  ]
}

function eventLoopFamilies(loop: IntervalHistogram): MetricFamily[] {
  const lagS = (ns: number) => Math.max(0, ns / 1e9 - PROBE_INTERVAL_MS / 1000)
  const quantiles = [50, 99, 100].map((percent): Metric => {
    const ns = percent === 100 ? loop.max : loop.percentile(percent)
    // Before the first probe the histogram's maximum is 0 and its minimum is huge.
    return { labels: ['quantile', String(percent / 100)], value: loop.count > 0 ? lagS(ns) : 0 }
  })
  loop.reset()
  const { utilization } = performance.eventLoopUtilization()
  return [
    {
      name: 'vedette_nodejs_event_loop_lag_seconds',
      type: 'gauge',
      help: 'How late the event loop came back, since the previous collection; quantile 1 is the worst.',
      metrics: quantiles,
    },
    ...one(
      'vedette_nodejs_event_loop_utilization_ratio',
      'gauge',
      'Share of its life in which the event loop was busy.',
      utilization,
    ),
  ]
}

function gcKind(detail: unknown): string {
  const kind = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : 0
  switch (kind) {
    case gcConstants.NODE_PERFORMANCE_GC_MAJOR:
      return 'major'
    case gcConstants.NODE_PERFORMANCE_GC_MINOR:
      return 'minor'
    case gcConstants.NODE_PERFORMANCE_GC_INCREMENTAL:
      return 'incremental'
    default:
      return 'weak_callbacks'
  }
}

/** Linux only; undefined where /proc is not there, and then the metric is left out. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readVirtualBytes(): number | undefined {
  const kib = /^VmSize:\s+([0-9]+) kB$/m.exec(readProc('/proc/self/status') ?? '')?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}

function readMaxFds(): number | undefined {
  const limit = /^Max open files\s+([0-9]+)/m.exec(readProc('/proc/self/limits') ?? '')?.[1]
  return limit === undefined ? undefined : Number(limit)
}

function countOpenFds(): number | undefined {
  try {
    // The listing itself holds one descriptor while it runs.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}
