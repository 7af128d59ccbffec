export interface PrefixGroup {
  /** `node_cpu_`. */
  readonly prefix: string
  readonly count: number
}

/** Names that begin with a prefix, or hold every word of a search. */
export function matchNames(names: readonly string[], search: string): readonly string[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return names
  const [first = ''] = words
  const found = names.filter((name) => {
    const lower = name.toLowerCase()
    return words.every((word) => lower.includes(word))
  })
  // What begins with the search comes before what only holds it.
  const begins = found.filter((name) => name.toLowerCase().startsWith(first))
  const beginning = new Set(begins)
  return [...begins, ...found.filter((name) => !beginning.has(name))]
}

/** The next parts of names below a prefix, the largest first: `node_` → `node_cpu_`, `node_disk_`, … */
export function nextPrefixes(
  names: readonly string[],
  prefix: string,
  most = 24,
): readonly PrefixGroup[] {
  const counts = new Map<string, number>()
  for (const name of names) {
    if (!name.startsWith(prefix)) continue
    const end = name.slice(prefix.length).search(/[_:.]/)
    if (end < 0) continue
    const next = name.slice(0, prefix.length + end + 1)
    counts.set(next, (counts.get(next) ?? 0) + 1)
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([next, count]) => ({ prefix: next, count }))
    .sort((a, b) => b.count - a.count || a.prefix.localeCompare(b.prefix))
    .slice(0, most)
}
