export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** What counts as false: null, false, and what is empty. Numbers never do. */
export function isFalse(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true
  if (isList(value)) return value.length === 0
  return isRecord(value) && Object.keys(value).length === 0
}

/** Equality of JSON values. */
export function areEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, at) => areEqual(item, b[at]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && areEqual(a[key], b[key]))
  )
}

/** The type of a value as the function `type` names it. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (isList(value)) return 'array'
  const type = typeof value
  return type === 'object' ? 'object' : type
}
