import { Labels } from '../../model/labels.ts'
import { matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import { isStale, wordsOf } from '../../model/stale.ts'
import type { PromqlEngine, PromqlResult } from '../../query/promql/engine.ts'
import type { SeriesColumns } from '../../store/metrics-source.ts'
import type { LastSample, RuleSource, RuleVector } from './rule-query.ts'
import type { SharedReads } from './shared-reads.ts'

/** Bounds of reading what alerts were doing before a restart. */
const RESTORE_LIMITS = { maxSeries: 100_000, maxSamples: 20_000_000 }
const RESTORE_TIMEOUT_MS = 60_000

/** Rules over PromQL. `engine` evaluates over `source`. */
export function promqlSource(engine: PromqlEngine, source: SharedReads): RuleSource {
  return {
    open() {
      source.enter()
      return {
        query: (query, atMs) => evaluate(engine, query, atMs),
        written: (series) => source.written(series),
        close: () => source.leave(),
      }
    },
    query: (query, atMs) => evaluate(engine, query, atMs),
    async lastSamples(labels, startMs, endMs) {
      const matchers = labels.map(([name, value]) => matcher(name, '=', value))
      const bounds = { ...RESTORE_LIMITS, signal: AbortSignal.timeout(RESTORE_TIMEOUT_MS) }
      return lastOf(await source.select({ matchers, startMs, endMs }, bounds))
    },
  }
}

async function evaluate(engine: PromqlEngine, query: string, atMs: number): Promise<RuleVector> {
  return vectorOf(await engine.evaluate({ query, startMs: atMs, endMs: atMs, stepMs: 0 }))
}

/** A scalar is a vector of one value without labels (rules/manager.go of Prometheus, EngineQueryFunc). */
export function vectorOf({ type, labels, values, histograms }: PromqlResult): RuleVector {
  if (type === 'vector') return { labels, values, ...(histograms && { histograms }) }
  if (type === 'scalar') return { labels: [Labels.EMPTY], values }
  throw new Problem('execution', 'rule result is not a vector or scalar')
}

function lastOf({ labels, offsets, timestampsMs, values }: SeriesColumns): LastSample[] {
  const words = wordsOf(values)
  return labels.map((series, i) => {
    const at = (offsets[i + 1] as number) - 1
    return {
      labels: series,
      timestampMs: timestampsMs[at] as number,
      value: values[at] as number,
      isStale: isStale(values, words, at),
    }
  })
}
