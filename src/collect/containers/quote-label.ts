const NEEDS_ESCAPE = /[\\"\n]/

/** A label's value as it stands between the quotes of a page. */
export function quoteLabel(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
