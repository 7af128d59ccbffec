import { compileAnchored, type AnchoredRegex } from './regex.ts'

export type MatchOp = '=' | '!=' | '=~' | '!~'

/** A label matcher; a missing label has the value ''. */
export interface Matcher {
  readonly name: string
  readonly op: MatchOp
  readonly value: string
  /** Tests one label value ('' for an absent label). */
  matches(value: string): boolean
  /** Set for `=~` and `!~`. */
  readonly regex?: AnchoredRegex
}

/** Builds a matcher; throws `RegexError` when a pattern does not compile. */
export function matcher(name: string, op: MatchOp, value: string): Matcher {
  switch (op) {
    case '=':
      return { name, op, value, matches: (v) => v === value }
    case '!=':
      return { name, op, value, matches: (v) => v !== value }
    case '=~': {
      const regex = compileAnchored(value)
      return { name, op, value, regex, matches: (v) => regex.test(v) }
    }
    case '!~': {
      const regex = compileAnchored(value)
      return { name, op, value, regex, matches: (v) => !regex.test(v) }
    }
    default:
      return op satisfies never
  }
}

/** True when the matcher accepts an absent label. */
export function matchesEmpty(m: Matcher): boolean {
  return m.matches('')
}

/** PromQL notation of one matcher, e.g. `job=~"a|b"`. */
export function formatMatcher(m: Matcher): string {
  const name = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(m.name) ? m.name : JSON.stringify(m.name)
  return `${name}${m.op}${JSON.stringify(m.value)}`
}
