import { quoteString } from '../../../src/model/go-notation.ts'
import type { ChartQuery } from '../api/use-chart.ts'
import type { ServiceNode } from './service-graph.ts'

/** What the pages of other signals are asked for one service. */
export interface ServiceQueries {
  readonly rate: readonly ChartQuery[]
  readonly errors: readonly ChartQuery[]
  readonly duration: readonly ChartQuery[]
  /** TraceQL. */
  readonly traces: string
  readonly failedTraces: string
  /** LogQL; undefined for what has no logs of its own. */
  readonly logs: string | undefined
}

/**
 * Rate, errors and durations of what a node serves, where its spans are found, and its logs. A service is known by the metrics of its
 * own spans, or else, as everything else is, by what its callers saw. `range` is a duration.
 */
export function queriesOf(
  { name, kind }: Pick<ServiceNode, 'name' | 'kind'>,
  range: string,
): ServiceQueries {
  const quoted = quoteString(name)
  const own = `service=${quoted}, span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"`
  const seen = `server=${quoted}`
  const either = (
    metric: (selector: string) => string,
    [ofSpans, ofCallers]: readonly [string, string],
  ): string => {
    const callers = metric(`traces_service_graph_request_${ofCallers}`)
    return kind === 'service' ? `${metric(`traces_spanmetrics_${ofSpans}`)} or ${callers}` : callers
  }
  const sum = (selector: string, by = ''): string => `sum${by} (rate(${selector}[${range}]))`
  const rate = either(sum, [`calls_total{${own}}`, `total{${seen}}`])
  const failed = either(sum, [
    `calls_total{${own}, status_code="STATUS_CODE_ERROR"}`,
    `failed_total{${seen}}`,
  ])
  const quantile = (q: number): string =>
    either(
      (selector) => `histogram_quantile(${q}, ${sum(selector, ' by (le)')})`,
      [`latency_bucket{${own}}`, `server_seconds_bucket{${seen}}`],
    )
  const spans =
    kind === 'service'
      ? `resource.service.name = ${quoted}`
      : `(${PEER_FIELDS.map((field) => `${field} = ${quoted}`).join(' || ')})`
  return {
    rate: [{ expr: rate, name: 'Requests a second' }],
    // Where nothing failed there is no series: that is 0, not unknown.
    errors: [{ expr: `((${failed}) or (${rate}) * 0) / (${rate})`, name: 'Failed' }],
    duration: [0.5, 0.95, 0.99].map((q) => ({ expr: quantile(q), name: `p${q * 100}` })),
    traces: `{ ${spans} }`,
    failedTraces: `{ ${spans} && status = error }`,
    logs: kind === 'service' ? `{service_name=${quoted}}` : undefined,
  }
}

/** By what callers name what has no spans of its own (Tempo's peer attributes, and where databases are named). */
const PEER_FIELDS = [
  ...['span.peer.service', 'span.db.name', 'span.db.namespace', 'span.db.system'],
  ...['span.server.address', 'span.messaging.system', 'span.messaging.destination.name'],
]
