import type { MetricFamily } from '../model/metric-family.ts'
import type { Registry } from '../self/metrics.ts'
import { readProcessMemory } from '../self/process-memory.ts'
import type { EngineHandle } from './supervise.ts'

/** What to alert on when the store itself is in trouble. */
export function registerEngineMetrics(registry: Registry, engine: EngineHandle): void {
  registry.collect(() => [
    one('vedette_engine_ready', 'gauge', 'Whether the engine serves.', engine.ready ? 1 : 0),
    one(
      'vedette_engine_restarts_total',
      'counter',
      'How often the engine was started again.',
      engine.restarts,
    ),
    one(
      'vedette_engine_memory_reliefs_total',
      'counter',
      "How often a statement met the engine's memory limit, and the engine dropped its caches for it.",
      engine.reliefs,
    ),
    one(
      'vedette_engine_disk_full',
      'gauge',
      'Whether inserts are refused because the disk is nearly full.',
      engine.diskFull ? 1 : 0,
    ),
    ...(engine.disk === undefined
      ? []
      : [
          one(
            'vedette_engine_disk_free_bytes',
            'gauge',
            'Free space on the disk of the data directory.',
            engine.disk.freeBytes,
          ),
        ]),
    ...memoryFamilies(engine.pid),
  ])
}

/** As `process_resident_memory_bytes` is for the main process; nothing while the engine is not running. */
function memoryFamilies(pid: number | undefined): MetricFamily[] {
  const memory = pid === undefined ? undefined : readProcessMemory(pid)
  if (memory === undefined) return []
  return [
    one(
      'vedette_engine_resident_memory_bytes',
      'gauge',
      "Resident memory of the engine's process, with up to 200 MiB of clean pages of its library.",
      memory.residentBytes,
    ),
    one(
      'vedette_engine_anonymous_memory_bytes',
      'gauge',
      "Anonymous and shared memory of the engine's process: what is resident without pages of files.",
      memory.anonymousBytes,
    ),
  ]
}

function one(name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily {
  return { name, type, help, metrics: [{ labels: [], value }] }
}
