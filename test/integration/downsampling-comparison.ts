import { expect } from 'vitest'
import { createPromqlEngine } from '../../src/query/promql/create.ts'
import type { PromqlEngine, PromqlResult } from '../../src/query/promql/engine.ts'
import type { MetricsSource } from '../../src/store/metrics-source.ts'
import type { MetricsStore } from '../../src/store/metrics-store.ts'
import { MINUTE } from './store-harness.ts'

export const never = new AbortController().signal
const limits = {
  lookbackMs: 5 * MINUTE,
  timeoutMs: 60_000,
  maxSamples: 50_000_000,
  maxSeries: 100_000,
  maxConcurrency: 4,
  defaultStepMs: MINUTE,
}

/** Engines over a store, of which one is answered by raw samples only. */
export function enginesOver(store: MetricsStore): { bucketed: PromqlEngine; raw: PromqlEngine } {
  return {
    bucketed: createPromqlEngine(withBuckets(store), limits),
    raw: createPromqlEngine(rawOnly(store), limits),
  }
}

function withBuckets(store: MetricsStore): MetricsSource {
  return {
    ...rawOnly(store),
    planBuckets: (request, use) => store.buckets.plan(request, use),
    selectBuckets: (request, plan, bounds) => store.buckets.read(request, plan, bounds),
  }
}

/** The same store, asked for raw samples only. */
function rawOnly(store: MetricsStore): MetricsSource {
  return {
    select: (request, bounds) => store.select(request, bounds),
    estimateSamples: (request) => store.estimateSamples(request),
    selectGrid: async () => undefined,
    series: (query, bounds) => store.series(query, bounds),
    labelNames: (query) => store.labelNames(query),
    labelValues: (label, query) => store.labelValues(label, query),
    exemplars: (request, bounds) => store.exemplars(request, bounds),
    metadata: () => new Map(),
  }
}

/** Values by series and time. */
export function cellsOf(result: PromqlResult): Map<string, number> {
  const cells = new Map<string, number>()
  for (const [row, labels] of result.labels.entries()) {
    for (let i = result.offsets[row] as number; i < (result.offsets[row + 1] as number); i++) {
      cells.set(`${labels.toString()} ${result.timestampsMs[i]}`, result.values[i] as number)
    }
  }
  return cells
}

/** The same cells, and values that differ in the last bits at most. */
export function expectEqual(got: PromqlResult, want: PromqlResult, told: string): void {
  const [cells, wanted] = [cellsOf(got), cellsOf(want)]
  expect([...cells.keys()].sort(), told).toEqual([...wanted.keys()].sort())
  for (const [key, value] of wanted) {
    const other = cells.get(key) ?? NaN
    if (Object.is(value, other) || value === other || (value !== value && other !== other)) continue
    const error = Math.abs(value - other) / Math.max(Math.abs(value), Math.abs(other), 1e-3)
    expect(error, `${told}: ${key} is ${other}, not ${value}`).toBeLessThan(1e-12)
  }
}
