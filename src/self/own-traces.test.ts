import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { OwnTraces, QUERY_TEXT } from './own-traces.ts'
import { annotateRequest, measure, type OwnTrace } from './spans.ts'

function begun(traces: OwnTraces, kind: 'query' | 'ingest' = 'query'): OwnTrace {
  const trace = traces.begin(kind, 'GET /x', { a: 1 })
  if (trace === undefined) throw new Error('not traced')
  return trace
}

describe('own traces', () => {
  it('have children for what is measured, each below what measures it', async () => {
    const traces = new OwnTraces(() => ({ sampling: 1, slowMs: 1000 }))
    const trace = begun(traces)
    const outcome = await trace.run(async () => {
      annotateRequest(QUERY_TEXT, 'up')
      return measure('outer', {}, async () => {
        await turn()
        await measure('inner', { rows: 7 }, async () => turn())
        await expect(measure('bad', {}, () => Promise.reject(new Error('no')))).rejects.toThrow(
          'no',
        )
        return 'done'
      })
    })
    traces.end(trace, 200)
    expect(outcome).toBe('done')
    const spans = traces.take()
    const byName = new Map(spans.map((span) => [span.name, span]))
    const [root, outer, inner] = ['GET /x', 'outer', 'inner'].map((name) => byName.get(name))
    expect(root).toMatchObject({ parentId: '', failure: undefined })
    expect(root?.attributes).toEqual([
      ['a', 1],
      [QUERY_TEXT, 'up'],
      ['http.response.status_code', 200],
    ])
    expect(outer?.parentId).toBe(root?.spanId)
    expect(inner).toMatchObject({ parentId: outer?.spanId, attributes: [['rows', 7]] })
    expect(byName.get('bad')).toMatchObject({ parentId: outer?.spanId, failure: 'no' })
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([trace.traceId]))
    expect(traces.take()).toEqual([])
  })

  it('do not measure outside of a request, nor what goes on after its answer', async () => {
    const traces = new OwnTraces(() => ({ sampling: 1, slowMs: 1000 }))
    expect(await measure('alone', {}, async () => 7)).toBe(7)
    const trace = begun(traces)
    let later: Promise<unknown> = Promise.resolve()
    trace.run(() => {
      later = measure('late', {}, async () => turn())
    })
    traces.end(trace, 200)
    await later
    expect(traces.take()).toHaveLength(1)
  })

  it('are kept by their share, and when a query was slow', () => {
    const none = new OwnTraces(
      () => ({ sampling: 0.1, slowMs: 1000 }),
      () => 0.5,
    )
    expect(none.begin('ingest', 'POST /x', {})).toBeUndefined()
    none.end(begun(none), 200)
    expect([none.take(), none.slow]).toEqual([[], []])
    const slow = new OwnTraces(
      () => ({ sampling: 0.1, slowMs: 0 }),
      () => 0.5,
    )
    const trace = begun(slow)
    trace.annotate(QUERY_TEXT, 'sum(x)')
    slow.end(trace, 504)
    expect(slow.slow).toMatchObject([
      { request: 'GET /x', query: 'sum(x)', status: 504, traceId: trace.traceId },
    ])
    expect(slow.take()).toMatchObject([{ failure: 'answered with status 504' }])
    const off = new OwnTraces(() => ({ sampling: 0, slowMs: 0 }))
    expect(off.begin('query', 'GET /x', {})).toBeUndefined()
  })

  it('have bounds', async () => {
    const traces = new OwnTraces(() => ({ sampling: 1, slowMs: 0 }))
    const trace = begun(traces)
    trace.annotate(QUERY_TEXT, 'x'.repeat(10_000))
    await trace.run(async () => {
      for (let i = 0; i < 300; i++) await measure('child', {}, () => Promise.resolve())
    })
    traces.end(trace, 200)
    const spans = traces.take()
    expect(spans).toHaveLength(201)
    expect(String(trace.get(QUERY_TEXT)).length).toBe(2001)
    expect(trace.get('vedette.dropped_spans')).toBe(100)
    for (let i = 0; i < 500; i++) traces.end(begun(traces), 200)
    expect(traces.slow).toHaveLength(100)
    expect(traces.take().length).toBeLessThan(100)
  })
})
