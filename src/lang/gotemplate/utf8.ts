/** The UTF-8 bytes of a text; a lone surrogate becomes the replacement character. */
export function encodeUtf8(text: string): number[] {
  const bytes: number[] = []
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), continuation(code, 0))
    else if (code < 0x10000) {
      bytes.push(0xe0 | (code >> 12), continuation(code, 6), continuation(code, 0))
    } else {
      bytes.push(0xf0 | (code >> 18), continuation(code, 12))
      bytes.push(continuation(code, 6), continuation(code, 0))
    }
  }
  return bytes
}

function continuation(code: number, shift: number): number {
  return 0x80 | ((code >> shift) & 0x3f)
}

/** The text of UTF-8 bytes; each byte that is not part of a valid sequence becomes U+FFFD. */
export function decodeUtf8(bytes: readonly number[]): string {
  let out = ''
  for (let i = 0; i < bytes.length; i++) {
    const char = decodeAt(bytes, i)
    out += char?.text ?? '\ufffd'
    i += char ? char.size - 1 : 0
  }
  return out
}

function decodeAt(
  bytes: readonly number[],
  at: number,
): { text: string; size: number } | undefined {
  const first = bytes[at] as number
  if (first < 0x80) return { text: String.fromCharCode(first), size: 1 }
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  const tail = bytes.slice(at + 1, at + size)
  if (tail.length < size - 1 || tail.some((byte) => (byte & 0xc0) !== 0x80)) return undefined
  let code = first & (0x7f >> size)
  for (const byte of tail) code = (code << 6) | (byte & 0x3f)
  const text = code <= 0x10ffff && !isSurrogate(code) ? String.fromCodePoint(code) : undefined
  // An overlong form or a stray byte does not come back as the same bytes.
  if (text === undefined || encodeUtf8(text)[0] !== first || encodeUtf8(text).length !== size) {
    return undefined
  }
  return { text, size }
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff
}

/** The order of two texts by their UTF-8 bytes, as Go compares strings: negative, zero or positive. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left === right) continue
    // UTF-16 sorts surrogates (characters beyond U+FFFF) before U+E000; bytes do not.
    return rank(left) - rank(right)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  return isSurrogate(unit) ? unit + 0x10000 : unit
}
