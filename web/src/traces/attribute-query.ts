import type { AttributeScope, StaticValue } from '../../../src/lang/traceql/ast.ts'
import { printField, printValue } from '../../../src/lang/traceql/print.ts'
import type { AnyValueJson } from '../../../src/model/trace-json.ts'

/** `{ span.http.method = "GET" }`; undefined for values that TraceQL has no notation for. */
export function attributeQuery(
  scope: AttributeScope,
  name: string,
  value: AnyValueJson,
): string | undefined {
  const wanted = toStatic(value)
  if (wanted === undefined) return undefined
  const field = printField({ kind: 'attribute', scope, name, isParent: false, start: 0, end: 0 })
  return `{ ${field} = ${printValue(wanted)} }`
}

function toStatic(value: AnyValueJson): StaticValue | undefined {
  const { stringValue, boolValue, intValue, doubleValue } = value
  if (stringValue !== undefined) return { type: 'string', value: stringValue }
  if (boolValue !== undefined) return { type: 'boolean', value: boolValue }
  if (intValue !== undefined) return { type: 'int', value: BigInt(intValue) }
  return typeof doubleValue === 'number' ? { type: 'float', value: doubleValue } : undefined
}
