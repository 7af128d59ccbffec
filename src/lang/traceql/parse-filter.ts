import type { FieldExpression, SpansetFilter } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { parseField } from './parse-field.ts'

/** `{ condition }` */
export function parseFilter(cursor: Cursor): SpansetFilter {
  const { start } = cursor.expect('{')
  const condition = cursor.isAt('}') ? always(cursor.takenEnd) : parseField(cursor)
  cursor.expect('}')
  return { kind: 'spanset_filter', condition, start, end: cursor.takenEnd }
}

function always(at: number): FieldExpression {
  return { kind: 'static', value: { type: 'boolean', value: true }, start: at, end: at }
}
