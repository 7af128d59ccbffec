import { decodeUtf8, encodeUtf8 } from '../text-codec.ts'

/** Of a UTF-16 unit in UTF-8. */
const MOST_BYTES_A_UNIT = 3

/** Where UTF-8 from `start` to `end` ends so that it has at most `maxBytes` and no character is cut. */
export function cutEnd(source: Uint8Array, start: number, end: number, maxBytes: number): number {
  if (end - start <= maxBytes) return end
  let cut = start + maxBytes
  while (cut > start && ((source[cut] as number) & 0xc0) === 0x80) cut--
  return cut
}

/** A text of at most `maxBytes` in UTF-8: the same one, or its beginning. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * MOST_BYTES_A_UNIT <= maxBytes) return text
  const bytes = encodeUtf8(text)
  if (bytes.length <= maxBytes) return text
  return decodeUtf8(bytes, 0, cutEnd(bytes, 0, bytes.length, maxBytes))
}
