import type { QueryFault } from './ast.ts'

/**
 * The text of a fault as Tempo answers it: `parse error at line 1, col 5: syntax error: …`, counted in characters from 1. Faults of
 * meaning have no place in Tempo's texts.
 */
export function formatFault(query: string, fault: QueryFault): string {
  if (!fault.isSyntax) return fault.message
  const lines = query.slice(0, fault.start).split('\n')
  const column = Array.from(lines.at(-1) ?? '').length + 1
  return `parse error at line ${lines.length}, col ${column}: ${fault.message}`
}
