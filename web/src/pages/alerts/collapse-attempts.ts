/** Attempts to tell somebody that went the same way, one after the other. */
export interface Attempts<T> {
  /** The newest of them. */
  readonly newest: T
  readonly count: number
  /** When the first of them was. */
  readonly since: string
}

/**
 * Puts attempts together that differ in nothing but their time, so that a receiver that is down for hours fills no page.
 * Newest first, as they come. `whom` names whom an attempt was to tell, `outcome` what came of it.
 */
export function collapseAttempts<T extends { readonly at: string }>(
  attempts: readonly T[],
  whom: (attempt: T) => string,
  outcome: (attempt: T) => string,
): readonly Attempts<T>[] {
  const found: Attempts<T>[] = []
  const placeOf = new Map<string, number>()
  for (const attempt of attempts) {
    const place = placeOf.get(whom(attempt))
    const run = place === undefined ? undefined : found[place]
    if (place !== undefined && run && outcome(run.newest) === outcome(attempt)) {
      found[place] = { newest: run.newest, count: run.count + 1, since: attempt.at }
      continue
    }
    placeOf.set(whom(attempt), found.length)
    found.push({ newest: attempt, count: 1, since: attempt.at })
  }
  return found
}
