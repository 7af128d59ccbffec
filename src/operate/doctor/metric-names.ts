import { parse } from '../../lang/promql/parse.ts'

/**
 * The names of the metrics that an expression reads; selectors without a name that is known have none. Empty for what is not
 * PromQL, such as an expression with variables of a dashboard in it.
 */
export function metricNamesIn(expr: string): readonly string[] {
  const parsed = parse(expr)
  const names = new Set<string>()
  if (parsed.ok) collect(parsed.expr, names)
  return [...names]
}

function collect(node: unknown, names: Set<string>): void {
  if (typeof node !== 'object' || node === null) return
  if ('kind' in node && node.kind === 'vector' && 'name' in node && typeof node.name === 'string') {
    names.add(node.name)
  }
  for (const child of Object.values(node)) collect(child, names)
}

/** Whether an expression may have a result although a metric of it is missing: what stands beside `or`, or is asked for by `absent`. */
export function isOftenAbsent(expr: string): boolean {
  return /\babsent(?:_over_time)?\s*\(|\bor\b/.test(expr)
}
