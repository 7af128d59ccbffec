/** Of the double that a time is rounded to, and of the products below. */
const DOUBT_NS = 4096

/** Times as the words of 32 bits that they consist of, the low one first. */
export function wordsOf(timesNs: BigInt64Array): Uint32Array {
  return new Uint32Array(timesNs.buffer, timesNs.byteOffset, timesNs.length * 2)
}

/**
 * How often a unit (of at least a millisecond) is in a time, rounded down: `words` are those of `timesNs`. A bigint a span costs more than
 * the division; only near to a multiple of the unit is it needed.
 */
export function floorNs(
  timesNs: BigInt64Array,
  words: Uint32Array,
  row: number,
  unitNs: number,
): number {
  const high = words[row * 2 + 1] as number
  const about = (high | 0) * 4294967296 + (words[row * 2] as number)
  const units = Math.floor(about / unitNs)
  const rest = about - units * unitNs
  if (rest > DOUBT_NS && rest < unitNs - DOUBT_NS) return units
  const exact = timesNs[row] as bigint
  const unit = BigInt(unitNs)
  const floored = exact / unit
  return Number(exact < 0n && floored * unit !== exact ? floored - 1n : floored)
}
