import type { Labels } from './labels.ts'

const encoder = new TextEncoder()
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
    for (const byte of encoder.encode(text)) add(byte)
    add(SEPARATOR)
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
