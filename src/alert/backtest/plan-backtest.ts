import type { Expr } from '../../lang/promql/ast.ts'
import { needsOf } from '../rules/order-rules.ts'
import type { RuleConfig, RuleGroupConfig } from '../rules/rule-config.ts'

/** Where Prometheus looks for the newest sample of a series. */
export const LOOKBACK_MS = 300_000

/** What is to be evaluated for a backtest, and what of it can be asked of the store. */
export interface BacktestPlan {
  /** Those that others need come first; recording rules that no alert needs are left out, and groups without rules. */
  readonly groups: readonly RuleGroupConfig[]
  /** Rules that need results of other rules of these files, which are not stored: they are evaluated here. */
  readonly derived: ReadonlySet<RuleConfig>
  /** The metrics that derived rules read of other rules. */
  readonly recorded: ReadonlySet<string>
  /** How long before its beginning the replay starts, so that at the beginning alerts wait and fire as they would have. */
  readonly warmUpMs: number
}

/** A replay that begins earlier than this would cost more than it shows. */
const MAX_WARM_UP_MS = 86_400_000

export function planBacktest(groups: readonly RuleGroupConfig[]): BacktestPlan {
  const all = groups.flatMap(({ rules }) => rules)
  const needs = new Map(all.map((rule) => [rule, all.filter(needsOf(rule.expr))]))
  const needed = new Set<RuleConfig>()
  const visit = (rule: RuleConfig): void => {
    if (needed.has(rule)) return
    needed.add(rule)
    for (const other of needs.get(rule) ?? []) visit(other)
  }
  for (const rule of all) if (rule.kind === 'alerting') visit(rule)
  const derived = new Set([...needed].filter((rule) => (needs.get(rule) ?? []).length > 0))
  const recorded = new Set<string>()
  for (const rule of derived) {
    for (const other of needs.get(rule) ?? []) {
      if (other.kind === 'recording') recorded.add(other.name)
      else for (const name of ['ALERTS', 'ALERTS_FOR_STATE']) recorded.add(name)
    }
  }
  const kept = groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => needed.has(rule)) }))
    .filter(({ rules }) => rules.length > 0)
  return {
    groups: inOrder(kept, (rule) => needs.get(rule) ?? []),
    derived,
    recorded,
    warmUpMs: warmUpOf([...needed], derived),
  }
}

/** Groups whose results others need first; a circle of groups stays as it is. */
function inOrder(
  groups: readonly RuleGroupConfig[],
  needsOfRule: (rule: RuleConfig) => readonly RuleConfig[],
): readonly RuleGroupConfig[] {
  const groupOf = new Map(groups.flatMap((group) => group.rules.map((rule) => [rule, group])))
  const ordered = new Set<RuleGroupConfig>()
  const open = new Set<RuleGroupConfig>()
  const visit = (group: RuleGroupConfig): void => {
    if (ordered.has(group) || open.has(group)) return
    open.add(group)
    for (const rule of group.rules) {
      for (const other of needsOfRule(rule)) {
        const before = groupOf.get(other)
        if (before !== undefined) visit(before)
      }
    }
    open.delete(group)
    ordered.add(group)
  }
  for (const group of groups) visit(group)
  return [...ordered]
}

function warmUpOf(rules: readonly RuleConfig[], derived: ReadonlySet<RuleConfig>): number {
  const waits = rules.map((rule) =>
    rule.kind === 'alerting' ? rule.forMs + rule.keepFiringForMs : 0,
  )
  const reaches = [...derived].map(({ expr }) => reachOf(expr))
  // Rules that need rules that need rules: each level looks back on the one before.
  const reachMs = Math.max(0, ...reaches) * Math.min(derived.size, 2)
  return Math.min(MAX_WARM_UP_MS, Math.max(0, ...waits) + reachMs)
}

/** How far an expression looks back at most; `@` is not counted. */
function reachOf(expr: Expr | undefined): number {
  if (expr === undefined) return 0
  switch (expr.kind) {
    case 'number':
    case 'string':
      return 0
    case 'vector':
      return LOOKBACK_MS + expr.offsetMs
    case 'matrix':
      return expr.rangeMs + expr.selector.offsetMs
    case 'subquery':
      return expr.rangeMs + expr.offsetMs + reachOf(expr.expr)
    case 'paren':
    case 'unary':
      return reachOf(expr.expr)
    case 'binary':
      return Math.max(reachOf(expr.left), reachOf(expr.right))
    case 'aggregate':
      return Math.max(reachOf(expr.expr), expr.param ? reachOf(expr.param) : 0)
    case 'call':
      return Math.max(0, ...expr.args.map(reachOf))
    default:
      return expr satisfies never
  }
}
