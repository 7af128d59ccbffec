import { expect, it } from 'vitest'
import { fieldsOf } from './line-fields.ts'
import { toLines } from './log-line.ts'
import { traceOfLine } from './trace-of-line.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

function traceOf(text: string, structuredMetadata: Record<string, string> = {}) {
  const values = [['1760000000000000000', text, { structuredMetadata }]] as const
  const [line] = toLines([{ stream: { app: 'web' }, values }], 'newest-first')
  return line && traceOfLine(fieldsOf(line))
}

it.each([
  ['structured metadata', 'served', { trace_id: TRACE, span_id: SPAN }, SPAN],
  ['JSON', `{"msg":"served","traceId":"${TRACE}","spanId":"${SPAN}"}`, {}, SPAN],
  ['nested JSON', `{"trace":{"id":"${TRACE}"}}`, {}, undefined],
  ['logfmt', `level=info traceID=${TRACE.toUpperCase()} msg="served"`, {}, undefined],
  ['names with dots', `{"trace.id":"${TRACE}","dd.span_id":"${SPAN}"}`, {}, SPAN],
  ['the header of W3C', `{"traceparent":"00-${TRACE}-${SPAN}-01"}`, {}, SPAN],
])('is found in %s', (_name, text, metadata, spanId) =>
  expect(traceOf(text, metadata)).toEqual({ traceId: TRACE, spanId }),
)

it('is not taken for one', () => {
  expect(traceOf('served', { trace_id: 't12' })).toBeUndefined()
  expect(traceOf('served', { trace_id: '0'.repeat(32) })).toBeUndefined()
  expect(traceOf('served', { trace_id: `${TRACE}"><script>` })).toBeUndefined()
  expect(traceOf(`the trace ${TRACE}`)).toBeUndefined()
})
