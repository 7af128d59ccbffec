import { Problem } from '../../model/problem.ts'

/** A JSON object whose values are not known yet: they are read by the functions of this file. */
export interface JsonObject {
  [key: string]: unknown
}

/** Real dashboards nest some 15 levels; the bound keeps a hostile one from exhausting the stack. */
const DEEPEST = 100

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The list, or an empty one. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The objects of a list; whatever else it holds is left out. */
export function objectsOf(value: unknown): JsonObject[] {
  return listOf(value).filter(isObject)
}

/** The text; a number or boolean in its place is written out, as Grafana's editor and generators mix them. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** The text when there is something in it. */
export function filledText(value: unknown): string | undefined {
  const text = textOf(value)
  return text === '' ? undefined : text
}

/** The finite number, also when it was written as text (`"4"`), as old dashboards do; an empty text is none. */
export function numberOf(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined
}

export function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** The objects of a list, each replaced by a changed copy. */
export function changeEach(value: unknown, change: (one: JsonObject) => JsonObject): JsonObject[] {
  return objectsOf(value).map(change)
}

/** One text or a list of them: what a variable's value may be. */
export function textsOf(value: unknown): string | string[] | undefined {
  if (!Array.isArray(value)) return textOf(value)
  return value.map(textOf).filter((one) => one !== undefined)
}

/**
 * A deep copy without keys that would reach a prototype (`__proto__`), so that a migration may change it. Throws `Problem`
 * `bad_data` past 100 levels.
 */
export function copyJson(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) {
    throw new Problem('bad_data', `the dashboard nests deeper than ${DEEPEST} levels`)
  }
  if (Array.isArray(value)) return value.map((one) => copyJson(one, depth + 1))
  if (!isObject(value)) return value
  const out: JsonObject = {}
  for (const [key, inner] of Object.entries(value)) {
    if (key !== '__proto__' && inner !== undefined) out[key] = copyJson(inner, depth + 1)
  }
  return out
}

/** The object without the named keys. */
export function without(from: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !keys.has(key)))
}

/** The object without keys whose value is undefined or null. */
export function present(from: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(from).filter(([, value]) => value !== undefined && value !== null),
  )
}
