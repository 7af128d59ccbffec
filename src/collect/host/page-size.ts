import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'

/** The entry of the auxiliary vector that holds the page size (getauxval(3)). */
const AT_PAGESZ = 6
const DEFAULT_BYTES = 4096

let known: number | undefined

/** The size of a memory page of this machine, in bytes, from our own auxiliary vector. */
export function pageSizeBytes(): number {
  return (known ??= findInAuxv(AT_PAGESZ) ?? DEFAULT_BYTES)
}

/** Pairs of 64-bit words: which, value. Every platform that Node supports on Linux is of 64 bits, or falls back. */
function findInAuxv(which: number): number | undefined {
  let vector: Buffer
  try {
    vector = readFileSync('/proc/self/auxv')
  } catch {
    return undefined
  }
  const little = endianness() === 'LE'
  const word = (at: number): number =>
    Number(little ? vector.readBigUInt64LE(at) : vector.readBigUInt64BE(at))
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (word(at) === which) {
      const value = word(at + 8)
      return value >= 1024 && value <= 1 << 20 ? value : undefined
    }
  }
  return undefined
}
