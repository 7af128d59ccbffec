import type { RuleGroupJson, RuleJson } from '../../../../src/contract/prometheus.ts'

export const RULE_STATES = ['all', 'firing', 'pending', 'inactive', 'recording'] as const
export type RuleState = (typeof RULE_STATES)[number]

export interface RuleFilter {
  readonly text: string
  readonly state: string
  /** `all`, or a health. */
  readonly health: string
}

/** Groups with the rules that are looked for; groups without any are left out. */
export function filterRules(
  groups: readonly RuleGroupJson[],
  { text, state, health }: RuleFilter,
): readonly RuleGroupJson[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return groups.flatMap((group) => {
    const rules = group.rules.filter(
      (rule) =>
        (state === 'all' || stateOf(rule) === state) &&
        (health === 'all' || rule.health === health) &&
        words.every((word) => textOf(rule, group).includes(word)),
    )
    return rules.length === 0 ? [] : [withRules(group, rules)]
  })
}

export function stateOf(rule: RuleJson): Exclude<RuleState, 'all'> {
  return rule.type === 'recording' ? 'recording' : rule.state
}

function textOf({ name, query, labels, lastError = '' }: RuleJson, group: RuleGroupJson): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
  const words = { logql: 'logs logql', traceql: 'traces traceql' }
  const language = group.language === undefined ? '' : words[group.language]
  return [name, query, lastError, group.name, group.file, language, ...pairs]
    .join('\n')
    .toLowerCase()
}

function withRules(group: RuleGroupJson, rules: readonly RuleJson[]): RuleGroupJson {
  return { ...group, rules }
}
