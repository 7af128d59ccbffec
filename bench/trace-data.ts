import { ByteWriter } from '../src/formats/byte-writer.ts'
import { RequestTemplate } from './trace-template.ts'

/** A service, its pods, and what its spans are like. */
interface Service {
  readonly name: string
  readonly routes: readonly string[]
  readonly database: string
}

interface DraftSpan {
  readonly service: number
  readonly pod: number
  readonly parent: number
  readonly name: string
  readonly kind: number
  readonly startNs: number
  readonly durationNs: number
  readonly attributes: readonly (readonly [string, string | number | boolean])[]
  readonly error: string
}

const SERVICES: readonly Service[] = [
  ['gateway', 'redis', '/api/orders/{id}', '/api/items/{id}', '/api/users/{id}/cart', '/login'],
  ['orders', 'postgresql', '/orders/{id}', '/orders', '/orders/{id}/lines', '/orders/{id}/cancel'],
  ['payments', 'postgresql', '/payments', '/payments/{id}', '/refunds'],
  ['catalog', 'mongodb', '/items/{id}', '/items', '/search'],
  ['users', 'postgresql', '/users/{id}', '/users/{id}/cart', '/sessions'],
  ['shipping', 'postgresql', '/quotes', '/parcels/{id}'],
  ['inventory', 'postgresql', '/stock/{id}', '/reservations'],
  ['pricing', 'redis', '/prices/{id}', '/discounts'],
  ['mailer', 'redis', '/mails'],
  ['reviews', 'mongodb', '/items/{id}/reviews'],
  ['recommend', 'redis', '/recommendations/{id}'],
  ['audit', 'postgresql', '/entries'],
].map(([name = '', database = '', ...routes]) => ({ name, database, routes }))

const PODS = 3
const TABLES = ['orders', 'order_lines', 'customers', 'stock', 'prices', 'payments', 'sessions']
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT']
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'curl/8.5.0',
]
const FUNCTIONS = ['validate', 'render', 'applyDiscounts', 'toJson', 'loadSession']
const FAULTS = ['ConnectionRefused', 'DeadlineExceeded', 'DeadlockDetected', 'ValidationError']
const SERVER = 2
const CLIENT = 3
const MS = 1e6
const ERROR_ONE_IN = 60

/** The attribute that one span of all has. */
export const RARE = { key: 'order.coupon', value: 'feedface-cafe' }

/** Not `Math.random`: two runs have the same spans. */
function createRandom(): (below: number) => number {
  let seed = 1
  return (below) => {
    seed = (seed * 48271) % 2147483647
    return seed % below
  }
}

/** Makes requests of about `spansPerRequest` spans of whole traces, whose beginnings are spread over `spreadNs`. */
export function makeTemplates(
  count: number,
  spansPerRequest: number,
  spreadNs: number,
): RequestTemplate[] {
  const random = createRandom()
  return Array.from({ length: count }, () => {
    const traces: DraftSpan[][] = []
    let spans = 0
    while (spans < spansPerRequest) {
      const trace = makeTrace(random, random(Math.max(1, Math.floor(spreadNs))))
      traces.push(trace)
      spans += trace.length
    }
    return new RequestTemplate(encodeTraces(traces), spans, traces.length)
  })
}

/** The one trace that has `RARE`. */
export function makeRareTrace(): RequestTemplate {
  const trace = makeTrace(createRandom(), 0)
  const [root] = trace
  if (root) trace[0] = { ...root, attributes: [...root.attributes, [RARE.key, RARE.value]] }
  return new RequestTemplate(encodeTraces([trace]), trace.length, 1)
}

type Random = (below: number) => number

