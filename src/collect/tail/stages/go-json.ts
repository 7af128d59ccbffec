/** JSON as Go's encoding/json writes it: keys sorted, and `<`, `>`, `&` escaped. */
export function toGoJson(value: unknown): string {
  return escapeHtml(JSON.stringify(sortKeys(value)) ?? 'null')
}

/** A text as a JSON string in Go's way. */
export function quoteGoJson(text: string): string {
  return escapeHtml(JSON.stringify(text))
}

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (char) => ESCAPES[char] ?? char)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]))
}
