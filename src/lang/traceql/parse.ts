import type { Hint, MetricsExpression, Pipeline, Query, QueryFault } from './ast.ts'
import { SyntaxStop } from '../token-cursor.ts'
import { Cursor } from './cursor.ts'
import { parseStatic } from './parse-field.ts'
import { parsePiped } from './parse-pipeline.ts'

/** A query, or why there is none. */
export interface Parsed {
  readonly query: Query | undefined
  /** Empty when `query` is there. */
  readonly faults: readonly QueryFault[]
}

/** No query that a person or a dashboard writes is as long. */
const MAX_QUERY_LENGTH = 100_000

/**
 * Reads a TraceQL query by the grammar of Tempo (pkg/traceql/expr.y). What reads well may still mean nothing: `check` tells. Never
 * throws.
 */
export function parse(text: string): Parsed {
  if (text.length > MAX_QUERY_LENGTH) {
    const message = `the query is longer than ${MAX_QUERY_LENGTH} characters`
    return { query: undefined, faults: [{ start: 0, end: text.length, message, isSyntax: true }] }
  }
  const cursor = new Cursor(text)
  try {
    const body = parseBody(cursor)
    const hints: Hint[] = []
    while (cursor.isAt('with')) hints.push(...parseHints(cursor))
    if (cursor.peek().kind !== 'end') cursor.stop()
    return { query: { body, hints }, faults: [] }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxStop)) throw thrown
    return { query: undefined, faults: cursor.faults }
  }
}

function parseBody(cursor: Cursor): Pipeline | MetricsExpression {
  const piped = parsePiped(cursor)
  switch (piped.kind) {
    case 'metrics':
      return piped.expression
    case 'stages':
      return piped.pipeline
    default:
      return cursor.stop()
  }
}

/** `with(name=value, …)` */
function parseHints(cursor: Cursor): readonly Hint[] {
  cursor.expect('with')
  cursor.expect('(')
  const hints = [parseHint(cursor)]
  while (cursor.accept(',')) hints.push(parseHint(cursor))
  cursor.expect(')')
  return hints
}

function parseHint(cursor: Cursor): Hint {
  const { start, text: name } = cursor.expectKind('word')
  cursor.expect('=')
  return { name, value: parseStatic(cursor), start, end: cursor.takenEnd }
}
