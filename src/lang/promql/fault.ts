import type { QueryFault } from './ast.ts'
import { utf8Length } from '../../model/go-notation.ts'

/**
 * The text of a fault as Prometheus answers it: `1:5: parse error: unexpected end of input`. Line and column count from 1,
 * the column in UTF-8 bytes; the position in an empty query is `unknown position`.
 */
export function formatFault(query: string, fault: QueryFault): string {
  return `${describePosition(query, fault.start)}: parse error: ${fault.message}`
}

function describePosition(query: string, start: number): string {
  if (query === '') return 'unknown position'
  if (start < 0 || start > query.length) return 'invalid position'
  const before = query.slice(0, start)
  const lines = before.split('\n')
  return `${lines.length}:${utf8Length(lines.at(-1) as string) + 1}`
}
