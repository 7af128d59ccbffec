/**
 * UTF-8 in and out of byte arrays for the pure folders, which compile without the DOM's or Node's types. Short strings, the
 * mass of labels, are built by hand (two to four times faster than a call into the platform); long ones go to the
 * platform's own codec, which every Node and browser has as a global.
 */
interface PlatformDecoder {
  decode(bytes: Uint8Array): string
}

interface PlatformEncoder {
  encode(text: string): Uint8Array
}

interface PlatformText {
  readonly TextDecoder: new (encoding: string, options: { ignoreBOM: boolean }) => PlatformDecoder
  readonly TextEncoder: new () => PlatformEncoder
}

// The one cast: `lib` es2023 does not declare these globals, and declaring them would put them in every other file too.
const platform = globalThis as unknown as PlatformText
const decoder = new platform.TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new platform.TextEncoder()

const SHORT_BYTES = 16

/** The text of `bytes[start..end)`; malformed sequences become U+FFFD. The range must lie within `bytes`. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_BYTES) return decoder.decode(bytes.subarray(start, end))
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) >= 0x80) return decoder.decode(bytes.subarray(start, end))
  }
  return shortAscii(bytes, start, end)
}

function shortAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let i = start
  for (; i + 4 <= end; i += 4) {
    text += String.fromCharCode(
      bytes[i] as number,
      bytes[i + 1] as number,
      bytes[i + 2] as number,
      bytes[i + 3] as number,
    )
  }
  for (; i < end; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}

/** The UTF-8 bytes of a text; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/**
 * The index of the first byte of `bytes[start..end)` that is not well-formed UTF-8 (Unicode 15, table 3-7: no overlong
 * forms, no surrogates, nothing past U+10FFFF), or -1 when all of it is.
 */
export function findInvalidUtf8(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end) {
    i = skipAscii(bytes, i, end)
    if (i >= end) return -1
    const size = sequenceLength(bytes, i, end)
    if (size === 0) return i
    i += size
  }
  return -1
}

export function isValidUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  return findInvalidUtf8(bytes, start, end) === -1
}

function skipAscii(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  // Four bytes a step over the aligned middle: pages of text are nearly always plain ASCII.
  const misaligned = (bytes.byteOffset + i) & 3
  const headEnd = Math.min(end, misaligned === 0 ? i : i + 4 - misaligned)
  for (; i < headEnd; i++) if ((bytes[i] as number) >= 0x80) return i
  if (end - i >= 64) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + i, (end - i) >> 2)
    let w = 0
    while (w < words.length && ((words[w] as number) & 0x80808080) === 0) w++
    i += w * 4
  }
  while (i < end && (bytes[i] as number) < 0x80) i++
  return i
}

/** Length of the well-formed multi-byte sequence at `i`, or 0. */
function sequenceLength(bytes: Uint8Array, i: number, end: number): number {
  const lead = bytes[i] as number
  if (lead < 0xc2 || lead > 0xf4) return 0
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (i + size > end) return 0
  const second = bytes[i + 1] as number
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return 0
  for (let k = 2; k < size; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return 0
  return size
}
