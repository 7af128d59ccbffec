/** A field of an answer in JSON, by its path; undefined when the answer is no JSON or has none. */
export function jsonField(body: string, ...path: readonly (string | number)[]): unknown {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Reflect.get(value, name)
  }
  return value
}

/** The field as text; empty when it is none. */
export function jsonText(body: string, ...path: readonly (string | number)[]): string {
  const value = jsonField(body, ...path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** True when the text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
