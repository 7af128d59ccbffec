/**
 * Texts as Go's fmt and strconv write them, for messages and printed queries that must equal Prometheus's.
 */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

const CONTROL: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

function escapeChar(char: string, quote: string): string {
  if (char === quote) return `\\${quote}`
  const named = CONTROL[char]
  if (named !== undefined) return named
  if (PRINTABLE.test(char)) return char
  const code = char.codePointAt(0) ?? 0
  // A lone surrogate cannot be written as UTF-8; it leaves as the replacement character.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

/**
 * strconv.Quote: a double-quoted Go string literal, unprintable characters escaped. U+FFFD, which stands here for bytes that
 * were not UTF-8, is escaped too: Go would keep the bytes, and PromQL does not take the character.
 */
export function quoteString(text: string): string {
  let out = '"'
  for (const char of text) out += escapeChar(char, '"')
  return `${out.replaceAll('\ufffd', '\\ufffd')}"`
}

/** strconv.QuoteRune: a single-quoted Go character literal. `char` is one code point. */
export function quoteChar(char: string): string {
  return `'${escapeChar(char, "'")}'`
}

/** The verb `%#U`: `U+0063 'c'`, without the character when it cannot be printed. */
export function describeCodePoint(char: string): string {
  const code = `U+${hex(char.codePointAt(0) ?? 0, 4).toUpperCase()}`
  return PRINTABLE.test(char) ? `${code} '${char}'` : code
}

/** Length of a text in UTF-8 bytes. A lone surrogate counts as the replacement character, 3 bytes. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4
      i++
    } else bytes += 3
  }
  return bytes
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

function formatSpecial(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  return undefined
}

/** strconv.FormatFloat(value, 'f', -1, 64): the shortest digits that give the value back, never with an exponent. */
export function formatFloat(value: number): string {
  const special = formatSpecial(value)
  if (special !== undefined) return special
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value))
  if (!found) return String(value)
  const [, sign = '', first = '', rest = '', power = ''] = found
  const exponent = Number(power)
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${first}${rest}`
  return sign + first + rest.padEnd(exponent, '0')
}

/** The verb `%v` of a float64: as `formatFloat`, with an exponent below 1e-4 and from 1e21. */
export function formatFloatShort(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value) || size === 0 || (size >= 1e-4 && size < 1e21)) {
    return formatFloat(value)
  }
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}

/** The verb `%.<digits>f`. */
export function formatFixed(value: number, digits: number): string {
  const special = Number.isFinite(value) ? undefined : formatSpecial(value)
  if (special !== undefined) return special
  // Above 1e21 every float64 is a whole number, and toFixed would fall back to an exponent.
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.${'0'.repeat(digits)}`
  return value.toFixed(digits)
}
