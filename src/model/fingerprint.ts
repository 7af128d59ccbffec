import type { Labels } from './labels.ts'

const SEPARATOR = 0xff

/**
 * The fingerprint of a label set: 16 hexadecimal digits, the same as in Prometheus and Alertmanager (prometheus/common,
 * labelSetToFingerprint: FNV-1a over names and values in order, each followed by 0xff). Clients and notifications carry it.
 */
export function fingerprintOf({ flat }: Labels): string {
  // The offset basis of FNV-1a, 0xcbf29ce484222325, in two halves: 64-bit products do not fit a number, and BigInt is slow.
  let high = 0xcbf29ce4
  let low = 0x84222325
  const add = (byte: number): void => {
    low = (low ^ byte) >>> 0
    // The prime is 2^40 + 0x1b3.
    const product = low * 0x1b3
    high = (high * 0x1b3 + low * 256 + Math.floor(product / 0x1_0000_0000)) % 0x1_0000_0000
    low = product % 0x1_0000_0000
  }
  for (const text of flat) {
    for (const char of text) addUtf8(char.codePointAt(0) ?? 0, add)
    add(SEPARATOR)
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

/** The bytes of a code point in UTF-8; half of a surrogate pair is U+FFFD, as everywhere. */
function addUtf8(point: number, add: (byte: number) => void): void {
  const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
  if (code < 0x80) add(code)
  else if (code < 0x800) {
    add(0xc0 | (code >> 6))
    add(0x80 | (code & 0x3f))
  } else if (code < 0x10000) {
    add(0xe0 | (code >> 12))
    add(0x80 | ((code >> 6) & 0x3f))
    add(0x80 | (code & 0x3f))
  } else {
    add(0xf0 | (code >> 18))
    add(0x80 | ((code >> 12) & 0x3f))
    add(0x80 | ((code >> 6) & 0x3f))
    add(0x80 | (code & 0x3f))
  }
}
