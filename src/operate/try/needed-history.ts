import { parse } from '../../lang/promql/parse.ts'
import { metricNamesIn } from '../doctor/metric-names.ts'

/** Rules that record from what rules record are followed so far. */
const MAX_DEPTH = 8

/**
 * How far back an expression reads, in milliseconds: its ranges, subqueries and offsets, and those of the rules that record what it
 * names, by name. 0 for what reads only the moment, and for what is not PromQL.
 */
export function neededHistoryMs(
  expr: string,
  recorded: ReadonlyMap<string, string> = new Map(),
  depth = 0,
): number {
  const parsed = parse(expr)
  if (!parsed.ok) return 0
  const own = reachOf(parsed.expr)
  if (depth >= MAX_DEPTH) return own
  const below = metricNamesIn(expr).map((name) => {
    const source = recorded.get(name)
    return source === undefined ? 0 : neededHistoryMs(source, recorded, depth + 1)
  })
  return own + Math.max(0, ...below)
}

/** The deepest sum of ranges and offsets along one path of the tree. */
function reachOf(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0
  const inner = Object.values(node).map(reachOf)
  return lengthOf(node, 'rangeMs') + lengthOf(node, 'offsetMs') + Math.max(0, ...inner)
}

function lengthOf(node: object, key: 'rangeMs' | 'offsetMs'): number {
  const value: unknown = Object.getOwnPropertyDescriptor(node, key)?.value
  return typeof value === 'number' && value > 0 ? value : 0
}
