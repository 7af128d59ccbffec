import { isJsonObject, type JsonObject } from '../discovery/json-value.ts'

/** What stands at a path of an object of the API; undefined where anything on the way is missing. */
export function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object
  for (const name of path) {
    if (!isJsonObject(value)) return undefined
    value = value[name]
  }
  return value
}

/** A text; '' where there is none. */
export function textAt(object: unknown, ...path: readonly string[]): string {
  const value = valueAt(object, path)
  return typeof value === 'string' ? value : ''
}

/** A text, number or boolean as a label shows it; '' where there is none. */
export function shownAt(object: unknown, ...path: readonly string[]): string {
  const value = valueAt(object, path)
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** A number; undefined where there is none. */
export function numberAt(object: unknown, ...path: readonly string[]): number | undefined {
  const value = valueAt(object, path)
  return typeof value === 'number' ? value : undefined
}

/** True only where the value is `true`. */
export function isTrueAt(object: unknown, ...path: readonly string[]): boolean {
  return valueAt(object, path) === true
}

/** The items of a list; none where there is no list. */
export function listAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value: unknown = valueAt(object, path)
  return Array.isArray(value) ? value : []
}

/** The keys of an object with their values; none where there is no object. */
export function entriesAt(
  object: unknown,
  ...path: readonly string[]
): readonly (readonly [string, unknown])[] {
  const value = valueAt(object, path)
  return isJsonObject(value) ? Object.entries(value) : []
}

/** A mapping of texts, as labels and annotations are; what is no text is left out. */
export function textsAt(object: unknown, ...path: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of entriesAt(object, ...path)) {
    if (typeof value === 'string') out[name] = value
  }
  return out
}

/** A time of the API (RFC 3339) in whole seconds since the Unix epoch; undefined where there is none. */
export function secondsAt(object: unknown, ...path: readonly string[]): number | undefined {
  const written = textAt(object, ...path)
  const timestampMs = written === '' ? Number.NaN : Date.parse(written)
  return Number.isNaN(timestampMs) ? undefined : Math.floor(timestampMs / 1000)
}

/** True for an object, such as the state that a container is in. */
export function hasObjectAt(object: unknown, ...path: readonly string[]): boolean {
  return isJsonObject(valueAt(object, path))
}

/** The object itself as one that has keys; undefined for anything else. */
export function toObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined
}
