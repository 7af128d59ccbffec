/** Unix nanoseconds in RFC 3339 with nine digits of the fraction. */
export function formatNs(timestampNs: bigint): string {
  const fraction = String(timestampNs % 1_000_000_000n).padStart(9, '0')
  const seconds = Number(timestampNs / 1_000_000_000n)
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`
}
