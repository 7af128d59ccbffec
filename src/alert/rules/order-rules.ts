import type { Expr, MatcherNode } from '../../lang/promql/ast.ts'
import { matcher, type Matcher } from '../../model/matcher.ts'
import type { RuleConfig } from './rule-config.ts'

/**
 * The rules of a group, by index, in batches: the rules of one batch do not need each other and may be evaluated at the same
 * time, those of a later batch may need the results of earlier ones (rules/manager.go of Prometheus, SplitGroupIntoBatches).
 * A rule needs an earlier one when one of its selectors can match what that one writes.
 */
export function orderRules(rules: readonly RuleConfig[]): readonly (readonly number[])[] {
  const levels: number[] = []
  const batches: number[][] = []
  for (const [i, rule] of rules.entries()) {
    const isNeeded = needsOf(rule.expr)
    let level = 0
    for (let earlier = 0; earlier < i; earlier++) {
      const other = rules[earlier] as RuleConfig
      if (isNeeded(other)) level = Math.max(level, (levels[earlier] as number) + 1)
    }
    levels.push(level)
    ;(batches[level] ??= []).push(i)
  }
  return batches
}

/**
 * Tells which rules an expression needs: those that may write what one of its selectors matches. LogQL (undefined) needs none: it
 * looks at lines.
 */
export function needsOf(expr: Expr | undefined): (rule: RuleConfig) => boolean {
  if (expr === undefined) return () => false
  const selectors = findSelectors(expr).map(compileSelector)
  return (rule) => selectors.some((selector) => canMatch(selector, rule))
}

interface CompiledSelector {
  readonly names: readonly Matcher[]
  readonly alertNames: readonly Matcher[]
}

function compileSelector(matchers: readonly MatcherNode[]): CompiledSelector {
  const on = (label: string): Matcher[] =>
    matchers
      .filter(({ name }) => name === label)
      .map(({ name, op, value }) => matcher(name, op, value))
  return { names: on('__name__'), alertNames: on('alertname') }
}

/** A selector without a name can match whatever a rule writes. */
function canMatch({ names, alertNames }: CompiledSelector, rule: RuleConfig): boolean {
  const accepts = (matchers: readonly Matcher[], text: string): boolean =>
    matchers.every((m) => m.matches(text))
  if (rule.kind === 'recording') return accepts(names, rule.name)
  const isAlerts = accepts(names, 'ALERTS') || accepts(names, 'ALERTS_FOR_STATE')
  return isAlerts && accepts(alertNames, rule.name)
}

/** The matchers of every selector of an expression. */
function findSelectors(expr: Expr): readonly (readonly MatcherNode[])[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return []
    case 'vector':
      return [expr.matchers]
    case 'matrix':
      return [expr.selector.matchers]
    case 'subquery':
    case 'paren':
    case 'unary':
      return findSelectors(expr.expr)
    case 'binary':
      return [...findSelectors(expr.left), ...findSelectors(expr.right)]
    case 'aggregate':
      return [...(expr.param ? findSelectors(expr.param) : []), ...findSelectors(expr.expr)]
    case 'call':
      // info() reads series that no argument names.
      return [...(expr.func === 'info' ? [[]] : []), ...expr.args.flatMap(findSelectors)]
    default:
      return expr satisfies never
  }
}
