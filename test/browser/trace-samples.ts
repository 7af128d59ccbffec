import { createHash } from 'node:crypto'

/** A span of a sample: its times are milliseconds since the start of its trace. */
export interface SampleSpan {
  readonly service: string
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  /** Index of its parent; -1: none; -2: one that is never sent. */
  readonly parent: number
  readonly kind?: number
  /** What OTLP's JSON has besides: attributes, events, links, status, trace state. */
  readonly more?: object
}

/** Sixteen bytes in hex digits, the same for the same name. */
export function traceIdOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32)
}

export function spanIdOf(trace: string, index: number): string {
  return createHash('sha256').update(`${trace} ${index}`).digest('hex').slice(0, 16)
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } }
}

/** The body of an export in OTLP's JSON, the spans of each service under a resource of its own. */
export function exportOf(
  name: string,
  startMs: number,
  spans: readonly SampleSpan[],
): { readonly resourceSpans: readonly object[] } {
  const at = (ms: number): string => `${BigInt(Math.round((startMs + ms) * 1000)) * 1000n}`
  const services = [...new Set(spans.map(({ service }) => service))]
  const toSpan = ({ name: spanName, kind = 1, parent, more, ...span }: SampleSpan, i: number) => ({
    ...{ traceId: traceIdOf(name), spanId: spanIdOf(name, i), name: spanName, kind },
    ...(parent !== -1 && { parentSpanId: spanIdOf(name, parent) }),
    ...{ startTimeUnixNano: at(span.startMs), endTimeUnixNano: at(span.endMs), ...more },
  })
  return {
    resourceSpans: services.map((service) => ({
      resource: {
        attributes: [text('service.name', service), text('deployment.environment', 'test')],
      },
      scopeSpans: [
        {
          scope: { name: '@opentelemetry/instrumentation-http', version: '0.57.0' },
          spans: spans.flatMap((span, i) => (span.service === service ? [toSpan(span, i)] : [])),
        },
      ],
    })),
  }
}

const [INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER] = [1, 2, 3, 4, 5]
const PATHS = ['/cart', '/checkout', '/items', '/login'] as const
const FAILED = { status: { code: 2, message: 'the card was declined' } }

/** Requests to a shop, one every so often until now: most fast, some slow, some failing. */
export function shopRequest(i: number): readonly SampleSpan[] {
  const path = PATHS[i % PATHS.length] ?? ''
  const fails = i % 9 === 4
  const slow = i % 13 === 5 ? 12 : 1
  const ms = (base: number): number => base * slow * (1 + (i % 7) / 5)
  const http = (status: number): object => ({
    attributes: [
      text('http.request.method', path === '/cart' ? 'GET' : 'POST'),
      text('url.path', path),
      { key: 'http.response.status_code', value: { intValue: String(status) } },
    ],
  })
  return [
    {
      ...{ service: 'gateway', name: `POST ${path}`, kind: SERVER, parent: -1 },
      ...{ startMs: 0, endMs: ms(60), more: { ...http(fails ? 500 : 200), ...(fails && FAILED) } },
    },
    {
      ...{ service: 'gateway', name: 'POST', kind: CLIENT, parent: 0 },
      ...{ startMs: ms(2), endMs: ms(55), more: fails ? FAILED : {} },
    },
    {
      ...{ service: 'orders', name: `orders${path}`, kind: SERVER, parent: 1 },
      ...{ startMs: ms(4), endMs: ms(52), more: fails ? { ...http(500), ...FAILED } : http(200) },
    },
    {
      ...{ service: 'orders', name: 'SELECT orders', kind: CLIENT, parent: 2 },
      ...{ startMs: ms(6), endMs: ms(18), more: { attributes: [text('db.system', 'postgresql')] } },
    },
    ...(i % 5 === 0
      ? []
      : [
          {
            ...{ service: 'payments', name: 'charge', kind: SERVER, parent: 2 },
            ...{ startMs: ms(20), endMs: ms(45), more: fails ? FAILED : {} },
          },
        ]),
  ]
}

