import { check } from '../../../../src/lang/traceql/check.ts'
import { parse } from '../../../../src/lang/traceql/parse.ts'
import { print } from '../../../../src/lang/traceql/print.ts'
import type { QueryLanguage } from '../query-language.ts'
import { completeTraceql } from './complete.ts'
import { traceqlHighlight } from './highlight.ts'
import { isTraceId } from './trace-id.ts'

export const traceqlLanguage: QueryLanguage = {
  id: 'traceql',
  name: 'TraceQL',
  placeholder:
    'Spans to find, or the id of a trace: { resource.service.name = "api" && duration > 1s }',
  support: () => traceqlHighlight,
  check: (text) => {
    if (text.trim() === '' || isTraceId(text)) return []
    const { query, faults } = parse(text)
    return query ? check(query) : faults
  },
  complete: completeTraceql,
  format: (text) => {
    const { query } = parse(text)
    return query && print(query)
  },
}
