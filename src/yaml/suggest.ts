/** The allowed word that was probably meant, or undefined when none is near. */
export function suggestName(wrong: string, allowed: readonly string[]): string | undefined {
  const plain = simplify(wrong)
  if (plain === '' || wrong.length > 100) return undefined
  let best: string | undefined
  let bestDistance = Math.min(3, Math.floor(plain.length / 3)) + 1
  for (const name of allowed) {
    const distance = editDistance(plain, simplify(name), bestDistance)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** Case and separators are what people get wrong most: `scrapeInterval`, `scrape-interval`. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, '')
}

/** Levenshtein distance, given up (as `limit`) when it cannot stay below `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[j] as number) + 1, (current[j - 1] as number) + 1))
    }
    if (Math.min(...current) >= limit) return limit
    previous = current
  }
  return previous[b.length] as number
}
