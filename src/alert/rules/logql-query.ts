import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { Logql, LogqlResult } from '../../query/logs/logql.ts'
import type { RuleQuery, RuleVector } from './rule-query.ts'

const NS_PER_MS = 1_000_000n
/** The bound of a query where no limit of the log part ends it before. */
const TIMEOUT_MS = 120_000

/** Evaluates expressions over log lines (pkg/ruler/evaluator_local.go of Loki). */
export function logqlQuery(logql: Pick<Logql, 'evaluate'>): RuleQuery {
  return async (query, atMs) => {
    const atNs = BigInt(Math.round(atMs)) * NS_PER_MS
    const result = await logql.evaluate({
      query,
      startNs: atNs,
      endNs: atNs,
      isInstant: true,
      stepNs: 0n,
      intervalNs: 0n,
      direction: 'forward',
      limit: 0,
      maxEntries: 0,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return vectorOf(result)
  }
}

function vectorOf(result: LogqlResult): RuleVector {
  if (result.type === 'scalar') {
    return { labels: [Labels.EMPTY], values: Float64Array.of(result.value) }
  }
  if (result.type !== 'vector') {
    throw new Problem('execution', 'rule result is not a vector or scalar')
  }
  const { series } = result
  return {
    labels: series.map(({ labels }) => labels),
    values: Float64Array.from(series, ({ values }) => values[0] ?? Number.NaN),
  }
}
