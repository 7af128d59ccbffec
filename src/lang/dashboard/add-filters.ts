import { checkAnchored } from '../../model/regex.ts'
import type { MatchOp } from '../../model/matcher.ts'
import type { Expr, MatcherNode, VectorSelector } from '../promql/ast.ts'
import { parse } from '../promql/parse.ts'
import { print } from '../promql/print.ts'
import type { AdhocFilter } from './model.ts'

/**
 * A PromQL query whose every selector also has these filters. A query that does not parse, and a filter that PromQL cannot
 * express (`<`), leave it as it is.
 */
export function addFilters(query: string, filters: readonly AdhocFilter[]): string {
  const matchers = matchersOf(filters)
  if (matchers.length === 0) return query
  const parsed = parse(query)
  if (!parsed.ok) return query
  return print(mapSelectors(parsed.expr, (selector) => withMatchers(selector, matchers)))
}

function withMatchers(selector: VectorSelector, added: readonly MatcherNode[]): VectorSelector {
  const isThere = (one: MatcherNode): boolean =>
    selector.matchers.some((m) => m.name === one.name && m.op === one.op && m.value === one.value)
  return { ...selector, matchers: [...added.filter((one) => !isThere(one)), ...selector.matchers] }
}

/** Filters as matchers; those that are none (`<`) are left out. */
export function matchersOf(filters: readonly AdhocFilter[]): MatcherNode[] {
  return filters.flatMap(matcherOf)
}

function matcherOf({ key, operator, value, values }: AdhocFilter): MatcherNode[] {
  if (key === '') return []
  const make = (op: MatchOp, written: string): MatcherNode[] => [
    { name: key, op, value: written, start: 0, end: 0 },
  ]
  switch (operator) {
    case '=':
    case '!=':
      return make(operator, value)
    case '=~':
    case '!~':
      return isPattern(value) ? make(operator, value) : []
    case '=|':
    case '!=|': {
      const pattern = (values ?? [value]).map(escapePattern).join('|')
      return make(operator === '=|' ? '=~' : '!~', pattern)
    }
    default:
      return []
  }
}

function isPattern(text: string): boolean {
  try {
    checkAnchored(text)
    return true
  } catch {
    return false
  }
}

function escapePattern(text: string): string {
  return text.replaceAll(/[*+?()|\\.[\]{}^$]/g, String.raw`\$&`)
}

/** The expression with every vector selector, also those within ranges, replaced. */
export function mapSelectors(expr: Expr, change: (one: VectorSelector) => VectorSelector): Expr {
  const go = (inner: Expr): Expr => mapSelectors(inner, change)
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr
    case 'vector':
      return change(expr)
    case 'matrix':
      return { ...expr, selector: change(expr.selector) }
    case 'subquery':
    case 'paren':
    case 'unary':
      return { ...expr, expr: go(expr.expr) }
    case 'binary':
      return { ...expr, left: go(expr.left), right: go(expr.right) }
    case 'aggregate':
      return {
        ...expr,
        expr: go(expr.expr),
        ...(expr.param ? { param: go(expr.param) } : {}),
      }
    case 'call':
      return { ...expr, args: expr.args.map(go) }
    default:
      return expr satisfies never
  }
}
