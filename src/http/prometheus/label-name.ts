/**
 * Reads a label name of a path. Names outside of the classic characters arrive escaped (common/model, UnescapeName with
 * ValueEncodingEscaping): `U__http_2e_method` is `http.method`, `__` is one underscore. A text that is not properly escaped
 * is taken as it is.
 */
export function decodeLabelName(text: string): string {
  if (!text.startsWith('U__')) return text
  const escaped = text.slice(3)
  let out = ''
  for (let i = 0; i < escaped.length; i++) {
    const char = escaped.charAt(i)
    if (char !== '_') {
      out += char
      continue
    }
    const end = escaped.indexOf('_', i + 1)
    if (end < 0) return text
    const code = escaped.slice(i + 1, end)
    const decoded = code === '' ? '_' : decodeCodePoint(code)
    if (decoded === undefined) return text
    out += decoded
    i = end
  }
  return out
}

function decodeCodePoint(hex: string): string | undefined {
  if (!/^[0-9a-f]{1,5}$/i.test(hex)) return undefined
  const code = Number.parseInt(hex, 16)
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? String.fromCodePoint(code) : undefined
}

/** Any text that is not empty and is valid Unicode may be a label name. */
export function isLabelName(name: string): boolean {
  return name !== '' && !/[\ud800-\udfff]/u.test(name)
}
