/** The least of some whole numbers; for times of nanoseconds, which `Math.min` does not take. */
export function least(first: bigint, ...others: readonly bigint[]): bigint {
  return others.reduce((a, b) => (b < a ? b : a), first)
}

/** The greatest of some whole numbers. */
export function greatest(first: bigint, ...others: readonly bigint[]): bigint {
  return others.reduce((a, b) => (b > a ? b : a), first)
}
