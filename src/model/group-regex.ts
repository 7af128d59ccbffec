import { RE2JS } from 're2js'
import { RegexError } from './regex.ts'

/** Where a group of a match stands, in UTF-16 units; -1 when the group took no part. */
export interface GroupSpan {
  readonly start: number
  readonly end: number
}

/**
 * A pattern whose groups are asked for, of RE2 semantics (linear time). Indexes of groups are those of Go: 0 is the whole match.
 */
export interface GroupRegex {
  /** The name of each group by its index; '' for one without. */
  readonly names: readonly string[]
  test(text: string): boolean
  /** The texts of the groups of the first match, '' for one that took no part (Go's FindStringSubmatch); undefined without a match. */
  match(text: string): string[] | undefined
  /** The spans of the groups of every match, at most `most` of them (Go's FindAllStringSubmatchIndex). */
  matchAll(text: string, most: number): (readonly GroupSpan[])[]
}

/** Compiles a pattern that may match anywhere; throws `RegexError` with RE2's reason. */
export function compileGroups(source: string): GroupRegex {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(source)
  } catch (cause) {
    throw new RegexError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const count = compiled.groupCount()
  const names = Array.from({ length: count + 1 }, () => '')
  for (const [name, index] of Object.entries(compiled.namedGroups())) names[index] = name
  return {
    names,
    test: (text) => compiled.test(text),
    match(text) {
      const matcher = compiled.matcher(text)
      if (!matcher.find()) return undefined
      const groups: string[] = []
      for (let i = 0; i <= count; i++) groups.push(matcher.group(i) ?? '')
      return groups
    },
    matchAll(text, most) {
      const out: (readonly GroupSpan[])[] = []
      const matcher = compiled.matcher(text)
      while (out.length < most && matcher.find()) {
        const spans: GroupSpan[] = []
        for (let i = 0; i <= count; i++)
          spans.push({ start: matcher.start(i), end: matcher.end(i) })
        out.push(spans)
      }
      return out
    },
  }
}
