import type { Expr, LogExpr } from '../../lang/logql/ast.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { formatGoDuration } from '../../model/go-duration.ts'
import { Problem } from '../../model/problem.ts'
import type { Logql, LogqlRequest, LogqlResult } from './logql.ts'
import { parseQuery } from './plan-lines.ts'
import type { QueryLimits } from './query-limits.ts'

const NS_PER_MS = 1_000_000n

interface Span {
  readonly startNs: bigint
  readonly endNs: bigint
}

/**
 * LogQL within limits (Loki's pkg/querier/limits and queryrange/limits.go): queries of too much are refused in Loki's words, and
 * those that take too long are ended. The limits are asked for at each query.
 */
export function limitLogql(logql: Logql, limits: () => QueryLimits, nowMs: () => number): Logql {
  return { ...logql, evaluate: (request) => evaluate(logql, limits(), nowMs(), request) }
}

async function evaluate(
  logql: Logql,
  limits: QueryLimits,
  nowMs: number,
  request: LogqlRequest,
): Promise<LogqlResult> {
  checkQuery(parseQuery(request.query, {}), limits)
  const span = request.isInstant ? request : boundSpan(request, limits, nowMs)
  if (limits.timeoutMs === 0) return logql.evaluate({ ...request, ...span })
  const late = AbortSignal.timeout(limits.timeoutMs)
  const signal = AbortSignal.any([request.signal, late])
  try {
    return await logql.evaluate({ ...request, startNs: span.startNs, endNs: span.endNs, signal })
  } catch (thrown) {
    if (late.aborted && !request.signal.aborted) {
      throw new Problem('timeout', `query_timeout of ${limits.timeoutMs} ms passed`, {
        cause: thrown,
      })
    }
    throw thrown
  }
}

/** Holds a range of time to `max_query_length` and `max_query_lookback`: a start further back is moved, as in Loki. */
export function boundSpan(
  { startNs, endNs }: Span,
  { maxLengthMs, maxLookbackMs }: QueryLimits,
  nowMs: number,
): Span {
  const oldestNs = BigInt(Math.floor(nowMs - maxLookbackMs)) * NS_PER_MS
  const fromNs = maxLookbackMs > 0 && startNs < oldestNs ? oldestNs : startNs
  const lengthMs = Number((endNs - fromNs) / NS_PER_MS)
  if (maxLengthMs > 0 && lengthMs > maxLengthMs) {
    throw bad(
      `the query time range exceeds the limit (query length: ${formatGoDuration(lengthMs)}, limit: ${formatDurationMs(maxLengthMs)})`,
    )
  }
  if (endNs < fromNs) {
    throw bad(
      `this data is no longer available, it is past now - max_query_lookback (${formatDurationMs(maxLookbackMs)})`,
    )
  }
  return { startNs: fromNs, endNs }
}

/** Holds a query to `max_streams_matchers_per_query` and `max_query_range`. */
export function checkQuery(expr: Expr, { maxMatchers, maxRangeMs }: QueryLimits): void {
  for (const { log, rangeMs } of logsOf(expr)) {
    const count = log.selector.matchers.length
    if (maxMatchers > 0 && count > maxMatchers) {
      throw bad(
        `max streams matchers per query exceeded, matchers-count > limit (${count} > ${maxMatchers})`,
      )
    }
    if (maxRangeMs > 0 && rangeMs > maxRangeMs) {
      throw bad(
        `[interval] value exceeds limit: [${formatDurationMs(rangeMs)}] > [${formatDurationMs(maxRangeMs)}]`,
      )
    }
  }
}

/** Every query for lines in an expression, with the range that it stands in. */
function* logsOf(expr: Expr): Generator<{ readonly log: LogExpr; readonly rangeMs: number }> {
  switch (expr.kind) {
    case 'log':
      yield { log: expr, rangeMs: 0 }
      return
    case 'range_aggregate':
      yield { log: expr.range.log, rangeMs: expr.range.rangeMs }
      return
    case 'aggregate':
    case 'label_replace':
      yield* logsOf(expr.expr)
      return
    case 'binary':
      yield* logsOf(expr.left)
      yield* logsOf(expr.right)
      return
    case 'number':
    case 'vector':
      return
    default:
      expr satisfies never
  }
}

function bad(message: string): Problem {
  return new Problem('bad_data', message)
}
