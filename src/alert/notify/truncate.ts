/** What stands for the part that was cut off. */
const MARK = '…'
const MARK_BYTES = 3

/** At most `max` code points; a cut text ends with `…` (notify/util.go, TruncateInRunes). */
export function truncateRunes(text: string, max: number): string {
  if (text.length <= max) return text
  const runes = Array.from(text)
  if (runes.length <= max) return text
  return max <= MARK_BYTES
    ? runes.slice(0, max).join('')
    : `${runes.slice(0, max - 1).join('')}${MARK}`
}

/** At most `max` bytes of UTF-8, whole characters; a cut text ends with `…` (notify/util.go, TruncateInBytes). */
export function truncateBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text
  if (max < MARK_BYTES) return '.'.repeat(max)
  return `${cutBytes(text, max - MARK_BYTES)}${MARK}`
}

/** The longest start of a text that has at most `max` bytes of UTF-8, without a mark. */
export function cutBytes(text: string, max: number): string {
  const bytes = Buffer.from(text)
  let end = Math.min(max, bytes.length)
  // A byte 10xxxxxx continues a character: the cut goes before the character.
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
