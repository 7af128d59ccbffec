const UNITS = [
  ['s', 1_000_000_000],
  ['ms', 1_000_000],
  ['µs', 1000],
] as const

/** A duration in three digits: `904 ms`, `1.25 s`, `80 µs`. */
export function formatNs(durationNs: bigint): string {
  const ns = Number(durationNs)
  if (ns === 0) return '0'
  for (const [unit, size] of UNITS) if (ns >= size) return `${threeDigits(ns / size)} ${unit}`
  return `${ns} ns`
}

function threeDigits(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toFixed(digits)
}
