import { RE2JS } from 're2js'

/** A pattern that does not compile under RE2's grammar. */
export class RegexError extends Error {
  override readonly name = 'RegexError'
}

/**
 * A regular expression of RE2 semantics (linear time, no backtracking) that must match the whole text, with `.` matching
 * newlines, as Prometheus compiles its matchers: `^(?s:…)$` (model/labels/regexp.go, NewFastRegexMatcher).
 */
export interface AnchoredRegex {
  readonly source: string
  test(text: string): boolean
  /** When the pattern is a plain alternation of literals: those literals, so that an index can look them up. */
  readonly literals?: readonly string[]
  /**
   * Expands `$1`, `${name}` of a replacement against a text, by the rules of Go's Regexp.Expand; undefined when the text does
   * not match.
   */
  expand(text: string, replacement: string): string | undefined
}

const META = /[\\^$.|?*+()[\]{}]/

/** The literals of a pattern such as `a|b|c` or `(a|b)`, or undefined when it is not one. */
function literalAlternatives(source: string): string[] | undefined {
  const inner = /^\((?:\?:)?([^()]*)\)$/.exec(source)?.[1] ?? source
  const parts = inner.split('|')
  const out: string[] = []
  for (const part of parts) {
    const plain = part.replace(/\\([\\^$.|?*+()[\]{}/-])/g, '\u0000$1')
    if (META.test(plain.replace(/\u0000./g, ''))) return undefined
    out.push(plain.replaceAll('\u0000', ''))
  }
  return out
}

/** Compiles a pattern; throws `RegexError` with RE2's reason. */
export function compileAnchored(source: string): AnchoredRegex {
  let compiled: RE2JS
  try {
    // By itself first: `a)(b` is no pattern, although it becomes one inside the group.
    RE2JS.compile(source)
    compiled = RE2JS.compile(`^(?s:${source})$`)
  } catch (cause) {
    throw new RegexError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const expand = (text: string, replacement: string) => expandWith(compiled, text, replacement)
  if (source === '.*') return { source, test: () => true, expand }
  if (source === '.+') return { source, test: (text) => text !== '', expand }
  const literals = source.includes('\n') ? undefined : literalAlternatives(source)
  if (literals) {
    const set = new Set(literals)
    return { source, literals, test: (text) => set.has(text), expand }
  }
  const prefix = /^([^\\^$.|?*+()[\]{}]+)\.([*+])$/.exec(source)
  if (prefix) {
    const head = prefix[1] as string
    const least = head.length + (prefix[2] === '+' ? 1 : 0)
    return { source, test: (text) => text.length >= least && text.startsWith(head), expand }
  }
  return { source, test: (text) => compiled.matcher(text).matches(), expand }
}

function expandWith(compiled: RE2JS, text: string, replacement: string): string | undefined {
  const found = compiled.matcher(text)
  if (!found.matches()) return undefined
  const names = compiled.namedGroups()
  const group = (name: string): string => {
    const index = /^[0-9]+$/.test(name) ? Number(name) : names[name]
    if (index === undefined || index > found.groupCount()) return ''
    return found.group(index) ?? ''
  }
  return replacement.replace(
    /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g,
    (all, braced?: string, bare?: string) => {
      if (all === '$$') return '$'
      return group((braced ?? bare) as string)
    },
  )
}
