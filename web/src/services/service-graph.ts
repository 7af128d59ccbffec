import type { QueryDataJson } from '../../../src/contract/prometheus.ts'
import { parseSample } from '../api/chart-data-of.ts'

/** What a node stands for: a service with spans of its own, or something that only its callers tell of. */
export type ServiceKind = 'service' | 'database' | 'messaging' | 'outside'

/** Figures of requests over the range; undefined where there were none. */
export interface RequestFigures {
  /** A second. */
  readonly rate: number
  /** 0 to 1 */
  readonly errorShare: number
  readonly meanSeconds: number | undefined
  readonly p95Seconds: number | undefined
}

export interface ServiceNode {
  readonly name: string
  readonly kind: ServiceKind
  /** Requests that it serves; undefined when it only sends some. */
  readonly served: RequestFigures | undefined
  /** Requests that it sends, a second. */
  readonly sentRate: number
}

export interface ServiceEdge extends RequestFigures {
  readonly client: string
  readonly server: string
}

/** Who calls whom. Nodes by name, edges by client and server. */
export interface ServiceGraph {
  readonly nodes: readonly ServiceNode[]
  readonly edges: readonly ServiceEdge[]
}

/** Queries of the graph, by what they answer. */
export interface GraphQueries {
  readonly total: string
  readonly failed: string
  readonly seconds: string
  readonly p95: string
}

const PREFIX = 'traces_service_graph_request'

/**
 * The instant queries that answer a service graph, from the metrics that Tempo's generator and ours make of spans. `selector` is in
 * braces or empty, `range` a duration.
 */
export function graphQueries(selector: string, range: string): GraphQueries {
  const by = (metric: string, labels: string): string =>
    `sum by (client, server, ${labels}) (rate(${PREFIX}${metric}${selector}[${range}]))`
  return {
    total: by('_total', 'connection_type'),
    failed: by('_failed_total', 'connection_type'),
    seconds: by('_server_seconds_sum', 'connection_type'),
    p95: `histogram_quantile(0.95, ${by('_server_seconds_bucket', 'le')})`,
  }
}

interface Sums {
  rate: number
  failed: number
  seconds: number
  p95: number
}

interface EdgeSums extends Sums {
  readonly client: string
  readonly server: string
}

/** The graph of the answers to `graphQueries`. Edges without requests in the range are left out. */
export function toServiceGraph(
  answers: Readonly<Record<keyof GraphQueries, QueryDataJson>>,
): ServiceGraph {
  const edges = new Map<string, EdgeSums>()
  const kinds = new Map<string, ServiceKind>()
  const add = (field: keyof Sums, data: QueryDataJson): void => {
    for (const { client, server, type, value } of rowsOf(data)) {
      if (Number.isNaN(value)) continue
      const key = JSON.stringify([client, server])
      const sums = edges.get(key) ?? { client, server, rate: 0, failed: 0, seconds: 0, p95: 0 }
      // Quantiles of several kinds of connection cannot be added up: the worst is told.
      sums[field] = field === 'p95' ? Math.max(sums.p95, value) : sums[field] + value
      edges.set(key, sums)
      noteKind(kinds, client, server, type)
    }
  }
  add('rate', answers.total)
  add('failed', answers.failed)
  add('seconds', answers.seconds)
  add('p95', answers.p95)
  const used = [...edges.values()].filter(({ rate }) => rate > 0)
  const names = [...new Set(used.flatMap(({ client, server }) => [client, server]))].toSorted()
  return {
    nodes: names.map((name) => ({
      name,
      kind: kinds.get(name) ?? 'service',
      served: sumOf(used.filter(({ server }) => server === name)),
      sentRate: used
        .filter(({ client }) => client === name)
        .reduce((sum, { rate }) => sum + rate, 0),
    })),
    edges: used.map(toEdge),
  }
}

function toEdge({ client, server, ...sums }: EdgeSums): ServiceEdge {
  const { rate, errorShare, meanSeconds, p95Seconds } = figuresOf(sums)
  return { client, server, rate, errorShare, meanSeconds, p95Seconds }
}

interface Row {
  readonly client: string
  readonly server: string
  readonly type: string
  readonly value: number
}

function rowsOf(data: QueryDataJson): Row[] {
  if (data.resultType !== 'vector') return []
  return data.result.map(({ metric, value }) => ({
    client: metric['client'] ?? '',
    server: metric['server'] ?? '',
    type: metric['connection_type'] ?? '',
    value: parseSample(value),
  }))
}

/** What is at the far end of a connection without spans of its own: Tempo calls who is not instrumented `user`. */
function noteKind(
  kinds: Map<string, ServiceKind>,
  client: string,
  server: string,
  type: string,
): void {
  if (type === 'database') kinds.set(server, 'database')
  else if (type === 'messaging_system') kinds.set(server, 'messaging')
  else if (type === 'virtual_node') kinds.set(client === 'user' ? client : server, 'outside')
}

function sumOf(parts: readonly Sums[]): RequestFigures | undefined {
  if (parts.length === 0) return undefined
  const total = { rate: 0, failed: 0, seconds: 0, p95: 0 }
  for (const part of parts) {
    total.rate += part.rate
    total.failed += part.failed
    total.seconds += part.seconds
    total.p95 = Math.max(total.p95, part.p95)
  }
  return figuresOf(total)
}

function figuresOf({ rate, failed, seconds, p95 }: Sums): RequestFigures {
  return {
    rate,
    errorShare: Math.min(1, failed / rate),
    meanSeconds: seconds > 0 ? seconds / rate : undefined,
    p95Seconds: p95 > 0 ? p95 : undefined,
  }
}
