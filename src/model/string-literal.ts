const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([^]))/g

/**
 * The value of a string token (Go's quoting; single quotes are as double ones, backquotes take everything as it stands). The
 * lexer has checked the escapes. `\xff` and `\377` are bytes: they are decoded as UTF-8, a byte that is not part of valid
 * UTF-8 becomes U+FFFD.
 */
export function unquote(token: string): string {
  const inner = token.slice(1, -1)
  if (token.startsWith('`') || !inner.includes('\\')) return inner
  let out = ''
  let bytes: number[] = []
  let last = 0
  const flush = (): void => {
    if (bytes.length > 0) out += decodeUtf8(bytes)
    bytes = []
  }
  for (const found of inner.matchAll(ESCAPE)) {
    const literal = inner.slice(last, found.index)
    last = found.index + found[0].length
    if (literal !== '') {
      flush()
      out += literal
    }
    const [, byteHex, short, long, octal, simple = ''] = found
    if (byteHex !== undefined) bytes.push(Number.parseInt(byteHex, 16))
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8))
    else {
      flush()
      const code = short ?? long
      out += code === undefined ? (SIMPLE[simple] ?? simple) : fromCodePoint(code)
    }
  }
  flush()
  return out + inner.slice(last)
}

function fromCodePoint(hexDigits: string): string {
  return String.fromCodePoint(Number.parseInt(hexDigits, 16))
}

/** How many bytes follow a first byte of UTF-8, and the least code point that needs so many. */
function continuationOf(first: number): { count: number; least: number } | undefined {
  if (first < 0x80) return { count: 0, least: 0 }
  if (first >= 0xc2 && first < 0xe0) return { count: 1, least: 0x80 }
  if (first >= 0xe0 && first < 0xf0) return { count: 2, least: 0x800 }
  if (first >= 0xf0 && first < 0xf5) return { count: 3, least: 0x10000 }
  return undefined
}

function decodeUtf8(bytes: readonly number[]): string {
  let out = ''
  let i = 0
  while (i < bytes.length) {
    const first = bytes[i] as number
    const rest = continuationOf(first)
    let code = rest === undefined || rest.count === 0 ? first : first & (0x3f >> rest.count)
    const tail = rest === undefined ? [] : bytes.slice(i + 1, i + 1 + rest.count)
    for (const byte of tail) code = (code << 6) | (byte & 0x3f)
    const isWhole = rest !== undefined && tail.length === rest.count
    const isValid =
      isWhole &&
      code >= rest.least &&
      code <= 0x10ffff &&
      (code < 0xd800 || code > 0xdfff) &&
      tail.every((byte) => byte >= 0x80 && byte < 0xc0)
    out += isValid ? String.fromCodePoint(code) : '\ufffd'
    i += isValid ? 1 + tail.length : 1
  }
  return out
}
