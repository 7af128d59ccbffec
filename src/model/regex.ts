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

/**
 * Compiles a pattern; throws `RegexError` with RE2's reason. Those that are literals with or without an open end need no RE2
 * before they are expanded: compiling some thousand names, as a dashboard's variable has them, would take a second.
 */
export function compileAnchored(source: string): AnchoredRegex {
  const test = testOfLiterals(source)
  if (test === undefined) {
    const compiled = compileWhole(source)
    return {
      source,
      test: (text) => compiled.matcher(text).matches(),
      expand: (text, replacement) => expandWith(compiled, text, replacement),
    }
  }
  let compiled: RE2JS | undefined
  return {
    source,
    ...test,
    expand(text, replacement) {
      compiled ??= compileWhole(source)
      return expandWith(compiled, text, replacement)
    },
  }
}

/** Patterns that compiled lately: the texts only, since what they compile to may grow to megabytes. */
const compiling = new Set<string>()
const MAX_COMPILING = 1000
const MAX_COMPILING_LENGTH = 500

/** Throws as `compileAnchored` does. A pattern that many queries or rules have is compiled for the first of them only. */
export function checkAnchored(source: string): void {
  if (compiling.has(source)) return
  compileAnchored(source)
  if (source.length > MAX_COMPILING_LENGTH) return
  if (compiling.size >= MAX_COMPILING) compiling.clear()
  compiling.add(source)
}

function testOfLiterals(source: string): Pick<AnchoredRegex, 'test' | 'literals'> | undefined {
  if (source === '.*') return { test: () => true }
  if (source === '.+') return { test: (text) => text !== '' }
  const literals = /[\n\0]/.test(source) ? undefined : literalAlternatives(source)
  if (literals) {
    const set = new Set(literals)
    return { literals, test: (text) => set.has(text) }
  }
  const prefix = /^([^\\^$.|?*+()[\]{}]+)\.([*+])$/.exec(source)
  if (!prefix) return undefined
  const head = prefix[1] as string
  const least = head.length + (prefix[2] === '+' ? 1 : 0)
  return { test: (text) => text.length >= least && text.startsWith(head) }
}

function compileWhole(source: string): RE2JS {
  // By itself too where a group may end: `a)(b` is no pattern, although it becomes one inside the group.
  if (source.includes(')')) compile(source)
  try {
    return RE2JS.compile(`^(?s:${source})$`)
  } catch (cause) {
    // Its own reason, when it has one, does not show the group.
    compile(source)
    throw asRegexError(cause)
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (cause) {
    throw asRegexError(cause)
  }
}

function asRegexError(cause: unknown): RegexError {
  return new RegexError(cause instanceof Error ? cause.message : String(cause), { cause })
}

function expandWith(compiled: RE2JS, text: string, replacement: string): string | undefined {
  const found = compiled.matcher(text)
  return found.matches() ? expandMatch(compiled, found, replacement) : undefined
}

/** The replacement with its `$1` and `${name}` filled from a match. */
function expandMatch(
  compiled: RE2JS,
  found: ReturnType<RE2JS['matcher']>,
  replacement: string,
): string {
  if (!replacement.includes('$')) return replacement
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

/** A regular expression that may match anywhere in a text, as Go's regexp package compiles it. */
export interface SearchRegex {
  test(text: string): boolean
  /**
   * Go's Regexp.ReplaceAllString: each match replaced, with `$1` and `${name}` filled in. Throws a RangeError as soon as the
   * result is longer than `maxLength` characters.
   */
  replaceAll(text: string, replacement: string, maxLength: number): string
}

/** Compiles a pattern that may match anywhere; throws `RegexError` with RE2's reason. */
export function compileSearch(source: string): SearchRegex {
  const compiled = compile(source)
  return {
    test: (text) => compiled.matcher(text).find(),
    replaceAll: (text, replacement, maxLength) =>
      replaceAll(compiled, text, replacement, maxLength),
  }
}

function replaceAll(compiled: RE2JS, text: string, replacement: string, maxLength: number): string {
  const found = compiled.matcher(text)
  let out = ''
  let last = 0
  let from = 0
  while (from <= text.length && found.find(from)) {
    const start = found.start()
    const end = found.end()
    out += text.slice(last, start)
    // An empty match right behind another is none.
    if (end > last || start === 0) out += expandMatch(compiled, found, replacement)
    if (out.length > maxLength) throw new RangeError(`text longer than ${maxLength} characters`)
    last = end
    const next = from + ((text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1)
    from = end > from ? Math.max(end, from) : next
  }
  return out + text.slice(last)
}
