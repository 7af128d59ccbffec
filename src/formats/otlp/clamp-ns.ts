const MAX_INT64 = 2n ** 63n - 1n

/** A time as a signed number of 64 bits: times are unsigned on the wire. */
export function clampNs(timeNs: bigint): bigint {
  return timeNs > MAX_INT64 ? MAX_INT64 : timeNs < 0n ? 0n : timeNs
}
