import { parse } from '../../../src/lang/traceql/parse.ts'
import { isTraceId } from '../editor/traceql/trace-id.ts'

/** What is asked for; undefined while the query cannot be read. */
export function kindOfTraceQuery(query: string): 'trace' | 'search' | 'numbers' | undefined {
  if (isTraceId(query)) return 'trace'
  const body = parse(query).query?.body
  return body === undefined ? undefined : body.kind === 'pipeline' ? 'search' : 'numbers'
}
