import { parseGoDurationNs, parseGoFloat } from '../../../lang/logql/quantity.ts'

/**
 * An extracted value as a text, as promtail's getString has it: numbers without an exponent, booleans as words; undefined for what
 * has no text there (nothing, null).
 */
export function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return formatNumber(value)
    case 'boolean':
      return value ? 'true' : 'false'
    default:
      return undefined
  }
}

/** Go's strconv.FormatFloat(value, 'f', -1, 64). */
function formatNumber(value: number): string {
  const text = String(value)
  const at = text.indexOf('e')
  if (at < 0) return text
  const power = Number(text.slice(at + 1))
  const isNegative = text.startsWith('-')
  const [whole = '', fraction = ''] = text.slice(isNegative ? 1 : 0, at).split('.')
  const digits = whole + fraction
  const point = whole.length + power
  // Numbers with a positive exponent are so large that they have no digits behind the point.
  const size = point <= 0 ? `0.${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0')
  return isNegative ? `-${size}` : size
}

/** An extracted value as a number: texts are numbers or durations (in seconds), booleans 1 and 0; undefined for the rest. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string') return undefined
  const number = parseGoFloat(value)
  if ('value' in number) return number.value
  const duration = parseGoDurationNs(value)
  return 'value' in duration ? duration.value / 1e9 : undefined
}
