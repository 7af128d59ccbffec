import { decodeUtf8, encodeUtf8 } from './utf8.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** A text's UTF-8 bytes in base64 with the alphabet for URLs and with padding (Go's base64.URLEncoding). */
export function encodeBase64Url(text: string): string {
  const bytes = encodeUtf8(text)
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.slice(i, i + 3)
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    out += digit(bits >> 18) + digit(bits >> 12)
    out += (b === undefined ? '=' : digit(bits >> 6)) + (c === undefined ? '=' : digit(bits))
  }
  return out
}

function digit(bits: number): string {
  return ALPHABET.charAt(bits & 63)
}

/** The text of `encodeBase64Url`; throws in Go's words at what is none. */
export function decodeBase64Url(text: string): string {
  const wrong = /[^A-Za-z0-9\-_]/.exec(text.replace(/={1,2}$/, ''))
  if (wrong || text.length % 4 !== 0) {
    throw new Error(`illegal base64 data at input byte ${wrong?.index ?? text.length}`)
  }
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 4) {
    let bits = 0
    const group = text.slice(i, i + 4)
    for (const char of group) bits = (bits << 6) | Math.max(ALPHABET.indexOf(char), 0)
    bytes.push((bits >> 16) & 255)
    if (group[2] !== '=') bytes.push((bits >> 8) & 255)
    if (group[3] !== '=') bytes.push(bits & 255)
  }
  return decodeUtf8(bytes)
}
