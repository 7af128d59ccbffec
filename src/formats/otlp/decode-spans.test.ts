import { describe, expect, it } from 'vitest'
import { decodeAttribute } from '../../model/attribute-value.ts'
import { Problem } from '../../model/problem.ts'
import { type AttributeColumns, type SpanBatch, startOf } from '../../model/spans.ts'
import { decodeSpans, decodeSpansJson } from './decode-spans.ts'

const TRACE = '5b8efff798038103d269b633813fc60c'
const SPAN = 'eee19b7ec3c1b174'
const PARENT = 'eee19b7ec3c1b173'

type Field = readonly [number: number, value: string | bigint | Uint8Array | readonly Field[]]

/** Protobuf of fields: texts and messages with their length, bigints as fixed64, and one byte (`Uint8Array` of 1) as a varint. */
function encode(fields: readonly Field[]): Uint8Array {
  const out: number[] = []
  const varint = (value: number): void => {
    for (let rest = value; ; rest >>>= 7) {
      out.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
      if (rest <= 0x7f) return
    }
  }
  for (const [number, value] of fields) {
    if (typeof value === 'bigint') {
      varint((number << 3) | 1)
      for (let i = 0n; i < 8n; i++) out.push(Number((value >> (8n * i)) & 0xffn))
    } else if (value instanceof Uint8Array && value.length === 1) {
      varint(number << 3)
      out.push(value[0] ?? 0)
    } else {
      const bytes =
        typeof value === 'string'
          ? new TextEncoder().encode(value)
          : value instanceof Uint8Array
            ? value
            : encode(value)
      varint((number << 3) | 2)
      varint(bytes.length)
      out.push(...bytes)
    }
  }
  return Uint8Array.from(out)
}

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

const text = (key: string, value: string): readonly Field[] => [
  [1, key],
  [2, [[1, value]]],
]

const PROTOBUF = encode([
  [
    1,
    [
      [1, [[1, text('service.name', 'api')]]],
      [
        2,
        [
          [
            1,
            [
              [1, 'lib'],
              [2, '1.2'],
            ],
          ],
          [
            2,
            [
              [1, hex(TRACE)],
              [2, hex(SPAN)],
              [3, 'a=b'],
              [4, hex(PARENT)],
              [5, 'GET /'],
              [6, Uint8Array.of(2)],
              [7, 1_700_000_000_000_000_001n],
              [8, 1_700_000_000_500_000_001n],
              [9, text('http.method', 'GET')],
              [
                9,
                [
                  [1, 'http.status'],
                  [2, [[3, Uint8Array.of(100)]]],
                ],
              ],
              [
                11,
                [
                  [1, 1_700_000_000_100_000_000n],
                  [2, 'exception'],
                  [3, text('exception.type', 'E')],
                ],
              ],
              [
                13,
                [
                  [1, hex(TRACE)],
                  [2, hex(PARENT)],
                  [4, text('why', 'because')],
                ],
              ],
              [
                15,
                [
                  [2, 'it broke'],
                  [3, Uint8Array.of(2)],
                ],
              ],
            ],
          ],
        ],
      ],
    ],
  ],
])

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

const SPAN_JSON = {
  traceId: TRACE,
  spanId: SPAN,
  traceState: 'a=b',
  parentSpanId: PARENT,
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: '1700000000000000001',
  endTimeUnixNano: '1700000000500000001',
  attributes: [attribute('http.method', 'GET'), { key: 'http.status', value: { intValue: '100' } }],
  events: [
    {
      timeUnixNano: '1700000000100000000',
      name: 'exception',
      attributes: [attribute('exception.type', 'E')],
    },
  ],
  links: [{ traceId: TRACE, spanId: PARENT, attributes: [attribute('why', 'because')] }],
  status: { message: 'it broke', code: 2 },
}

function request(...spans: readonly object[]): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [attribute('service.name', 'api')] },
          scopeSpans: [{ scope: { name: 'lib', version: '1.2' }, spans }],
        },
      ],
    }),
  )
}

function attributesOf({ strings }: SpanBatch, columns: AttributeColumns, row: number): object {
  const found: Record<string, unknown> = {}
  for (let i = startOf(columns.ends, row); i < (columns.ends[row] ?? 0); i++) {
    const value = decodeAttribute(strings[columns.values[i] ?? 0] ?? '')
    found[strings[columns.keys[i] ?? 0] ?? ''] = value.value
  }
  return found
}

