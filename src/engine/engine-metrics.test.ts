import { describe, expect, it } from 'vitest'
import { createRegistry } from '../self/metrics.ts'
import { registerEngineMetrics } from './engine-metrics.ts'
import type { EngineHandle } from './supervise.ts'

function engineWith(pid: number | undefined): EngineHandle {
  return {
    url: 'http://localhost',
    socketPath: '',
    pid,
    ready: pid !== undefined,
    status: { state: pid === undefined ? 'down' : 'ready', reason: '', diskFull: false },
    diskFull: false,
    disk: { full: false, freeBytes: 5e9, wantedBytes: 1e9 },
    lastPingMs: 0,
    restarts: 3,
    reliefs: 2,
    onStateChange: () => () => undefined,
    whenReady: () => Promise.resolve(),
    restart: () => undefined,
    giveBackCleanPages: () => undefined,
    stop: () => Promise.resolve(),
  }
}

function valuesOf(engine: EngineHandle): Map<string, number | undefined> {
  const registry = createRegistry()
  registerEngineMetrics(registry, engine)
  return new Map(registry.families().map(({ name, metrics }) => [name, metrics[0]?.value]))
}

describe('registerEngineMetrics', () => {
  it('tells state, restarts and disk', () => {
    const values = valuesOf(engineWith(undefined))
    expect(values.get('vedette_engine_ready')).toBe(0)
    expect(values.get('vedette_engine_restarts_total')).toBe(3)
    expect(values.get('vedette_engine_memory_reliefs_total')).toBe(2)
    expect(values.get('vedette_engine_disk_full')).toBe(0)
    expect(values.get('vedette_engine_disk_free_bytes')).toBe(5e9)
  })

  it('tells no memory while there is no process', () => {
    const names = [...valuesOf(engineWith(undefined)).keys()]
    expect(names.filter((name) => name.includes('memory_bytes'))).toEqual([])
  })

  it.runIf(process.platform === 'linux')('tells the memory of its process', () => {
    const values = valuesOf(engineWith(process.pid))
    const resident = values.get('vedette_engine_resident_memory_bytes') ?? 0
    const anonymous = values.get('vedette_engine_anonymous_memory_bytes') ?? 0
    expect(anonymous).toBeGreaterThan(1e6)
    expect(resident).toBeGreaterThan(anonymous)
  })
})
