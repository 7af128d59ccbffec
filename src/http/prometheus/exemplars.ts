import type { ExemplarJson, ExemplarSeriesJson } from '../../contract/prometheus.ts'
import { formatSampleValue } from '../../formats/go-float.ts'
import type { Expr, MatcherNode } from '../../lang/promql/ast.ts'
import { formatFault } from '../../lang/promql/fault.ts'
import { parse } from '../../lang/promql/parse.ts'
import { matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import type { Exemplar } from '../../model/samples.ts'
import type { Exchange } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { MAX_TIME_MS, MIN_TIME_MS, readTime } from './decode-params.ts'
import type { PrometheusDoors } from './doors.ts'
import { success, type ApiRoute } from './respond.ts'

type ExemplarDoors = Pick<PrometheusDoors, 'source' | 'limits'>

export function exemplarRoutes(doors: ExemplarDoors): ApiRoute[] {
  const handle = (exchange: Exchange) => queryExemplars(doors, exchange)
  return [{ methods: ['GET', 'POST'], path: '/query_exemplars', handle }]
}

async function queryExemplars(doors: ExemplarDoors, exchange: Exchange): Promise<Answer> {
  const { params, signal } = exchange
  const startMs = readTime(params, 'start', MIN_TIME_MS)
  const endMs = readTime(params, 'end', MAX_TIME_MS)
  if (endMs < startMs) {
    throw new Problem('bad_data', 'end timestamp must not be before start timestamp')
  }
  const query = params.get('query')
  const parsed = parse(query)
  if (!parsed.ok) {
    const [fault] = parsed.faults
    throw new Problem('bad_data', fault ? formatFault(query, fault) : 'parse error')
  }
  const selectors = selectorsOf(parsed.expr)
  // As the original: a query without a selector has nothing to answer, which is 204.
  if (selectors.length === 0) return { status: 204 }
  const bounds = { ...doors.limits, signal }
  const found: Exemplar[] = []
  for (const nodes of selectors) {
    const matchers = nodes.map(({ name, op, value }) => matcher(name, op, value))
    for (const exemplar of await doors.source.exemplars({ matchers, startMs, endMs }, bounds)) {
      found.push(exemplar)
    }
  }
  return success(bySeries(found))
}

function bySeries(exemplars: readonly Exemplar[]): ExemplarSeriesJson[] {
  const groups = new Map<
    string,
    { seriesLabels: Record<string, string>; seen: Map<string, ExemplarJson> }
  >()
  for (const { series, labels, value, timestampMs } of exemplars) {
    const group = groups.get(series.key) ?? { seriesLabels: series.toObject(), seen: new Map() }
    groups.set(series.key, group)
    // Two selectors of one query may both find it.
    group.seen.set(`${timestampMs} ${value} ${labels.key}`, {
      labels: labels.toObject(),
      value: formatSampleValue(value),
      timestamp: timestampMs / 1000,
    })
  }
  return [...groups.values()].map(({ seriesLabels, seen }) => ({
    seriesLabels,
    exemplars: [...seen.values()].sort((a, b) => a.timestamp - b.timestamp),
  }))
}

/** The matchers of every selector in an expression, from left to right. */
function selectorsOf(expr: Expr): (readonly MatcherNode[])[] {
  switch (expr.kind) {
    case 'vector':
      return [expr.matchers]
    case 'matrix':
      return [expr.selector.matchers]
    case 'subquery':
    case 'paren':
    case 'unary':
      return selectorsOf(expr.expr)
    case 'binary':
      return [...selectorsOf(expr.left), ...selectorsOf(expr.right)]
    case 'aggregate':
      return [...(expr.param ? selectorsOf(expr.param) : []), ...selectorsOf(expr.expr)]
    case 'call':
      return expr.args.flatMap(selectorsOf)
    case 'number':
    case 'string':
      return []
    default:
      return expr satisfies never
  }
}
