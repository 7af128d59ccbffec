/** Where something stands in a query: UTF-16 offsets, the end is not part of it. */
export interface TokenPlace {
  readonly start: number
  readonly end: number
}

/** What is wrong with a query of Loki or Tempo. */
export interface SyntaxFault extends TokenPlace {
  readonly message: string
  /** False: it reads well but cannot mean anything. */
  readonly isSyntax: boolean
}

/** `parse error at line 1, col 5: syntax error: …`, as both programs write it: counted in characters from 1. */
export function formatSyntaxFault(query: string, { start, message }: SyntaxFault): string {
  const lines = query.slice(0, start).split('\n')
  const column = Array.from(lines.at(-1) ?? '').length + 1
  return `parse error at line ${lines.length}, col ${column}: ${message}`
}
