import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { createPromqlEngine } from './create.ts'
import type { PromqlResult } from './engine.ts'
import { MemorySource } from './testing/memory-source.ts'
import { SCRIPT_LIMITS } from './testing/run-script.ts'

const MINUTE = 60_000
const STEPS = 24

/** Counters and gauges that come, go, are reset, have gaps and staleness markers; always the same ones. */
function irregularSource(): MemorySource {
  const source = new MemorySource()
  let state = 7
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const instances = ['a', 'b', 'c', 'd']
  for (const instance of instances) {
    for (const job of ['x', 'y']) {
      const labels = { instance, job }
      const fromMinute = Math.floor(next() * 8)
      const toMinute = 12 + Math.floor(next() * 20)
      let counter = 0
      for (let atMs = fromMinute * MINUTE; atMs < toMinute * MINUTE; atMs += 15_000) {
        counter = next() < 0.03 ? 0 : counter + Math.floor(next() * 10)
        if (next() < 0.15) continue
        const value = next() < 0.02 ? NaN : next() < 0.03 ? 'stale' : undefined
        const at = atMs + Math.floor(next() * 1000)
        source.add(Labels.from({ __name__: 'c_total', ...labels }), at, value ?? counter)
        source.add(Labels.from({ __name__: 'g', ...labels }), at, value ?? 100 * next())
        for (const [i, le] of ['1', '5', '+Inf'].entries()) {
          source.add(Labels.from({ __name__: 'h_bucket', le, ...labels }), at, value ?? counter + i)
        }
      }
    }
  }
  return source
}

/** The samples of a result at one time, by label set. */
function samplesAt(result: PromqlResult, timestampMs: number): Map<string, number> {
  const out = new Map<string, number>()
  for (let row = 0; row < result.offsets.length - 1; row++) {
    const from = result.offsets[row] as number
    const to = result.offsets[row + 1] as number
    const at = result.timestampsMs.subarray(from, to).indexOf(timestampMs)
    if (at >= 0) out.set(String(result.labels[row] ?? ''), result.values[from + at] as number)
  }
  return out
}

const QUERIES = [
  'g',
  'g offset 90s',
  'rate(c_total[3m])',
  'sum by (job) (rate(c_total[3m]))',
  'avg without (instance) (increase(c_total[5m]))',
  'stddev by (job) (g) + count by (job) (g)',
  'topk(2, g)',
  'bottomk by (job) (1, g)',
  'quantile by (instance) (0.3, g)',
  'count_values by (job) ("v", round(g, 50))',
  'limitk(3, g) or limit_ratio(0.5, c_total)',
  'g - on (instance, job) c_total',
  'g * on (instance) group_left () sum by (instance) (c_total)',
  'c_total > 50',
  'g > bool 50',
  'g and on (instance) (c_total > 40)',
  'g unless (c_total offset 5m)',
  'g{job="x"} or c_total',
  '-{__name__=~"g|h_bucket", le=""}',
  'histogram_quantile(0.7, rate(h_bucket[4m]))',
  'histogram_fraction(0, 3, sum by (le) (h_bucket))',
  'max_over_time(rate(c_total[2m])[6m:1m])',
  'quantile_over_time(0.9, g[4m]) - min_over_time(g[4m])',
  'deriv(g[5m]) + predict_linear(g[5m], 60)',
  'changes(c_total[4m]) + resets(c_total[4m])',
  'absent(g{instance="d"})',
  'absent_over_time(g{instance="b", job="x"}[2m])',
  'label_replace(g, "instance", "all", "instance", "(a|z)")',
  'clamp(g, scalar(g{instance="a", job="x"}), 80)',
  'timestamp(g)',
  'info(g, {__name__=~"c_total", job=~".+"})',
  'g + fill(1) c_total{job="x"}',
  'rate(c_total[3m] anchored) + rate(c_total[3m] smoothed)',
  'vector(time()) + hour()',
]

describe('a range query', () => {
  const source = irregularSource()
  const engine = createPromqlEngine(source, SCRIPT_LIMITS)

  it.each(QUERIES)('is the instant queries of its steps: %s', async (query) => {
    const stepMs = 77_000
    const endMs = (STEPS - 1) * stepMs
    const range = await engine.evaluate({ query, startMs: 0, endMs, stepMs })
    for (let step = 0; step < STEPS; step++) {
      const atMs = step * stepMs
      const instant = await engine.evaluate({ query, startMs: atMs, endMs: atMs, stepMs: 0 })
      const sorted = (samples: Map<string, number>) =>
        [...samples].sort(([a], [b]) => a.localeCompare(b))
      expect(sorted(samplesAt(range, atMs)), `at ${atMs}`).toEqual(sorted(samplesAt(instant, atMs)))
    }
    expect(range.values.length).toBeGreaterThan(0)
  })
})
