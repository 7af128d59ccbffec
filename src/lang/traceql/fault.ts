import { formatSyntaxFault } from '../syntax-fault.ts'
import type { QueryFault } from './ast.ts'

/**
 * The text of a fault as Tempo answers it: `parse error at line 1, col 5: syntax error: …`, counted in characters from 1. Faults of
 * meaning have no place in Tempo's texts.
 */
export function formatFault(query: string, fault: QueryFault): string {
  return fault.isSyntax ? formatSyntaxFault(query, fault) : fault.message
}
