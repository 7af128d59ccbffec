import { isAlertLabelName } from '../../lang/alert-matchers/parse.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { hasNoMatchers, readMatcherConfig, type MatcherConfig } from './matchers.ts'

/** One of `inhibit_rules:` (config/common/inhibitrule.go). */
export interface InhibitRuleConfig {
  /** '' when it has none. */
  readonly name: string
  readonly source: MatcherConfig
  readonly target: MatcherConfig
  readonly equal: readonly string[]
  /** Where it stands, from 1. */
  readonly line: number
}

export function readInhibitRules(node: YamlNode): readonly InhibitRuleConfig[] {
  return (node.asList() ?? []).flatMap((item) => {
    // The original takes it: every alert is source and target of it, and such alerts inhibit nothing.
    if (item.isEmpty) {
      item.warn('an empty rule has no effect')
      return []
    }
    const map = item.asMap()
    if (!map) return []
    const side = (name: string): MatcherConfig =>
      readMatcherConfig({
        match: map.key(`${name}_match`),
        matchRe: map.key(`${name}_match_re`),
        matchers: map.key(`${name}_matchers`),
      })
    const rule = {
      name: map.key('name').asString() ?? '',
      source: side('source'),
      target: side('target'),
      equal: readEqual(map.key('equal')),
      line: item.line,
    }
    map.finish()
    for (const name of ['source', 'target'] as const) {
      if (hasNoMatchers(rule[name])) item.warn(`has no ${name} matchers: it takes every alert`)
    }
    return [rule]
  })
}

function readEqual(node: YamlNode): readonly string[] {
  const out: string[] = []
  for (const item of node.asList() ?? []) {
    const name = item.asString() ?? ''
    if (!isAlertLabelName(name)) item.error('must be a label name, not an empty text')
    else if (!out.includes(name)) out.push(name)
  }
  return out
}
