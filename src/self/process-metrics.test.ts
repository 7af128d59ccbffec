import { describe, expect, it } from 'vitest'
import { createRegistry } from './metrics.ts'
import { watchProcess } from './process-metrics.ts'

describe('watchProcess', () => {
  it('shows this process under the names of the client libraries', () => {
    const registry = createRegistry()
    const stop = watchProcess(registry)
    try {
      const values = new Map(registry.families().map((f) => [f.name, f.metrics[0]?.value ?? 0]))
      expect(values.get('process_cpu_seconds_total')).toBeGreaterThan(0)
      expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
      expect(values.get('vedette_process_anonymous_memory_bytes')).toBeGreaterThan(1e6)
      expect(values.get('process_virtual_memory_bytes')).toBeGreaterThan(1e6)
      expect(values.get('process_open_fds')).toBeGreaterThan(2)
      expect(values.get('process_max_fds')).toBeGreaterThan(2)
      const startS = values.get('process_start_time_seconds') ?? 0
      expect(Math.abs(Date.now() / 1000 - process.uptime() - startS)).toBeLessThan(5)
      expect(values.get('vedette_nodejs_memory_bytes')).toBeGreaterThan(0)
      expect(values.has('vedette_nodejs_event_loop_lag_seconds')).toBe(true)
    } finally {
      stop()
    }
  })
})
