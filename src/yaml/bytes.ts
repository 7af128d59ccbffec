const UNITS: readonly string[] = ['', 'K', 'M', 'G', 'T', 'P', 'E']

const SIZE = /^[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[KMGTPE]i?)?B)+$/
const PART = /([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]?)i?B/g

/**
 * A size as Prometheus writes it (alecthomas/units, Base2Bytes): `512MB`, `1.5GiB`, `0`. The unit is required, KB and KiB
 * are both 1024 bytes. Returns whole bytes, or undefined when the text is not a size.
 */
export function parseBytes(text: string): number | undefined {
  if (text === '0') return 0
  if (!SIZE.test(text)) return undefined
  let total = 0
  for (const part of text.matchAll(PART)) {
    total += Number(part[1]) * 1024 ** UNITS.indexOf(part[2] as string)
  }
  if (total > Number.MAX_SAFE_INTEGER) return undefined
  return Math.floor(total) * (text.startsWith('-') ? -1 : 1)
}

/** The size in the notation of Prometheus's own output: `15MiB`, `1KiB512B`, `0B`. */
export function formatBytes(sizeBytes: number): string {
  let rest = Math.abs(sizeBytes)
  if (rest === 0) return '0B'
  let out = sizeBytes < 0 ? '-' : ''
  for (let power = UNITS.length - 1; power >= 0; power--) {
    const unit = 1024 ** power
    const count = Math.floor(rest / unit)
    if (count === 0) continue
    out += `${count}${UNITS[power]}${power === 0 ? 'B' : 'iB'}`
    rest -= count * unit
  }
  return out
}