/** From 5 to 50 spans: a request to the gateway and what it calls. */
function makeTrace(random: Random, startNs: number): DraftSpan[] {
  const wanted = 5 + random(46)
  const durationNs = (5 + random(400) + (random(40) === 0 ? 2000 : 0)) * MS + random(MS)
  const fault = random(ERROR_ONE_IN) === 0 ? (FAULTS[random(FAULTS.length)] ?? '') : ''
  const spans: DraftSpan[] = []
  spans.push(serverSpan(random, { service: 0, parent: -1, startNs, durationNs }, fault))
  while (spans.length < wanted) {
    const parent = spans.length === 1 ? 0 : random(spans.length)
    const above = spans[parent]
    if (above === undefined || above.kind === CLIENT) continue
    const from = above.startNs + random(Math.max(1, Math.floor(above.durationNs / 2)))
    const left = above.startNs + above.durationNs - from
    const place = { parent, startNs: from, durationNs: Math.max(1000, random(Math.floor(left))) }
    const kind = random(10)
    const isFailing = fault !== '' && spans.length === wanted - 1
    if (kind < 5) spans.push(databaseSpan(random, above, place, isFailing ? fault : ''))
    else if (kind < 6) spans.push(ownSpan(random, above, place))
    else {
      const service = 1 + random(SERVICES.length - 1)
      spans.push(clientSpan(random, above, place, service))
      const called = { ...place, parent: spans.length - 1, service }
      spans.push(serverSpan(random, called, isFailing ? fault : ''))
    }
  }
  return spans
}

interface Place {
  readonly parent: number
  readonly startNs: number
  readonly durationNs: number
}

function serverSpan(random: Random, place: Place & { service: number }, error: string): DraftSpan {
  const { name, routes } = SERVICES[place.service] ?? SERVICES[0] ?? unknown()
  const route = routes[random(routes.length)] ?? '/'
  const method = METHODS[random(METHODS.length)] ?? 'GET'
  const id = random(1e6)
  return {
    ...{ ...place, pod: random(PODS), name: `${method} ${route}`, kind: SERVER, error },
    attributes: [
      ['http.request.method', method],
      ['http.route', route],
      ['url.path', route.replace('{id}', String(id))],
      ['url.scheme', 'http'],
      ['http.response.status_code', error === '' ? (random(30) === 0 ? 404 : 200) : 500],
      ['server.address', `${name}.shop.svc`],
      ['server.port', 8080],
      ['client.address', `10.42.${random(8)}.${random(250)}`],
      ['user_agent.original', AGENTS[random(AGENTS.length)] ?? ''],
      ['network.protocol.version', '1.1'],
      ...(place.service === 0 ? ([['enduser.id', `u-${random(50_000)}`]] as const) : []),
    ],
  }
}

function clientSpan(random: Random, above: DraftSpan, place: Place, called: number): DraftSpan {
  const { name, routes } = SERVICES[called] ?? unknown()
  const method = METHODS[random(METHODS.length)] ?? 'GET'
  const url = (routes[0] ?? '/').replace('{id}', String(random(1e6)))
  return {
    ...{ ...place, service: above.service, pod: above.pod, name: method, kind: CLIENT, error: '' },
    attributes: [
      ['http.request.method', method],
      ['url.full', `http://${name}.shop.svc:8080${url}`],
      ['server.address', `${name}.shop.svc`],
      ['server.port', 8080],
      ['http.response.status_code', random(30) === 0 ? 404 : 200],
      ['network.peer.address', `10.43.${random(4)}.${random(250)}`],
    ],
  }
}

function databaseSpan(random: Random, above: DraftSpan, place: Place, error: string): DraftSpan {
  const { database } = SERVICES[above.service] ?? unknown()
  const table = TABLES[random(TABLES.length)] ?? ''
  const verb = ['SELECT', 'SELECT', 'UPDATE', 'INSERT'][random(4)] ?? 'SELECT'
  return {
    ...{ ...place, service: above.service, pod: above.pod, kind: CLIENT, error },
    name: `${verb} ${table}`,
    attributes: [
      ['db.system.name', database],
      ['db.namespace', 'shop'],
      ['db.collection.name', table],
      ['db.operation.name', verb],
      ['db.query.text', `${verb} id, customer_id, state, total FROM ${table} WHERE id = $1`],
      ['db.response.returned_rows', random(20)],
      ['server.address', `${database}.data.svc`],
      ['server.port', 5432],
    ],
  }
}

function ownSpan(random: Random, above: DraftSpan, place: Place): DraftSpan {
  const name = FUNCTIONS[random(FUNCTIONS.length)] ?? ''
  return {
    ...{ ...place, service: above.service, pod: above.pod, name, kind: 1, error: '' },
    attributes: [
      ['code.function.name', name],
      ['thread.id', random(16)],
      ['sampled', random(2) === 0],
    ],
  }
}

function unknown(): never {
  throw new Error('no such service')
}

