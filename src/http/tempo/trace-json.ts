import type {
  AttributeJson,
  ResourceSpansJson,
  ScopeSpansJson,
  SpanEventJson,
  SpanJson,
  SpanLinkJson,
} from '../../model/trace-json.ts'
import type { SpanRows } from '../../store/spans-source.ts'
import { attributeJson } from './attribute-json.ts'

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const CODES = ['UNSET', 'OK', 'ERROR']

/** Spans as OTLP's JSON, grouped by their resource and their scope, in the order of their times. */
export function traceJson(rows: SpanRows): ResourceSpansJson[] {
  const order = Array.from({ length: rows.length }, (_, row) => row).toSorted((a, b) =>
    compare(rows.startsNs[a] ?? 0n, rows.startsNs[b] ?? 0n),
  )
  const resources = new Map<string, Map<string, number[]>>()
  for (const row of order) {
    const key = rows.resources[row]?.toString() ?? ''
    const scopes = resources.get(key) ?? new Map<string, number[]>()
    resources.set(key, scopes)
    const scope = rows.scopes[row] ?? ''
    const some = scopes.get(scope)
    if (some) some.push(row)
    else scopes.set(scope, [row])
  }
  return [...resources.values()].map((scopes) => ({
    resource: { attributes: resourceJson(rows, [...scopes.values()][0]?.[0] ?? 0) },
    scopeSpans: [...scopes].map(([scope, some]) => scopeJson(rows, scope, some)),
  }))
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function resourceJson({ resources }: SpanRows, row: number): AttributeJson[] {
  return Object.entries(resources[row]?.toObject() ?? {}).map(([key, text]) =>
    attributeJson(key, text),
  )
}

function scopeJson(rows: SpanRows, scope: string, some: readonly number[]): ScopeSpansJson {
  const [name, version, attributes] = listOf(scope)
  return {
    scope: {
      ...(textOf(name) && { name: textOf(name) }),
      ...(textOf(version) && { version: textOf(version) }),
      ...withAttributes(attributes),
    },
    spans: some.map((row) => spanJson(rows, row)),
  }
}

function spanJson(rows: SpanRows, row: number): SpanJson {
  const startNs = rows.startsNs[row] ?? 0n
  const parent = rows.parentIds[row] ?? ''
  const state = rows.states[row] ?? ''
  const message = rows.messages[row] ?? ''
  const status = rows.statuses[row] ?? 0
  const attributes = spanAttributes(rows, row)
  const events = listOf(rows.events[row] ?? '').map((event) => eventJson(event, startNs))
  const links = listOf(rows.links[row] ?? '').map(linkJson)
  return {
    traceId: base64(rows.traceIds[row] ?? ''),
    spanId: base64(rows.spanIds[row] ?? ''),
    ...(parent && { parentSpanId: base64(parent) }),
    ...(state && { traceState: state }),
    name: rows.names[row] ?? '',
    kind: `SPAN_KIND_${KINDS[rows.kinds[row] ?? 0] ?? 'UNSPECIFIED'}`,
    startTimeUnixNano: startNs.toString(),
    endTimeUnixNano: (startNs + (rows.durationsNs[row] ?? 0n)).toString(),
    ...(attributes.length > 0 && { attributes }),
    ...(events.length > 0 && { events }),
    ...(links.length > 0 && { links }),
    status: {
      ...(message && { message }),
      ...(status > 0 && { code: `STATUS_CODE_${CODES[status] ?? 'UNSET'}` }),
    },
  }
}

function spanAttributes({ attributes }: SpanRows, row: number): AttributeJson[] {
  const { offsets, keys, values } = attributes
  const found: AttributeJson[] = []
  for (let i = offsets[row] ?? 0; i < (offsets[row + 1] ?? 0); i++)
    found.push(attributeJson(keys[i] ?? '', values[i] ?? ''))
  return found
}

function eventJson(event: unknown, startNs: bigint): SpanEventJson {
  const [sinceNs, name, attributes] = partsOf(event)
  return {
    timeUnixNano: (startNs + BigInt(Math.trunc(Number(sinceNs ?? 0)))).toString(),
    name: textOf(name),
    ...withAttributes(attributes),
  }
}

function linkJson(link: unknown): SpanLinkJson {
  const [trace, span, state, attributes] = partsOf(link)
  return {
    traceId: base64(textOf(trace)),
    spanId: base64(textOf(span)),
    ...(textOf(state) && { traceState: textOf(state) }),
    ...withAttributes(attributes),
  }
}

function withAttributes(found: unknown): { readonly attributes?: readonly AttributeJson[] } {
  if (typeof found !== 'object' || found === null) return {}
  const attributes = Object.entries(found).map(([key, text]) => attributeJson(key, textOf(text)))
  return attributes.length > 0 ? { attributes } : {}
}

/** What the store wrote as a JSON list; nothing is the empty one. */
function listOf(json: string): readonly unknown[] {
  return json === '' ? [] : partsOf(JSON.parse(json))
}

function partsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Protobuf's own JSON has bytes in base64. */
function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
