import { RE2JS } from 're2js'
import { RegexError } from './regex.ts'

/** One place where a pattern fits. */
export interface RegexFind {
  /** The whole match, then each group; undefined where a group took no part. */
  readonly groups: readonly (string | undefined)[]
  readonly named: Readonly<Record<string, string | undefined>>
  /** Where it begins, in UTF-16 units. */
  readonly index: number
}

export interface Finder {
  /** The first match, or with the flag `g` every one. */
  find(text: string): RegexFind[]
}

/** A text of an endless number of empty matches is cut here. */
const MOST_MATCHES = 10_000

/**
 * Compiles a pattern that is looked for anywhere in a text, with JavaScript's flags `g i m s`, under RE2 (linear time). RE2
 * has no lookahead and no backreferences; throws `RegexError` with RE2's reason.
 */
export function compileFinder(source: string, flags: string): Finder {
  let compiled: RE2JS
  try {
    const bits =
      (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) |
      (flags.includes('m') ? RE2JS.MULTILINE : 0) |
      (flags.includes('s') ? RE2JS.DOTALL : 0)
    compiled = RE2JS.compile(source.replaceAll('(?<', '(?P<'), bits)
  } catch (cause) {
    throw new RegexError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const names = Object.entries(compiled.namedGroups())
  return {
    find(text) {
      const out: RegexFind[] = []
      const matcher = compiled.matcher(text)
      while (out.length < MOST_MATCHES && matcher.find()) {
        const groups: (string | undefined)[] = []
        for (let i = 0; i <= matcher.groupCount(); i++) groups.push(matcher.group(i) ?? undefined)
        const named = Object.fromEntries(names.map(([name, index]) => [name, groups[index]]))
        out.push({ groups, named, index: matcher.start() })
        if (!flags.includes('g') || groups[0] === '') break
      }
      return out
    },
  }
}
