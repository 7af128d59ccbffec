import { expect, it } from 'vitest'
import { decodeSpansJson } from '../../src/formats/otlp/decode-spans.ts'
import { encodeSpanExport } from '../../src/formats/otlp/encode-export.ts'
import { SpanSizes } from '../../src/ingest/span-metrics/span-size.ts'

const attributes = [
  { key: 's', value: { stringValue: 'täxt'.repeat(50) } },
  { key: 'i', value: { intValue: '-7' } },
  { key: 'n', value: { intValue: '300' } },
  { key: 'd', value: { doubleValue: 2.5 } },
  { key: 'b', value: { boolValue: true } },
]
const ids = { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708' }
const times = { startTimeUnixNano: '1700000000000000001', endTimeUnixNano: '1700000000500000001' }
const span = {
  ...{
    ...ids,
    ...times,
    parentSpanId: '0102030405060709',
    traceState: 'a=b',
    name: 'GET',
    kind: 2,
  },
  ...{ attributes, status: { code: 2, message: 'broke' } },
  events: [{ timeUnixNano: times.startTimeUnixNano, name: 'e', attributes }],
  links: [{ ...ids, traceState: 'c=d', attributes }],
}
const bare = { ...ids, ...times, name: 'bare', status: { code: 1 } }
const scopeSpans = [
  { scope: { name: 'lib', version: '1', attributes }, spans: [span, bare] },
  { scope: { name: 'other' }, spans: [bare] },
]

it.each([
  ['a span', [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'x' }, spans: [bare] }] }]],
  ['all kinds of fields', [{ resource: { attributes }, scopeSpans }]],
  [
    'two resources',
    [
      { resource: { attributes: attributes.slice(1) }, scopeSpans },
      { resource: { attributes }, scopeSpans },
    ],
  ],
])('%s: a request of rows has the size that its encoder gives it', (_, resourceSpans) => {
  const bytes = new TextEncoder().encode(JSON.stringify({ resourceSpans }))
  const { batch } = decodeSpansJson(bytes)
  const rows = Uint32Array.from(batch.startsNs.keys())
  expect(new SpanSizes(batch).sizeOfRequest(rows)).toBe(encodeSpanExport(batch).length)
})
