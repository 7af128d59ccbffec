/**
 * How Go writes and reads 64-bit floats in text. Go's shortest form (precision -1) and JavaScript's `String(number)` choose the
 * same digits (the fewest that read back as the same number); they differ in when an exponent is written and in its notation.
 */

/** `strconv.FormatFloat(v, 'f', -1, 64)`: never an exponent; `NaN`, `+Inf`, `-Inf`, and `-0` with its sign. */
export function formatFixed(value: number): string {
  const text = String(value)
  if (value !== value || value === Infinity || value === -Infinity) return formatSpecial(value)
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const e = text.indexOf('e')
  return e < 0 ? text : expand(text, e)
}

/**
 * How the Prometheus API writes the value of a sample (util/jsonutil, MarshalFloat): like `formatFixed` between 1e-6 and 1e21,
 * outside of that with an exponent of at least two digits, e.g. `1e+21`, `1.5e-07`.
 */
export function formatSampleValue(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  if (value !== value || value === Infinity || value === -Infinity) return formatSpecial(value)
  const text = String(value)
  // JavaScript changes to an exponent at the same two bounds.
  if (value >= 1e-6 && value < 1e21) return text
  if (value <= -1e-6 && value > -1e21) return text
  return padExponent(text)
}

/** `strconv.FormatFloat(v, 'e', -1, 64)`: always an exponent, e.g. `1e+00`, `1.25e+02`. */
export function formatExponent(value: number): string {
  if (value !== value || value === Infinity || value === -Infinity) return formatSpecial(value)
  if (Object.is(value, -0)) return '-0e+00'
  return padExponent(value.toExponential())
}

function formatSpecial(value: number): string {
  return value !== value ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** `1e-7` → `1e-07`: Go writes at least two digits of an exponent. */
function padExponent(text: string): string {
  const e = text.indexOf('e')
  return text.length - e === 3 ? `${text.slice(0, e + 2)}0${text.slice(e + 2)}` : text
}

/** `-1.25e-9` → `-0.00000000125`; `e` is the index of the letter. */
function expand(text: string, e: number): string {
  const sign = text.startsWith('-') ? '-' : ''
  const mantissa = text.slice(sign.length, e)
  const exponent = Number(text.slice(e + 1))
  const dot = mantissa.indexOf('.')
  const digits = mantissa.replace('.', '')
  /** Where the decimal point stands, counted from the first digit. */
  const point = (dot < 0 ? digits.length : dot) + exponent
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length)
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const SPECIAL = /^([+-]?)(?:(inf|infinity)|nan)$/i
const HEX = /^([+-]?)0[xX]([0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?[pP]([+-]?[0-9]+)$/

/**
 * `strconv.ParseFloat(s, 64)`: decimal and hexadecimal notation, `Inf`, `Infinity` and `NaN` in any case. Undefined when the
 * text is not a number, and when a finite number is too large (Go reports that as an error of range).
 */
export function parseGoFloat(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  const special = SPECIAL.exec(text)
  if (special) {
    if (special[2] === undefined) return special[1] === '' ? NaN : undefined
    return special[1] === '-' ? -Infinity : Infinity
  }
  const hex = HEX.exec(text)
  return hex ? parseHex(hex) : undefined
}

function parseHex(found: RegExpExecArray): number | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found
  // Underscores may only separate digits; of the base prefix the first may follow directly.
  if (/__|_$/.test(whole) || /^_|__|_$/.test(fraction)) return undefined
  const digits = (whole + fraction).replaceAll('_', '')
  if (digits === '' || digits.length > 64) return undefined
  const places = fraction.replaceAll('_', '').length
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - 4 * places)
  if (!Number.isFinite(value)) return undefined
  return sign === '-' ? -value : value
}

const INTEGER = /^[+-]?[0-9]+$/

/**
 * `strconv.Atoi` on a 64-bit machine. A text that is no number, and one out of range, give the message that Go's error has.
 * Numbers above 2^53 lose their last digits, which no limit of ours is fine enough to notice.
 */
export function parseGoInt(text: string): number | { readonly error: string } {
  const quoted = JSON.stringify(text)
  if (!INTEGER.test(text)) return { error: `strconv.Atoi: parsing ${quoted}: invalid syntax` }
  const outOfRange = { error: `strconv.Atoi: parsing ${quoted}: value out of range` }
  const digits = text.replace(/^([+-]?)0+(?=[0-9])/, '$1')
  if (digits.length > 20) return outOfRange
  const exact = BigInt(digits.replace(/^\+/, ''))
  if (exact > 9223372036854775807n || exact < -9223372036854775808n) return outOfRange
  return Number(exact)
}
