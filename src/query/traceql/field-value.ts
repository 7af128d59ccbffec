import type { StaticValue } from '../../lang/traceql/ast.ts'

/** A list, as attributes can hold one. */
export type ListValue =
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'booleans'; readonly value: readonly boolean[] }

/** What a span has under a name. */
export type FieldValue = StaticValue | ListValue

export function isList(value: FieldValue): value is ListValue {
  return (
    value.type === 'strings' ||
    value.type === 'ints' ||
    value.type === 'floats' ||
    value.type === 'booleans'
  )
}

/** The elements of a list as values of their own. */
export function elementsOf(list: ListValue): readonly StaticValue[] {
  switch (list.type) {
    case 'strings':
      return list.value.map((value) => ({ type: 'string', value }))
    case 'ints':
      return list.value.map((value) => ({ type: 'int', value }))
    case 'floats':
      return list.value.map((value) => ({ type: 'float', value }))
    default:
      return list.value.map((value) => ({ type: 'boolean', value }))
  }
}

/** A number as floating; NaN for what is none. A duration counts nanoseconds. */
export function toFloat(value: FieldValue): number {
  switch (value.type) {
    case 'int':
    case 'float':
    case 'duration':
      return Number(value.value)
    default:
      return Number.NaN
  }
}

/** OpenTelemetry's numbers of the states of a span, by which integers are compared with them (Tempo's own order). */
const STATUS_NUMBERS = { error: 0n, ok: 1n, unset: 2n } as const

/** Whether two values are the same. An integer and a float are when their numbers are; other types never equal each other. */
export function isEqual(left: FieldValue, right: FieldValue): boolean {
  if (left.type === 'int' || left.type === 'duration') {
    if (right.type === 'int' || right.type === 'duration') return left.value === right.value
    if (right.type === 'status')
      return left.type === 'int' && left.value === STATUS_NUMBERS[right.value]
    return right.type === 'float' && Number(left.value) === right.value
  }
  if (left.type === 'float') return left.value === toFloat(right)
  if (left.type === 'status' && right.type === 'int')
    return STATUS_NUMBERS[left.value] === right.value
  if (left.type !== right.type) return false
  if (isList(left) && isList(right)) return isSameList(left.value, right.value)
  return left.value === right.value
}

function isSameList(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((value, i) => value === right[i])
}

/** A text that two values share only when they are the same, for grouping. */
export function keyOf(value: FieldValue | undefined): string {
  if (value === undefined) return 'nil'
  return `${value.type} ${isList(value) ? value.value.map(String).join('\u0000') : String(value.value)}`
}

/** Less than, equal to or more than 0, as for `Array.sort`; numbers of different types by their size, all else by type. */
export function compareValues(left: FieldValue, right: FieldValue): number {
  if (left.type === right.type && left.type === 'string')
    return left.value < String(right.value) ? -1 : left.value === right.value ? 0 : 1
  const difference = toFloat(left) - toFloat(right)
  return Number.isNaN(difference) ? left.type.localeCompare(right.type) : difference
}
