/** Numbers that look random and come again with the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number from `low` to `high`, both included and whole. @throws where they are not: half of a share would be more than all of it */
  between(low: number, high: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
}

/** The seed of this run: `VEDETTE_E2E_SEED` repeats an earlier one. Printed, so that a failure can be repeated. */
export function chooseSeed(test: string): number {
  const given = process.env['VEDETTE_E2E_SEED']
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
  console.log(`${test}: seed ${seed} (repeat with VEDETTE_E2E_SEED=${seed})`)
  return seed
}

/** mulberry32: 32 bits of state are plenty for choosing moments. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (low, high) => {
      if (!Number.isInteger(low) || !Number.isInteger(high)) {
        throw new RangeError(`${low} to ${high}: only whole numbers are chosen`)
      }
      return low + Math.floor(next() * (high - low + 1))
    },
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
  }
}
