import { quoteString } from '../../model/go-notation.ts'
import { unquote } from '../../model/string-literal.ts'

/** What a number token is worth: as an int, as a float64, or both; or why it is none. */
export type NumberLiteral =
  | { readonly int: bigint | undefined; readonly float: number | undefined }
  | { readonly fault: string }

const MAX_INT64 = 2n ** 63n - 1n
const MAX_UINT64 = 2n ** 64n - 1n
const MIN_INT64 = -(2n ** 63n)
const SEPARATED =
  /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/
const DECIMAL_FLOAT = /^(?:[0-9](?:_?[0-9])*)?\.?(?:[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9]+)?$/
const HEX_FLOAT =
  /^0[xX]((?:_?[0-9a-fA-F])*)\.?((?:[0-9a-fA-F](?:_?[0-9a-fA-F])*)?)[pP]([+-]?[0-9]+)$/
const ESCAPES =
  /^(?:[^\\]|\\(?:[abfnrtv\\'"]|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}))*$/u

/**
 * A number as text/template reads it: an integer of any of Go's notations, a float, or both where a float is whole (`1e3` may
 * stand where an integer is asked for). Imaginary numbers are refused: nothing in these templates takes them.
 */
export function readNumber(text: string): NumberLiteral {
  if (text.endsWith('i')) return { fault: `imaginary numbers are not supported: ${text}` }
  const sign = text.startsWith('-') ? -1 : 1
  const digits = /^[+-]/.test(text) ? text.slice(1) : text
  if (SEPARATED.test(digits)) {
    const int = readInteger(digits) * BigInt(sign)
    if (int > MAX_UINT64 || int < MIN_INT64) return overflow(text)
    // What fits an unsigned integer only is a number that nothing can use: evaluation says so.
    return { int: int > MAX_INT64 ? undefined : int, float: Number(int) }
  }
  const float = readFloat(digits)
  if (float === undefined) return { fault: `illegal number syntax: ${quoteString(text)}` }
  if (/^[+-]?[0-9_]+$/.test(text)) return overflow(text)
  const value = sign * float
  const isWhole = Number.isInteger(value) && Math.abs(value) < 2 ** 63
  return { int: isWhole ? BigInt(value) : undefined, float: value }
}

function overflow(text: string): NumberLiteral {
  return { fault: `integer overflow: ${quoteString(text)}` }
}

function readInteger(digits: string): bigint {
  const plain = digits.replaceAll('_', '')
  return /^0[0-7]+$/.test(plain) ? BigInt(`0o${plain}`) : BigInt(plain)
}

function readFloat(digits: string): number | undefined {
  const hex = HEX_FLOAT.exec(digits)
  if (hex) {
    const [, whole = '', part = '', power = '0'] = hex
    const fraction = part.replaceAll('_', '')
    const digitsOnly = whole.replaceAll('_', '') + fraction
    if (digitsOnly === '') return undefined
    const mantissa = BigInt(`0x${digitsOnly}`)
    return Number(mantissa) * 2 ** (Number(power) - 4 * fraction.length)
  }
  if (!DECIMAL_FLOAT.test(digits) || !/[0-9]/.test(digits)) return undefined
  const value = Number(digits.replaceAll('_', ''))
  return Number.isFinite(value) ? value : undefined
}

/** The code point of a character literal such as `'a'`, or why it is none. */
export function readCharacter(quoted: string): bigint | { readonly fault: string } {
  const inner = quoted.slice(1, -1)
  if (inner === '' || !ESCAPES.test(inner) || inner.includes('\\"')) {
    return { fault: 'invalid syntax' }
  }
  const byte = /^\\(?:x([0-9a-fA-F]{2})|([0-7]{3}))$/.exec(inner)
  if (byte) return BigInt(byte[1] === undefined ? `0o${byte[2]}` : `0x${byte[1]}`)
  const points = Array.from(unquote(quoted))
  if (points.length > 1) return { fault: `malformed character constant: ${quoted}` }
  return BigInt(points[0]?.codePointAt(0) ?? 0)
}

/** The text of a quoted literal (strconv.Unquote); undefined when an escape in it is none. */
export function readString(quoted: string): string | undefined {
  if (quoted.startsWith('`')) return quoted.slice(1, -1).replaceAll('\r', '')
  const inner = quoted.slice(1, -1)
  if (!ESCAPES.test(inner) || inner.includes("\\'")) return undefined
  return unquote(quoted)
}
