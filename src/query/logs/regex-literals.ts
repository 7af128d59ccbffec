/** What every text that a regular expression fits must hold. */
export interface RequiredLiterals {
  /** Of each list, one text at least. Never empty lists. */
  readonly anyOf: readonly (readonly string[])[]
  readonly ignoresCase: boolean
}

const NONE: RequiredLiterals = { anyOf: [], ignoresCase: false }
/** Shorter texts are in most lines anyway. */
const LEAST = 2
/** Characters that mean something by themselves. */
const META = new Set('\\^$.|?*+()[]{}')
/** Behind a backslash these stand for themselves; letters and digits do not. */
const PUNCTUATION = /[\\^$.|?*+()[\]{}/"'<>=:;,!@#%&~` _-]/

/**
 * The texts that a line must hold for an RE2 pattern to be found in it: what lies in the pattern outside of all choice and
 * repetition. Whatever is not understood is left out, so the answer never claims too much.
 */
export function requiredLiterals(pattern: string): RequiredLiterals {
  const flags = /^\(\?([a-zA-Z]+)\)/.exec(pattern)
  const body = flags === null ? pattern : pattern.slice(flags[0].length)
  const ignoresCase = flags?.[1]?.includes('i') ?? false
  // Flags further inside may change the meaning of the letters around them; `x` is not RE2's.
  if (/\(\?[a-zA-Z-]/.test(body) || /[^ims]/.test(flags?.[1] ?? '')) return NONE
  const branches = splitBranches(body)
  if (branches === undefined) return NONE
  if (branches.length > 1) {
    const longest = branches.map((branch) => longestOf(literalsOf(branch)))
    return longest.every((text) => text !== undefined) ? { anyOf: [longest], ignoresCase } : NONE
  }
  const literals = literalsOf(body).filter((text) => text.length >= LEAST)
  return { anyOf: literals.map((text) => [text]), ignoresCase }
}

function longestOf(texts: readonly string[]): string | undefined {
  const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), '')
  return longest.length >= LEAST ? longest : undefined
}

/** The alternatives outside of groups; undefined when brackets do not pair. */
function splitBranches(pattern: string): string[] | undefined {
  const branches: string[] = []
  let from = 0
  for (let at = 0; at < pattern.length;) {
    const end = skipAtom(pattern, at)
    if (end === undefined) return undefined
    if (pattern[at] === '|') {
      branches.push(pattern.slice(from, at))
      from = end
    }
    at = end
  }
  branches.push(pattern.slice(from))
  return branches
}

/** Where the atom that begins at `at` ends; undefined when it does not. */
function skipAtom(pattern: string, at: number): number | undefined {
  const sign = pattern[at]
  if (sign === '\\') {
    // Octal numbers and quoted passages are left alone.
    const found = /^\\(?:[pPx]\{[^}]*\}|[pP][A-Z]|x[0-9a-fA-F]{2}|[^Q0-9pPx])/.exec(
      pattern.slice(at),
    )
    return found === null ? undefined : at + found[0].length
  }
  if (sign === '[') return skipClass(pattern, at)
  if (sign !== '(') return at + 1
  let inside = at + 1
  while (inside < pattern.length && pattern[inside] !== ')') {
    const end = skipAtom(pattern, inside)
    if (end === undefined) return undefined
    inside = end
  }
  return inside < pattern.length ? inside + 1 : undefined
}

function skipClass(pattern: string, at: number): number | undefined {
  let inside = at + 1
  if (pattern[inside] === '^') inside++
  // A bracket that comes first closes nothing.
  if (pattern[inside] === ']') inside++
  while (inside < pattern.length && pattern[inside] !== ']') {
    if (pattern.startsWith('[:', inside)) {
      const close = pattern.indexOf(':]', inside)
      if (close < 0) return undefined
      inside = close + 2
    } else inside += pattern[inside] === '\\' ? 2 : 1
  }
  return inside < pattern.length ? inside + 1 : undefined
}

/** The runs of plain characters of a concatenation that must all be there. */
function literalsOf(branch: string): string[] {
  const runs: string[] = []
  let run = ''
  const close = (): void => {
    if (run !== '') runs.push(run)
    run = ''
  }
  for (let at = 0; at < branch.length;) {
    const end = skipAtom(branch, at)
    if (end === undefined) return []
    const repeat = /^(?:[?*+]|\{[0-9]+(?:,[0-9]*)?\})\??/.exec(branch.slice(end))?.[0] ?? ''
    const literal = literalAt(branch, at, end)
    if (literal === undefined || repeat !== '') {
      // Once or more is once, but what follows need not stand behind it.
      if (literal !== undefined && repeat.startsWith('+')) run += literal
      close()
    } else run += literal
    at = end + repeat.length
  }
  close()
  return runs
}

/** The character that an atom stands for; undefined when it stands for several. */
function literalAt(branch: string, at: number, end: number): string | undefined {
  const sign = branch[at] ?? ''
  if (sign === '\\') {
    const escaped = branch[at + 1] ?? ''
    return end === at + 2 && PUNCTUATION.test(escaped) ? escaped : undefined
  }
  return META.has(sign) ? undefined : sign
}