describe('a request for traces', () => {
  it('is the same in protobuf and in JSON', () => {
    const json = decodeSpansJson(request(SPAN_JSON))
    expect(decodeSpans(PROTOBUF)).toEqual(json)
    const { batch, refused } = json
    expect(refused).toBe(0)
    expect(Buffer.from(batch.traceIds).toString('hex')).toBe(TRACE)
    expect(Buffer.from(batch.spanIds).toString('hex')).toBe(SPAN)
    expect(Buffer.from(batch.parentIds).toString('hex')).toBe(PARENT)
    expect(batch.startsNs[0]).toBe(1_700_000_000_000_000_001n)
    expect(batch.durationsNs[0]).toBe(500_000_000n)
    expect([batch.kinds[0], batch.statuses[0]]).toEqual([2, 2])
    expect(batch.strings[batch.messages[0] ?? 0]).toBe('it broke')
    expect(attributesOf(batch, batch.attributes, 0)).toEqual({
      'http.method': 'GET',
      'http.status': 100n,
    })
    expect(attributesOf(batch, batch.events.attributes, 0)).toEqual({ 'exception.type': 'E' })
    expect(attributesOf(batch, batch.links.attributes, 0)).toEqual({ why: 'because' })
    expect(batch.resources).toEqual([[['service.name', 'sapi']]])
    expect(batch.scopes).toEqual([{ name: 'lib', version: '1.2', attributes: [] }])
  })

  it.each([
    ['protobuf', PROTOBUF, decodeSpans],
    ['JSON', request(SPAN_JSON), decodeSpansJson],
  ])('holds nothing of the bytes that it came in: %s', (_, bytes, decode) => {
    const own = bytes.slice()
    const { batch } = decode(own)
    own.fill(0x7b)
    expect(batch).toEqual(decode(bytes).batch)
  })

  it('leaves out spans without an id, with all that belongs to them', () => {
    const { traceId: _, ...nameless } = SPAN_JSON
    const other = { ...SPAN_JSON, attributes: [attribute('k', 'v')], events: [], links: [] }
    const { batch, refused } = decodeSpansJson(
      request({ ...SPAN_JSON, spanId: '0000000000000000' }, other, nameless),
    )
    expect(refused).toBe(2)
    expect(batch.startsNs.length).toBe(1)
    expect(attributesOf(batch, batch.attributes, 0)).toEqual({ k: 'v' })
    expect([batch.events.timesNs.length, batch.links.states.length]).toEqual([0, 0])
  })

  it('has spans of no duration where they end before they start', () => {
    const { batch } = decodeSpansJson(request({ ...SPAN_JSON, endTimeUnixNano: '5' }))
    expect(batch.durationsNs[0]).toBe(0n)
  })
})

describe('attributes that are too long', () => {
  const key = 'k'.repeat(30)
  const value = 'ä'.repeat(20)
  const twice = [attribute(key, value), attribute(key, value)]
  const protobuf = encode([
    [
      1,
      [
        [1, [[1, text('service.name', 'api')]]],
        [
          2,
          [
            [
              2,
              [
                [1, hex(TRACE)],
                [2, hex(SPAN)],
                [9, text(key, value)],
                [9, text(key, value)],
              ],
            ],
          ],
        ],
      ],
    ],
  ])

  it.each([
    [
      'in JSON',
      decodeSpansJson(request({ ...SPAN_JSON, attributes: twice, events: [], links: [] }), 11),
    ],
    ['in protobuf', decodeSpans(protobuf, 11)],
  ])('are cut where a character ends, and counted, %s', (_, { batch, truncated }) => {
    expect(attributesOf(batch, batch.attributes, 0)).toEqual({ [key.slice(0, 11)]: 'äääää' })
    expect(truncated).toEqual({ resource: 1, scope: 0, span: 4, event: 0, link: 0 })
  })

  it('of megabytes take no more than the limit', () => {
    const huge = 'x'.repeat(3_000_000)
    const { batch, truncated } = decodeSpansJson(
      request({ ...SPAN_JSON, attributes: [attribute('k', huge)], events: [], links: [] }),
    )
    expect(attributesOf(batch, batch.attributes, 0)).toEqual({ k: 'x'.repeat(2048) })
    expect(truncated.span).toBe(1)
  })
})

describe('hostile requests', () => {
  it.each([
    ['an id of another length', { traceId: 'abcd' }],
    ['an id that is no hex', { spanId: 'zz'.repeat(8) }],
    ['a kind nobody knows', { kind: 'SPAN_KIND_STRANGE' }],
  ])('with %s are refused', (_, wrong) => {
    expect(() => decodeSpansJson(request({ ...SPAN_JSON, ...wrong }))).toThrow(Problem)
  })

  it('never do more than be refused, wherever they are cut off or changed', () => {
    const strange: unknown[] = []
    const attempt = (bytes: Uint8Array): void => {
      try {
        decodeSpans(bytes)
      } catch (thrown) {
        if (!(thrown instanceof Problem)) strange.push(thrown)
      }
    }
    for (let end = 0; end < PROTOBUF.length; end++) attempt(PROTOBUF.slice(0, end))
    for (let at = 0; at < PROTOBUF.length; at++) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = PROTOBUF.slice()
        changed[at] = byte
        attempt(changed)
      }
    }
    expect(strange).toEqual([])
  })
})
