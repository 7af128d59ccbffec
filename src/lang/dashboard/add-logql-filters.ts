import type { Expr, Selector } from '../logql/ast.ts'
import { parse } from '../logql/parse.ts'
import { matchersOf } from './add-filters.ts'
import type { AdhocFilter } from './model.ts'

/**
 * A LogQL query whose every stream selector also has these filters, the rest of its text untouched. A query that does not parse,
 * and a filter that no selector can hold (`<`), leave it as it is.
 */
export function addLogqlFilters(query: string, filters: readonly AdhocFilter[]): string {
  const matchers = matchersOf(filters)
  if (matchers.length === 0) return query
  const { expr } = parse(query)
  if (!expr) return query
  const written = matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`)
  let text = query
  // From the end, so that the places before stay what they are.
  for (const { start, end } of selectorsOf(expr).toSorted((a, b) => b.start - a.start)) {
    const own = text.slice(start, end)
    const added = written.filter((one) => !own.includes(one)).map((one) => `${one}, `)
    text = `${text.slice(0, start)}{${added.join('')}${own.slice(1)}${text.slice(end)}`
  }
  return text
}

function selectorsOf(expr: Expr): Selector[] {
  switch (expr.kind) {
    case 'log':
      return [expr.selector]
    case 'range_aggregate':
      return [expr.range.log.selector]
    case 'aggregate':
    case 'label_replace':
      return selectorsOf(expr.expr)
    case 'binary':
      return [...selectorsOf(expr.left), ...selectorsOf(expr.right)]
    case 'number':
    case 'vector':
      return []
    default:
      return expr satisfies never
  }
}
