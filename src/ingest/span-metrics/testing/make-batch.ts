import { encodeAttribute, type AttributeValue } from '../../../model/attribute-value.ts'
import type { AttributeColumns, SpanBatch } from '../../../model/spans.ts'

type Value = string | number | boolean

/** A span as tests write it. Ids are small numbers. */
export interface TestSpan {
  readonly trace?: number
  readonly span: number
  readonly parent?: number
  readonly name?: string
  /** Undefined: the resource has no `service.name`. */
  readonly service: string | undefined
  readonly kind?: number
  readonly status?: number
  readonly message?: string
  readonly state?: string
  readonly startMs: number
  readonly durationMs: number
  readonly attributes?: Readonly<Record<string, Value>>
  readonly resource?: Readonly<Record<string, Value>>
  readonly events?: readonly {
    readonly name: string
    readonly attributes?: Readonly<Record<string, Value>>
  }[]
}

/** A batch of spans, each text in it once. */
export function makeBatch(spans: readonly TestSpan[]): SpanBatch {
  const texts = new Texts()
  const resources = new Map<string, readonly (readonly [string, string])[]>()
  const resourceIndex = spans.map((span) => {
    const service = span.service === undefined ? {} : { 'service.name': span.service }
    const pairs = Object.entries({ ...service, ...span.resource })
      .map(([key, value]) => [key, typedText(value)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify(pairs)
    resources.set(key, pairs)
    return [...resources.keys()].indexOf(key)
  })
  const column = (of: (span: TestSpan) => string): Uint32Array =>
    Uint32Array.from(spans, (span) => texts.place(of(span)))
  const events = spans.flatMap((span) => span.events ?? [])
  return {
    traceIds: idsOf(
      spans.map(({ trace }) => trace ?? 1),
      16,
    ),
    spanIds: idsOf(
      spans.map(({ span }) => span),
      8,
    ),
    parentIds: idsOf(
      spans.map(({ parent }) => parent ?? 0),
      8,
    ),
    startsNs: BigInt64Array.from(spans, ({ startMs }) => BigInt(Math.round(startMs * 1e6))),
    durationsNs: BigInt64Array.from(spans, ({ durationMs }) =>
      BigInt(Math.round(durationMs * 1e6)),
    ),
    names: column(({ name }) => name ?? 'work'),
    kinds: Uint8Array.from(spans, ({ kind }) => kind ?? 1),
    statuses: Uint8Array.from(spans, ({ status }) => status ?? 0),
    messages: column(({ message }) => message ?? ''),
    states: column(({ state }) => state ?? ''),
    attributes: attributesOf(spans, texts),
    resources: [...resources.values()],
    resourceIndex: Uint32Array.from(resourceIndex),
    scopes: [{ name: 'test', version: '', attributes: [] }],
    scopeIndex: new Uint32Array(spans.length),
    events: {
      ends: endsOf(spans.map((span) => span.events?.length ?? 0)),
      timesNs: new BigInt64Array(events.length),
      names: Uint32Array.from(events, ({ name }) => texts.place(name)),
      attributes: attributesOf(events, texts),
    },
    links: {
      ends: new Uint32Array(spans.length),
      traceIds: new Uint8Array(),
      spanIds: new Uint8Array(),
      states: new Uint32Array(),
      attributes: attributesOf([], texts),
    },
    strings: texts.all,
  }
}

/** The id of a trace as `makeBatch` writes it, in hex. */
export function traceIdOf(trace: number): string {
  return trace.toString(16).padStart(32, '0')
}

class Texts {
  readonly all: string[] = ['']

  place(text: string): number {
    const known = this.all.indexOf(text)
    return known >= 0 ? known : this.all.push(text) - 1
  }
}

function attributesOf(
  owners: readonly { readonly attributes?: Readonly<Record<string, Value>> }[],
  texts: Texts,
): AttributeColumns {
  const entries = owners.map(({ attributes }) => Object.entries(attributes ?? {}))
  return {
    ends: endsOf(entries.map(({ length }) => length)),
    keys: Uint32Array.from(entries.flat(), ([key]) => texts.place(key)),
    values: Uint32Array.from(entries.flat(), ([, value]) => texts.place(typedText(value))),
  }
}

function typedText(value: Value): string {
  return encodeAttribute(attributeOf(value))
}

function attributeOf(value: Value): AttributeValue {
  if (typeof value === 'string') return { type: 'string', value }
  if (typeof value === 'boolean') return { type: 'boolean', value }
  if (Number.isInteger(value)) return { type: 'int', value: BigInt(value) }
  return { type: 'float', value }
}

function idsOf(ids: readonly number[], width: number): Uint8Array {
  const bytes = new Uint8Array(ids.length * width)
  const view = new DataView(bytes.buffer)
  for (const [i, id] of ids.entries()) view.setUint32((i + 1) * width - 4, id)
  return bytes
}

function endsOf(lengths: readonly number[]): Uint32Array {
  let end = 0
  return Uint32Array.from(lengths, (length) => (end += length))
}
