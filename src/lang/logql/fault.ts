import { formatSyntaxFault } from '../syntax-fault.ts'
import type { QueryFault } from './ast.ts'

/**
 * The text of a fault as Loki answers it: `parse error at line 1, col 5: syntax error: …`, counted in characters from 1. Faults
 * of meaning have no place in Loki's texts: `parse error : …`.
 */
export function formatFault(query: string, fault: QueryFault): string {
  if (!fault.isSyntax) return `parse error : ${fault.message}`
  return formatSyntaxFault(query, fault)
}
