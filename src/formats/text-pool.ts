import { decodeUtf8 } from './text-codec.ts'

const SLOT_BITS = 12
const SLOTS = 1 << SLOT_BITS
const MAX_BYTES = 48

const texts: string[] = new Array<string>(SLOTS).fill('')
const lengths = new Uint8Array(SLOTS)
const copies = new Uint8Array(SLOTS * MAX_BYTES)

/**
 * As `decodeUtf8`, for text that comes again and again, such as the names and values of labels: the same string object is
 * returned while it is remembered (a slot a hash, the last one wins), so that a thousand series share one `"instance"`. The
 * memory is fixed, about 400 KB and the strings.
 */
export function decodePooled(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > MAX_BYTES) return decodeUtf8(bytes, start, end)
  let hash = length
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  const slot = Math.imul(hash, 0x9e3779b1) >>> (32 - SLOT_BITS)
  const base = slot * MAX_BYTES
  if (lengths[slot] === length) {
    let i = 0
    while (i < length && copies[base + i] === bytes[start + i]) i++
    if (i === length) return texts[slot] as string
  }
  for (let i = 0; i < length; i++) copies[base + i] = bytes[start + i] as number
  lengths[slot] = length
  return (texts[slot] = decodeUtf8(bytes, start, end))
}
