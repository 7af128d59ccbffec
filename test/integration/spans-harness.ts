import { afterEach } from 'vitest'
import { decodeSpansJson } from '../../src/formats/otlp/decode-spans.ts'
import type { SpanBatch } from '../../src/model/spans.ts'
import { SpansStore, type SpansStoreOptions } from '../../src/store/spans-store.ts'
import { DAY, NOON, type StoreHarness } from './store-harness.ts'

type Value = string | number | boolean | readonly string[]

/** A span as tests write it. Ids are small numbers. */
export interface TestSpan {
  readonly trace: number
  readonly span: number
  readonly parent?: number
  readonly name?: string
  readonly service?: string
  readonly kind?: number
  readonly status?: number
  /** Milliseconds after noon. */
  readonly atMs?: number
  readonly durationMs?: number
  readonly attributes?: Readonly<Record<string, Value>>
  readonly resource?: Readonly<Record<string, Value>>
  readonly events?: readonly {
    readonly name: string
    readonly attributes?: Readonly<Record<string, Value>>
  }[]
  readonly links?: readonly { readonly trace: number; readonly span: number }[]
}

export const NOON_NS = BigInt(NOON) * 1_000_000n
const MS = 1_000_000n

export function traceIdOf(trace: number): string {
  return trace.toString(16).padStart(32, '0')
}

function spanIdOf(span: number): string {
  return span.toString(16).padStart(16, '0')
}

export function spansOf(spans: readonly TestSpan[]): SpanBatch {
  const resourceSpans = spans.map((span) => {
    const startNs = NOON_NS + BigInt(span.atMs ?? 0) * MS
    return {
      resource: { attributes: listOf({ 'service.name': span.service ?? 'api', ...span.resource }) },
      scopeSpans: [
        {
          scope: { name: 'test', version: '1' },
          spans: [
            {
              traceId: traceIdOf(span.trace),
              spanId: spanIdOf(span.span),
              parentSpanId: span.parent === undefined ? '' : spanIdOf(span.parent),
              name: span.name ?? 'span',
              kind: span.kind ?? 1,
              startTimeUnixNano: String(startNs),
              endTimeUnixNano: String(startNs + BigInt(span.durationMs ?? 1) * MS),
              attributes: listOf(span.attributes ?? {}),
              events: (span.events ?? []).map(({ name, attributes }) => ({
                timeUnixNano: String(startNs + MS),
                name,
                attributes: listOf(attributes ?? {}),
              })),
              links: (span.links ?? []).map((link) => ({
                traceId: traceIdOf(link.trace),
                spanId: spanIdOf(link.span),
              })),
              status: { code: span.status ?? 0 },
            },
          ],
        },
      ],
    }
  })
  return decodeSpansJson(new TextEncoder().encode(JSON.stringify({ resourceSpans }))).batch
}

function listOf(attributes: Readonly<Record<string, Value>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }))
}

function valueOf(value: Value): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } }
}

/** Stores of spans over the engine of a harness; each ends with its test. */
export function spansOver(
  harness: StoreHarness,
): (
  options?: Partial<SpansStoreOptions>,
  database?: string,
) => Promise<{ readonly store: SpansStore; readonly database: string }> {
  const opened: SpansStore[] = []
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.stop(5000)
  })
  return async (options = {}, database) => {
    const { client, database: name } = await harness.open({}, database)
    const store = await SpansStore.open({
      client,
      nowMs: () => NOON,
      retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] },
      ...options,
    })
    opened.push(store)
    return { store, database: name }
  }
}
