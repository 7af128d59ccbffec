import type { Expr } from '../../lang/promql/ast.ts'

/** A name and its text, which may be a template. A rule's label with an empty text takes the label away. */
export type NamedText = readonly [name: string, text: string]

/** What the expressions of a group are written in: PromQL looks at metrics, LogQL at log lines, TraceQL at spans. */
export type RuleLanguage = 'promql' | 'logql' | 'traceql'

interface RuleCommon {
  /** The expression in one line, as Prometheus, Loki or Tempo prints it. */
  readonly query: string
  readonly language: RuleLanguage
  /** Of PromQL only. */
  readonly expr: Expr | undefined
  /** The expression as its file has it. */
  readonly written: string
  /** Those of the group and of the rule, sorted by name. */
  readonly labels: readonly NamedText[]
  /** Where the rule begins in its file. */
  readonly line: number
}

export interface RecordingRuleConfig extends RuleCommon {
  readonly kind: 'recording'
  /** The metric that is recorded. */
  readonly name: string
}

export interface AlertingRuleConfig extends RuleCommon {
  readonly kind: 'alerting'
  /** The name of the alert. */
  readonly name: string
  readonly forMs: number
  readonly keepFiringForMs: number
  readonly annotations: readonly NamedText[]
}

export type RuleConfig = RecordingRuleConfig | AlertingRuleConfig

export interface RuleGroupConfig {
  /** The file as it is shown: its path. */
  readonly file: string
  /** Unique within its file. */
  readonly name: string
  readonly language: RuleLanguage
  /** Undefined: the global evaluation interval. */
  readonly intervalMs: number | undefined
  /** Undefined: the global rule_query_offset. */
  readonly queryOffsetMs: number | undefined
  /** Of rules on traces: how far back an evaluation looks. Undefined: the default, and for other rules, which say it themselves. */
  readonly windowMs?: number
  /** Most series or alerts of one rule; 0 is no limit. */
  readonly limit: number
  readonly rules: readonly RuleConfig[]
}

/** What is the same for a rule as long as its meaning is: groups that are equal keep running over a reload. */
export function groupIdentity(group: RuleGroupConfig): string {
  const { file, name, language, intervalMs, queryOffsetMs, windowMs, limit } = group
  const rules = group.rules.map((rule) => ruleIdentity(rule))
  return JSON.stringify([file, name, language, intervalMs, queryOffsetMs, windowMs, limit, rules])
}

function ruleIdentity(rule: RuleConfig): readonly unknown[] {
  const common = [rule.kind, rule.name, rule.query, rule.labels]
  if (rule.kind === 'recording') return common
  return [...common, rule.forMs, rule.keepFiringForMs, rule.annotations]
}

/** `name{label="text"}`: what state is carried over by when a group changes, as in Prometheus. */
export function ruleKey(rule: RuleConfig): string {
  return JSON.stringify([rule.kind, rule.name, rule.labels])
}
