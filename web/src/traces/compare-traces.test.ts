import { describe, expect, it } from 'vitest'
import { compareTraces } from './compare-traces.ts'
import { durationScale } from './duration-scale.ts'
import { encodeTrace } from './download-trace.ts'
import { sortFound } from './sort-found.ts'
import { makeTrace } from './testing/make-trace.ts'

/** `..name left right verdict` */
function draw(left: string, right: string): readonly string[] {
  return compareTraces(makeTrace(left), makeTrace(right)).map(
    (node) =>
      `${'.'.repeat(node.depth)}${node.service}:${node.name} ${node.left.spans} ${node.right.spans} ${node.verdict}`,
  )
}

describe('compareTraces', () => {
  it('puts spans of the same way together, and says what differs', () => {
    const left = `
      root 0-1000000 gateway
        list 0-400000 orders
          select 10-100000 db
          select 20-100000 db
        mail 500000-600000 mail
        pay 600000-700000 pay
    `
    const right = `
      root 0-1050000 gateway
        list 0-900000 orders
          select 10-100000 db
          select 20-100000 db
          select 30-100000 db
        pay 900000-910000 pay error
        audit 910000-920000 audit
    `
    expect(draw(left, right)).toEqual([
      'gateway:root 1 1 same',
      '.orders:list 1 1 slower',
      '..db:select 2 3 more',
      '.mail:mail 1 0 only-left',
      '.pay:pay 1 1 faster',
      '.audit:audit 0 1 only-right',
    ])
    expect(draw(right, left)[2]).toBe('..db:select 3 2 fewer')
    const [, , select] = compareTraces(makeTrace(left), makeTrace(right))
    expect(select?.left).toEqual({ spans: 2, errors: 0, durationNs: 199_970 })
  })

  it('takes nothing beside something, and a deep chain', () => {
    expect(draw('', 'a 0-1')).toEqual(['api:a 0 1 only-right'])
    const deep = Array.from({ length: 5000 }, (_none, i) => `${' '.repeat(2 * i)}s 0-9`).join('\n')
    expect(compareTraces(makeTrace(deep), makeTrace(deep)).length).toBe(5000)
  })
})

it('found traces are put in an order, the newest of equals first', () => {
  const found = (id: string, startNs: number, durationMs: number, spans: number) => ({
    ...{ traceID: id, rootServiceName: '', rootTraceName: '', durationMs, spanSets: [] },
    startTimeUnixNano: String(startNs),
    serviceStats: { api: { spanCount: spans, ...(spans > 5 && { errorCount: 1 }) } },
  })
  const traces = [found('a', 1, 50, 2), found('b', 3, 20, 9), found('c', 2, 20, 1)]
  const order = (by: Parameters<typeof sortFound>[1]): string =>
    sortFound(traces, by)
      .map(({ traceID }) => traceID)
      .join('')
  expect(order('newest')).toBe('bca')
  expect(order('longest')).toBe('abc')
  expect(order('errors')).toBe('bca')
  expect(order('spans')).toBe('bac')
})

it('durations have a logarithmic scale between powers of ten', () => {
  const { at, ticks } = durationScale([12, 900, 0])
  expect(ticks.map(({ label }) => label)).toEqual(['100 µs', '1 ms', '10 ms', '100 ms', '1 s'])
  expect([at(0), at(1), at(1000)]).toEqual([at(0.5), 0.25, 1])
  expect(durationScale([]).ticks.length).toBe(2)
})

it('a trace is saved as OTLP’s JSON', () => {
  const saved: unknown = JSON.parse(encodeTrace(makeTrace('a 0-9 api server error\n  b 1-2 api')))
  expect(saved).toMatchObject({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name' }] },
        scopeSpans: [
          { spans: [{ spanId: '0000000000000001', kind: 2, status: { code: 2 }, name: 'a' }] },
        ],
      },
      { scopeSpans: [{ spans: [{ parentSpanId: '0000000000000001', kind: 1 }] }] },
    ],
  })
})
