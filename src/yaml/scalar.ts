/** The tag of a scalar that holds base64. */
export const BINARY_TAG = 'tag:yaml.org,2002:binary'

/** YAML 1.1's words for true and false, which the Go programs accept and small teams still write. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
])

export function parseBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text)
}

/** True for the plain scalars that mean "nothing". */
export function isNullText(text: string): boolean {
  return text === '' || text === '~' || text === 'null' || text === 'Null' || text === 'NULL'
}

/** A whole number as YAML 1.1 writes it: `10`, `-1`, `1_000`, `0x1f`, `0b11`, `0o17`, `017`. */
export function parseInteger(text: string): bigint | undefined {
  const plain = text.replaceAll('_', '')
  const sign = plain.startsWith('-') ? -1n : 1n
  const digits = plain.replace(/^[-+]/, '')
  if (/^0[0-7]+$/.test(digits)) return sign * BigInt(`0o${digits.slice(1)}`)
  if (/^(?:[0-9]+|0x[0-9a-fA-F]+|0b[01]+|0o[0-7]+)$/.test(digits)) return sign * BigInt(digits)
  return undefined
}

/** A number as YAML writes it, with `.inf` and `.nan`. */
export function parseNumber(text: string): number | undefined {
  const whole = parseInteger(text)
  if (whole !== undefined) return Number(whole)
  if (/^[-+]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text)) {
    return Number(text.replaceAll('_', ''))
  }
  if (/^\+?\.(?:inf|Inf|INF)$/.test(text)) return Infinity
  if (/^-\.(?:inf|Inf|INF)$/.test(text)) return -Infinity
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? NaN : undefined
}

/** The text of a `!!binary` scalar, or undefined when it is not base64 of valid UTF-8. */
export function decodeBinary(text: string): string | undefined {
  const bytes = decodeBinaryBytes(text)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The bytes of a `!!binary` scalar, or undefined when it is not base64. */
export function decodeBinaryBytes(text: string): Uint8Array | undefined {
  const base64 = text.replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined
  return Buffer.from(base64, 'base64')
}