/** A trace with everything that a trace can have; it starts at a time in Unix milliseconds. */
export function fullTrace(linked: string, atMs: number): readonly SampleSpan[] {
  const event = (sinceMs: number) => ({
    timeUnixNano: `${BigInt(Math.round(atMs + sinceMs)) * 1_000_000n}`,
    name: 'exception',
    attributes: [
      text('exception.type', 'CardDeclined'),
      text('exception.message', 'the card was declined\n  at charge (payments.ts:12)'),
    ],
  })
  return [
    {
      ...{ service: 'gateway', name: 'POST /checkout', kind: SERVER, parent: -1 },
      ...{ startMs: 0, endMs: 480 },
      more: {
        attributes: [
          text('http.request.method', 'POST'),
          { key: 'http.response.status_code', value: { intValue: '502' } },
          { key: 'sampled', value: { boolValue: true } },
          { key: 'ratio', value: { doubleValue: 0.25 } },
          {
            key: 'tags',
            value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } },
          },
        ],
        traceState: 'vendor=abc',
        ...FAILED,
        links: [
          {
            traceId: traceIdOf(linked),
            spanId: spanIdOf(linked, 0),
            attributes: [text('why', 'retry')],
          },
        ],
      },
    },
    { service: 'gateway', name: 'authenticate', parent: 0, startMs: 4, endMs: 40 },
    { service: 'sessions', name: 'GET session', kind: CLIENT, parent: 1, startMs: 8, endMs: 30 },
    { service: 'orders', name: 'createOrder', kind: SERVER, parent: 0, startMs: 45, endMs: 460 },
    { service: 'orders', name: 'INSERT orders', kind: CLIENT, parent: 3, startMs: 50, endMs: 120 },
    { service: 'orders', name: 'SELECT stock', kind: CLIENT, parent: 3, startMs: 60, endMs: 95 },
    {
      ...{ service: 'payments', name: 'charge', kind: SERVER, parent: 3, startMs: 130, endMs: 420 },
      more: { ...FAILED, events: [event(402)] },
    },
    {
      service: 'payments',
      name: 'POST bank.example',
      kind: CLIENT,
      parent: 6,
      startMs: 150,
      endMs: 400,
    },
    // The clock of this host is behind.
    { service: 'ledger', name: 'book', kind: INTERNAL, parent: 6, startMs: 118, endMs: 160 },
    {
      service: 'orders',
      name: 'order.created',
      kind: PRODUCER,
      parent: 3,
      startMs: 430,
      endMs: 440,
    },
    { service: 'mail', name: 'send receipt', kind: CONSUMER, parent: 9, startMs: 445, endMs: 900 },
    // Its parent is never sent.
    { service: 'cache', name: 'evict', kind: INTERNAL, parent: -2, startMs: 300, endMs: 320 },
  ]
}

/** A trace of so many spans: a tree of batches, steps and queries. */
export function wideTrace(count: number): readonly SampleSpan[] {
  const spans: SampleSpan[] = [
    { service: 'batch', name: 'nightly', parent: -1, startMs: 0, endMs: count * 3 },
  ]
  for (let i = 1; i < count; i++) {
    const place = (i - 1) % 10
    const startMs = i * 3
    const service = place === 0 ? 'orders' : place < 4 ? 'stock' : 'db'
    const parent = place === 0 ? 0 : place === 1 || place === 4 ? i - place : i - 1
    spans.push({
      ...{
        service,
        name: `${service} step ${i}`,
        parent,
        startMs,
        endMs: startMs + 34 - place * 3,
      },
      ...(i % 97 === 0 && { more: FAILED }),
    })
  }
  return spans
}

/** Texts that would run or break out if they were put into a page as they are. */
export const HOSTILE_NAMES = [
  '<img src=x onerror=fail()>',
  '"><script>fail()</script><svg onload=fail()>',
  'javascript:fail()//${fail()}{{fail()}}',
  '\u202egnp.exe \u0000\u001b[31m',
] as const

export function hostileTrace(): readonly SampleSpan[] {
  return HOSTILE_NAMES.map((hostile, i) => ({
    ...{ service: hostile, name: hostile, parent: i - 1, startMs: i, endMs: 100 - i },
    more: {
      attributes: [text(hostile, hostile), text('url', 'javascript:fail()')],
      events: [{ timeUnixNano: '1', name: hostile, attributes: [text(hostile, hostile)] }],
      status: { code: 2, message: hostile },
      traceState: hostile,
    },
  }))
}
