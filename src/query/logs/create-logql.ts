import { prettify } from '../../lang/logql/print.ts'
import { Problem } from '../../model/problem.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import { evaluateMetric } from '../logql/evaluate-metric.ts'
import type { MetricLimits } from '../logql/metric-context.ts'
import type { Logql, LogqlRequest, LogqlResult } from './logql.ts'
import { parseQuery, planLines, toMatchers } from './plan-lines.ts'
import { readStreams } from './read-streams.ts'

/** Bounds of one query. */
export type LogqlLimits = MetricLimits

/** LogQL over a store of lines. The limits are asked for at each query: a reload changes them. */
export function createLogql(source: LinesSource, limits: () => LogqlLimits): Logql {
  return {
    evaluate: (request) => evaluate(source, limits(), request),
    parseMatchers: (selector, allowsAll) => {
      const expr = parseQuery(selector, { allowsAll })
      if (expr.kind !== 'log' || expr.stages.length > 0) {
        throw bad('only label matchers are supported')
      }
      return toMatchers(expr.selector.matchers)
    },
    format: (query) => prettify(parseQuery(query, {})),
  }
}

async function evaluate(
  source: LinesSource,
  limits: LogqlLimits,
  request: LogqlRequest,
): Promise<LogqlResult> {
  const expr = parseQuery(request.query, { isToRun: true })
  if (expr.kind !== 'log') return evaluateMetric(source, expr, request, limits)
  if (request.isInstant) {
    throw bad(
      'log queries are not supported as an instant query type, please change your query to a range query type',
    )
  }
  const result = await readStreams(source, planLines(expr), request, limits.maxStreams)
  return { type: 'streams', ...result, warnings: [] }
}

function bad(message: string): Problem {
  return new Problem('bad_data', message)
}
