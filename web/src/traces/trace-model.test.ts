import { describe, expect, it } from 'vitest'
import type { SpanJson } from '../../../src/model/trace-json.ts'
import { makeTrace } from './testing/make-trace.ts'
import { readTraceId } from './trace-id.ts'
import { childrenOf, selfNsOf, serviceOf, skewNsOf, toTrace, type Trace } from './trace-model.ts'

/** Each row with blanks for its depth. */
function draw(trace: Trace): readonly string[] {
  return trace.names.map((name, row) => '.'.repeat(trace.depths[row] ?? 0) + name)
}

function spansOf(links: readonly (readonly [id: string, parent: string])[]): Trace {
  const spans = links.map(([id, parent], i): SpanJson => ({
    ...{ traceId: '', spanId: btoa(id), parentSpanId: btoa(parent), name: id, status: {} },
    startTimeUnixNano: String(1_760_000_000_000_000_000n + BigInt(i)),
    endTimeUnixNano: '1760000000000001000',
  }))
  const resource = { attributes: [] }
  return toTrace('1', [{ resource, scopeSpans: [{ scope: {}, spans }] }])
}

describe('toTrace', () => {
  it('puts spans in the order of the tree, children by their start', () => {
    const trace = makeTrace(`
      root 0-100 gateway server
        late 50-90 orders
        early 10-40 orders error
          inner 12-20 db
    `)
    expect(draw(trace)).toEqual(['root', '.early', '..inner', '.late'])
    expect([...trace.ends]).toEqual([4, 3, 3, 4])
    expect([...trace.parents]).toEqual([-1, 0, 1, 0])
    expect([...trace.isError]).toEqual([0, 1, 0, 0])
    expect(trace.services).toEqual(['gateway', 'orders', 'db'])
    expect(serviceOf(trace, 2)).toBe('db')
    expect(trace.spanIds[0]).toBe('0000000000000001')
    expect([trace.durationNs, selfNsOf(trace, 0), selfNsOf(trace, 1)]).toEqual([100, 30, 22])
    expect(childrenOf(trace, 0)).toEqual([1, 3])
    expect(trace.kinds).toEqual(['server', 'internal', 'internal', 'internal'])
  })

  it('keeps spans whose parent is not there, many roots, and clocks that differ', () => {
    const trace = makeTrace(`
      a 5-10
      b 0-20 orders orphan
        c 2-30
        d 1-3
      e 40-45
    `)
    expect(draw(trace)).toEqual(['b', '.d', '.c', 'a', 'e'])
    expect(trace.roots).toEqual([0, 3, 4])
    expect([...trace.isOrphan]).toEqual([1, 0, 0, 0, 0])
    expect(trace.durationNs).toBe(45)
    const skewed = makeTrace('p 10-20\n  q 4-8')
    expect([skewNsOf(skewed, 0), skewNsOf(skewed, 1)]).toEqual([0, 6])
    expect(selfNsOf(skewed, 0)).toBe(10)
  })

  it('ends with spans that are each other’s parent, their own, or there twice', () => {
    const circle = spansOf([
      ['a', 'c'],
      ['b', 'a'],
      ['c', 'b'],
      ['self', 'self'],
      ['twice', ''],
      ['twice', ''],
      ['child', 'twice'],
    ])
    expect(draw(circle)).toEqual(['self', 'twice', '.child', 'twice', 'a', '.b', '..c'])
    expect(circle.isOrphan[0]).toBe(1)
    expect(toTrace('1', []).length).toBe(0)
  })

  it('takes a chain of a hundred thousand', () => {
    const chain = Array.from({ length: 100_000 }, (_none, i) => [`${i}`, i === 0 ? '' : `${i - 1}`])
    const trace = spansOf(chain.map(([id = '', parent = '']) => [id, parent] as const))
    expect(trace.depths[99_999]).toBe(99_999)
    expect(trace.ends[0]).toBe(100_000)
  })
})

it.each([
  ['4BF92f3577b34da6a3ce929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736'],
  [' 1f ', '0000000000000000000000000000001f'],
  ['0000', undefined],
  ['t12', undefined],
  ['', undefined],
])('the trace id %j is %j', (text, id) => expect(readTraceId(text)).toBe(id))
