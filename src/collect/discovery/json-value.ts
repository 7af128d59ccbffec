/** A JSON object of a server that is not trusted: every field may be missing or of another type. */
export type JsonObject = Readonly<Record<string, unknown>>

const NOTHING: JsonObject = {}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : NOTHING
}

/** The objects of a list; empty when it is none. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** The text, or ''. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The texts of a list; empty when it is none. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The number, or `otherwise`. */
export function numberOf(value: unknown, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise
}

/** The fields that are texts. */
export function textFieldsOf(value: unknown): Readonly<Record<string, string>> {
  const out: Record<string, string> = {}
  for (const [name, text] of Object.entries(objectOf(value))) {
    if (typeof text === 'string') out[name] = text
  }
  return out
}