function encodeTraces(traces: readonly (readonly DraftSpan[])[]): Uint8Array {
  const byResource = new Map<string, { span: DraftSpan; trace: number; place: number }[]>()
  for (const [trace, spans] of traces.entries()) {
    for (const [place, span] of spans.entries()) {
      const key = `${span.service} ${span.pod}`
      const some = byResource.get(key) ?? []
      byResource.set(key, some)
      some.push({ span, trace, place })
    }
  }
  const out = new ByteWriter(1 << 20)
  for (const some of byResource.values()) {
    const [first] = some
    if (!first) continue
    const scope = new ByteWriter(1 << 16)
    const library = new ByteWriter(64)
    field(library, 1, Buffer.from('@opentelemetry/instrumentation-http'))
    field(library, 2, Buffer.from('0.203.0'))
    field(scope, 1, library.finish())
    for (const { span, trace, place } of some) field(scope, 2, encodeSpan(span, trace, place))
    const resourceSpans = new ByteWriter(1 << 16)
    field(resourceSpans, 1, encodeResource(first.span))
    field(resourceSpans, 2, scope.finish())
    field(out, 1, resourceSpans.finish())
  }
  return out.finish()
}

function encodeResource({ service, pod }: DraftSpan): Uint8Array {
  const { name } = SERVICES[service] ?? unknown()
  const out = new ByteWriter(512)
  const attributes: Readonly<Record<string, string>> = {
    'service.name': name,
    'service.version': '1.4.2',
    'service.instance.id': `${name}-7d9c6b5f4-${pod}`,
    'deployment.environment.name': 'production',
    'k8s.cluster.name': 'one',
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': `${name}-7d9c6b5f4-${pod}`,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.version': '2.0.1',
  }
  for (const [key, value] of Object.entries(attributes)) attribute(out, 1, key, value)
  return out.finish()
}

/** Ids hold the number of the trace in the request and of the span in the trace, until they are patched. */
function encodeSpan(span: DraftSpan, trace: number, place: number): Uint8Array {
  const out = new ByteWriter(1024)
  const { name, kind, parent, startNs, durationNs, error } = span
  field(out, 1, idBytes(16, trace, 0))
  field(out, 2, idBytes(8, trace, place))
  if (parent >= 0) field(out, 4, idBytes(8, trace, parent))
  field(out, 5, Buffer.from(name))
  out.varint(6 << 3)
  out.varint(kind)
  time(out, 7, startNs)
  time(out, 8, startNs + durationNs)
  for (const [key, value] of span.attributes) attribute(out, 9, key, value)
  if (error !== '') {
    field(out, 11, encodeException(error, startNs + durationNs))
    const status = new ByteWriter(64)
    field(status, 2, Buffer.from(`${error}: the operation failed`))
    status.varint(3 << 3)
    status.varint(2)
    field(out, 15, status.finish())
  }
  return out.finish()
}

function encodeException(error: string, timeNs: number): Uint8Array {
  const out = new ByteWriter(512)
  time(out, 1, timeNs)
  field(out, 2, Buffer.from('exception'))
  attribute(out, 3, 'exception.type', error)
  attribute(out, 3, 'exception.message', 'the operation failed')
  const frames = [12, 48, 233].map((line) => `    at call (/app/node_modules/x/index.js:${line}:7)`)
  attribute(out, 3, 'exception.stacktrace', `${error}: the operation failed\n${frames.join('\n')}`)
  return out.finish()
}

function idBytes(sizeBytes: number, trace: number, place: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, trace)
  view.setUint32(4, place)
  return bytes
}

function time(out: ByteWriter, number: number, timeNs: number): void {
  out.varint((number << 3) | 1)
  out.words(timeNs % 2 ** 32, Math.floor(timeNs / 2 ** 32))
}

function attribute(
  out: ByteWriter,
  number: number,
  key: string,
  value: string | number | boolean,
): void {
  const inner = new ByteWriter(128)
  if (typeof value === 'string') field(inner, 1, Buffer.from(value))
  else {
    inner.varint((typeof value === 'boolean' ? 2 : 3) << 3)
    inner.varint(Number(value))
  }
  const pair = new ByteWriter(256)
  field(pair, 1, Buffer.from(key))
  field(pair, 2, inner.finish())
  field(out, number, pair.finish())
}

function field(out: ByteWriter, number: number, bytes: Uint8Array): void {
  out.varint((number << 3) | 2)
  out.varint(bytes.length)
  out.bytes(bytes)
}
