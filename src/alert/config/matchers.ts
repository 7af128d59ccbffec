import { compareAlertMatchers } from '../../lang/alert-matchers/print.ts'
import { parseAlertMatchers } from '../../lang/alert-matchers/parse.ts'
import { matcher, type Matcher } from '../../model/matcher.ts'
import { messageOf } from '../../model/problem.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** The matchers of one side of a rule, or of a route, by the three keys that they may be written under. */
export interface MatcherConfig {
  /** `match:`, the older notation: values that must be equal. */
  readonly match: Readonly<Record<string, string>>
  /** `match_re:`, patterns. */
  readonly matchRe: Readonly<Record<string, string>>
  /** `matchers:`, sorted. */
  readonly matchers: readonly Matcher[]
}

/** Reads the three keys, whose names differ by place (`source_match`, `match`). */
export function readMatcherConfig(nodes: {
  readonly match: YamlNode
  readonly matchRe: YamlNode
  readonly matchers: YamlNode
}): MatcherConfig {
  return {
    match: readMatch(nodes.match),
    matchRe: readMatchRe(nodes.matchRe),
    matchers: readMatchers(nodes.matchers),
  }
}

/** Whether no key holds a matcher: then everything matches. */
export function hasNoMatchers({ match, matchRe, matchers }: MatcherConfig): boolean {
  return matchers.length + Object.keys(match).length + Object.keys(matchRe).length === 0
}

/**
 * All matchers as one list in the order of the original, which the keys of groups show. It writes the patterns of `match_re` with
 * their anchors there (dispatch/route.go).
 */
export function allMatchers({ match, matchRe, matchers }: MatcherConfig): readonly Matcher[] {
  return [
    ...Object.entries(match).map(([name, value]) => matcher(name, '=', value)),
    ...Object.entries(matchRe).map(([name, pattern]) => withAnchors(matcher(name, '=~', pattern))),
    ...matchers,
  ].toSorted(compareAlertMatchers)
}

function withAnchors(pattern: Matcher): Matcher {
  return { ...pattern, value: `^(?:${pattern.value})$` }
}

const CLASSIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

function checkName(entry: YamlNode): void {
  if (CLASSIC_NAME.test(entry.name)) return
  entry.errorAtKey(
    'is not a label name here: letters, digits and _ only, not beginning with a digit (matchers take any name)',
  )
}

function readMatch(node: YamlNode): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    checkName(entry)
    out.push([entry.name, entry.asString() ?? ''])
  }
  return Object.fromEntries(out)
}

function readMatchRe(node: YamlNode): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    checkName(entry)
    const pattern = entry.asString()
    if (pattern === undefined) {
      if (entry.isEmpty) entry.errorAtKey('must be a regular expression, not nothing')
      continue
    }
    try {
      matcher(entry.name, '=~', pattern)
      out.push([entry.name, pattern])
    } catch (thrown) {
      entry.error(`not a regular expression of RE2: ${messageOf(thrown)}`)
    }
  }
  return Object.fromEntries(out)
}

function readMatchers(node: YamlNode): readonly Matcher[] {
  const out: Matcher[] = []
  for (const item of node.asList() ?? []) {
    const text = item.asString()
    if (text === undefined) {
      if (item.isEmpty) item.error('must not be empty')
      continue
    }
    const parsed = parseAlertMatchers(text)
    if (!parsed.ok) {
      item.error(`${parsed.message}; a matcher is such as severity="critical" or team=~"a|b"`)
      continue
    }
    if (parsed.warning !== undefined) item.warn(parsed.warning)
    out.push(...parsed.matchers)
  }
  return out.toSorted(compareAlertMatchers)
}
