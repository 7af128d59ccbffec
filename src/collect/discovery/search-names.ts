import { readFileSync } from 'node:fs'

/** How names without a dot at their end are completed (resolv.conf(5)). */
export interface SearchRules {
  readonly suffixes: readonly string[]
  /** A name with as many dots is tried as it is first. */
  readonly ndots: number
}

const MAX_SUFFIXES = 6
const MAX_NDOTS = 15

/** Reads the lines `search`, `domain` and `options ndots:N` of a resolv.conf. */
export function parseSearchRules(text: string): SearchRules {
  let suffixes: readonly string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    if (word === 'search') suffixes = rest
    else if (word === 'domain') suffixes = rest.slice(0, 1)
    else if (word === 'options') {
      const found = rest.map((option) => /^ndots:(\d+)$/.exec(option)?.[1]).find(Boolean)
      if (found !== undefined) ndots = Math.min(MAX_NDOTS, Number(found))
    }
  }
  return { suffixes: suffixes.slice(0, MAX_SUFFIXES), ndots }
}

/** The rules of this machine; none where they cannot be read. */
export function systemSearchRules(): SearchRules {
  try {
    return parseSearchRules(readFileSync('/etc/resolv.conf', 'utf8'))
  } catch {
    return { suffixes: [], ndots: 1 }
  }
}

/** The full names that a name may stand for, in the order in which they are asked for (miekg/dns, ClientConfig.NameList). */
export function searchNames(name: string, { suffixes, ndots }: SearchRules): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const completed = suffixes.map((suffix) => `${name}.${suffix.replace(/\.$/, '')}`)
  const dots = name.split('.').length - 1
  return dots >= ndots ? [name, ...completed] : [...completed, name]
}
