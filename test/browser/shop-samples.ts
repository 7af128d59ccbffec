import { Labels } from '../../src/model/labels.ts'

/** A call within a trace: which service does what, for how long, and what it calls meanwhile. */
interface Call {
  readonly service: string
  readonly name: string
  readonly kind: 2 | 3
  readonly ms: number
  readonly attributes?: Readonly<Record<string, string | number>>
  readonly calls?: readonly Call[]
}

/** Trace ids of the requests of the shop. */
export function shopTraceId(i: number): string {
  return `5b8efff798038103d269b633${(i + 1).toString(16).padStart(8, '0')}`
}

/** Every so many requests of the shop fail. */
export const FAILS_EVERY = 8

/** A request of a shop of three services and a database, as OTLP's JSON: its `resourceSpans`. */
export function shopTrace(i: number, startMs: number): object[] {
  const ms = 40 + (i % 7) * 30 + (i % 19 === 0 ? 900 : 0)
  const fails = i % FAILS_EVERY === 0
  const payments: Call = {
    ...{ service: 'orders', name: 'call payments', kind: 3, ms: ms * 0.5 },
    calls: [{ service: 'payments', name: 'charge', kind: 2, ms: ms * 0.45 }],
  }
  const stock: Call = {
    ...{ service: 'orders', name: 'SELECT stock', kind: 3, ms: ms * 0.2 },
    attributes: { 'db.system': 'postgresql', 'db.name': 'stock' },
  }
  const reserve: Call = {
    ...{ service: 'orders', name: 'reserve', kind: 2, ms: ms * 0.8, calls: [stock, payments] },
    attributes: { 'order.id': 1000 + i },
  }
  const root: Call = {
    ...{ service: 'gateway', name: i % 2 === 0 ? 'GET /cart' : 'POST /checkout', kind: 2, ms },
    attributes: { 'http.response.status_code': fails ? 500 : 200 },
    calls: [{ service: 'gateway', name: 'call orders', kind: 3, ms: ms * 0.85, calls: [reserve] }],
  }
  const place = { traceId: shopTraceId(i), startMs, parent: '', fails, count: { spans: 0 } }
  const spans = new Map<string, object[]>()
  addCall(root, place, spans)
  return Array.from(spans, ([service, list]) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [{ scope: { name: 'shop' }, spans: list }],
  }))
}

interface Place {
  readonly traceId: string
  readonly startMs: number
  readonly parent: string
  readonly fails: boolean
  readonly count: { spans: number }
}

function addCall(call: Call, place: Place, spans: Map<string, object[]>): void {
  const { traceId, startMs, parent, fails, count } = place
  const spanId = traceId.slice(-8) + (++count.spans).toString(16).padStart(8, '0')
  const list = spans.get(call.service) ?? []
  spans.set(call.service, list)
  list.push({
    ...{ traceId, spanId, name: call.name, kind: call.kind },
    ...(parent === '' ? {} : { parentSpanId: parent }),
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(startMs + call.ms),
    attributes: Object.entries(call.attributes ?? {}).map(([key, value]) => attribute(key, value)),
    status: fails ? { code: 2, message: 'card was refused' } : {},
  })
  let at = startMs + call.ms * 0.05
  for (const one of call.calls ?? []) {
    addCall(one, { ...place, startMs: at, parent: spanId }, spans)
    at += one.ms
  }
}

function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`
}

function attribute(key: string, value: string | number): object {
  const written = typeof value === 'string' ? { stringValue: value } : { intValue: String(value) }
  return { key, value: written }
}

/** Who calls whom, how often a second, and which share of it fails. */
export interface CallRate {
  readonly client: string
  readonly server: string
  readonly rate: number
  readonly failedShare?: number
  readonly type?: string
  readonly seconds?: number
}

/** Calls of a shop, of every kind of connection. */
export const SHOP_CALLS: readonly CallRate[] = [
  { client: 'user', server: 'web', rate: 12, type: 'virtual_node', seconds: 0.2 },
  { client: 'web', server: 'checkout', rate: 4, failedShare: 0.08, seconds: 0.4 },
  { client: 'web', server: 'catalogue', rate: 9, seconds: 0.05 },
  { client: 'checkout', server: 'billing', rate: 4, failedShare: 0.2, seconds: 0.3 },
  { client: 'checkout', server: 'stock', rate: 6, type: 'database', seconds: 0.01 },
  { client: 'catalogue', server: 'stock', rate: 18, type: 'database', seconds: 0.004 },
  { client: 'checkout', server: 'parcels', rate: 3, type: 'messaging_system' },
  { client: 'parcels', server: 'delivery', rate: 3, seconds: 1.2 },
]

/** Sixty services in tiers, each of which calls one or two of the next. */
export const MANY_CALLS: readonly CallRate[] = Array.from({ length: 54 }, (_none, i) => {
  const called = [i + 6, ...(i % 4 === 0 && i + 8 < 60 ? [i + 8] : [])]
  return called.map((server) => ({
    client: serviceName(i),
    server: serviceName(server),
    rate: 1 + (i % 9),
    failedShare: i % 13 === 0 ? 0.1 : 0,
    seconds: 0.01 * (1 + (i % 20)),
  }))
}).flat()

function serviceName(i: number): string {
  return `team-${i % 6}-service-${i}`
}

const BOUNDS = [0.002, 0.008, 0.032, 0.128, 0.512, 2.048, Infinity]

/** The metrics of calls under Tempo's names, as remote write takes them: a sample a step, from zero. */
export function serviceGraphBatch(
  calls: readonly CallRate[],
  times: { readonly fromMs: number; readonly stepMs: number; readonly steps: number },
) {
  const columns = calls.flatMap(seriesOf)
  const { fromMs, stepMs, steps } = times
  const count = columns.length * steps
  const seriesIndex = Uint32Array.from({ length: count }, (_none, at) => Math.floor(at / steps))
  const timestampsMs = Float64Array.from(seriesIndex, (_i, at) => fromMs + (at % steps) * stepMs)
  const values = Float64Array.from(
    seriesIndex,
    (i, at) => ((columns[i]?.perSecond ?? 0) * (at % steps) * stepMs) / 1000,
  )
  const series = columns.map(({ labels }) => labels)
  return { series, seriesIndex, timestampsMs, values, exemplars: [] }
}

function seriesOf(call: CallRate): { readonly labels: Labels; readonly perSecond: number }[] {
  const { client, server, rate, failedShare = 0, type = '', seconds = 0.1 } = call
  const one = (suffix: string, perSecond: number, more: Record<string, string> = {}) => {
    const name = `traces_service_graph_request_${suffix}`
    const labels = { __name__: name, client, server, connection_type: type, ...more }
    return { labels: Labels.from(labels), perSecond }
  }
  return [
    one('total', rate),
    one('failed_total', rate * failedShare),
    one('server_seconds_sum', rate * seconds),
    one('server_seconds_count', rate),
    ...BOUNDS.map((bound) => {
      const le = bound === Infinity ? '+Inf' : String(bound)
      return one('server_seconds_bucket', bound >= seconds ? rate : 0, { le })
    }),
  ]
}
