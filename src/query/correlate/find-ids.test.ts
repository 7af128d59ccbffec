import { describe, expect, it } from 'vitest'
import { IdFinder, toSpanId, toTraceId } from './find-ids.ts'
import { DEFAULT_CORRELATION } from './settings.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const finder = new IdFinder(DEFAULT_CORRELATION)
const found = (line: string, fields: Readonly<Record<string, string>> = {}): readonly unknown[] =>
  finder
    .find({ line, fields: Object.entries(fields) })
    .map((one) => [one.traceId, one.spanId, one.by])

describe('ids of traces in log lines', () => {
  it('are structured metadata of OTLP', () => {
    expect(found('it broke', { trace_id: TRACE, span_id: SPAN, level: 'error' })).toEqual([
      [TRACE, SPAN, 'trace_id'],
    ])
  })

  it.each([
    [`{"msg":"x","trace_id":"${TRACE}","span_id":"${SPAN}"}`, 'trace_id', SPAN],
    [`{"traceId":"${TRACE.toUpperCase()}"}`, 'traceId', undefined],
    [
      `{"dd":{"trace_id":"11803532876627986230","span_id":"67667974448284343"}}`,
      'dd.trace_id',
      SPAN,
    ],
    [`{"attributes":{"trace":{"id":"${TRACE}"}}}`, 'attributes.trace.id', undefined],
    [
      `{"logging.googleapis.com/trace":"projects/p/traces/${TRACE}"}`,
      'logging.googleapis.com/trace',
      undefined,
    ],
    [`level=info trace_id=${TRACE} span_id=${SPAN} msg="ok"`, 'trace_id', SPAN],
    [`INFO [traceID: ${TRACE}] done`, 'traceID', undefined],
    [`GET / 200 traceparent=00-${TRACE}-${SPAN}-01`, DEFAULT_CORRELATION.patterns[0], SPAN],
    [`{"broken": traceId="${TRACE}"`, 'traceId', undefined],
  ])('%s', (line, by, span) => {
    const trace = by === 'dd.trace_id' ? '0000000000000000a3ce929d0e0e4736' : TRACE
    expect(found(line)).toEqual([[trace, span, by]])
  })

  it('are nothing else', () => {
    expect(found(`commit ${TRACE}`)).toEqual([])
    expect(found('trace_id=xyz')).toEqual([])
    expect(found('trace_id=00000000000000000000000000000000')).toEqual([])
    expect(found(`backtrace_id=${TRACE}`)).toEqual([])
    expect(found(`trace_id=${TRACE}0`)).toEqual([])
    expect(found('')).toEqual([])
  })

  it('come once each, with patterns of a file', () => {
    expect(found(`trace_id=${TRACE} {"trace_id":"${TRACE}"}`, { traceID: TRACE })).toEqual([
      [TRACE, undefined, 'traceID'],
    ])
    const own = new IdFinder({ ...DEFAULT_CORRELATION, patterns: ['req<([0-9a-f]{32})>'] })
    expect(own.find({ line: `req<${TRACE}>`, fields: [] })).toMatchObject([{ traceId: TRACE }])
  })

  it('are told from other texts', () => {
    expect(toTraceId('A3CE929D0E0E4736')).toBe('0000000000000000a3ce929d0e0e4736')
    expect(toTraceId('12')).toBeUndefined()
    expect(toSpanId('0000000000000000')).toBeUndefined()
    expect(toSpanId('1')).toBeUndefined()
  })
})
