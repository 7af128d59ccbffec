import type { Matcher, MatchOp } from '../../model/matcher.ts'
import { quoteString } from '../../model/go-notation.ts'
import { isReserved } from './lex.ts'

/** A matcher as Alertmanager writes it (pkg/labels/matcher.go): `foo="bar"`, and `"föö bar"="baz"` where the name needs quotes. */
export function formatAlertMatcher({ name, op, value }: MatcherText): string {
  if (Array.from(name).some(isReserved)) return `${quoteString(name)}${op}${quoteString(value)}`
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
  return `${name}${op}"${escaped}"`
}

/** All of them: `{a="b",c=~"d"}`, the form that keys of groups are made of. */
export function formatAlertMatchers(matchers: readonly MatcherText[]): string {
  return `{${matchers.map(formatAlertMatcher).join(',')}}`
}

/** What is printed of a matcher. */
export type MatcherText = Pick<Matcher, 'name' | 'op' | 'value'>

const RANK: Readonly<Record<MatchOp, number>> = { '=': 0, '!=': 1, '=~': 2, '!~': 3 }

/** By name, value and operator, in the original's order. */
export function compareAlertMatchers(a: MatcherText, b: MatcherText): number {
  return compareText(a.name, b.name) || compareText(a.value, b.value) || RANK[a.op] - RANK[b.op]
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
