import type { VectorSelector } from '../../lang/promql/ast.ts'
import { parse } from '../../lang/promql/parse.ts'
import { print } from '../../lang/promql/print.ts'

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

/** The selectors of an expression that name a metric and ask more of it than its name, without their offsets. */
export function selectorsIn(expr: string): readonly string[] {
  const parsed = parse(expr)
  const found = new Set<string>()
  if (parsed.ok) visit(parsed.expr, (node) => found.add(print(node)))
  return [...found]
}

function visit(node: unknown, take: (selector: VectorSelector) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (isSelector(node) && node.name !== undefined && node.matchers.length > 1) {
    const { kind, name, matchers, start, end } = node
    take({ kind, name, matchers, start, end, offsetMs: 0 })
  }
  for (const child of Object.values(node)) visit(child, take)
}

function isSelector(node: object): node is VectorSelector {
  return 'kind' in node && node.kind === 'vector' && 'matchers' in node
}

/** Whether an expression may have a result although a metric of it is missing: what stands beside `or`, or is asked for by `absent`. */
export function isOftenAbsent(expr: string): boolean {
  return /\babsent(?:_over_time)?\s*\(|\bor\b/.test(expr)
}
