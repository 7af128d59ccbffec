import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { countOf, type TraceTest } from './trace-test.ts'

interface NamedTest {
  readonly name: string
  readonly test: TraceTest
}

/**
 * The policy `composite`: each of its sub policies may sample so many spans in each second. The first one that wants a trace decides: when
 * the trace is too much for its share, the others are not asked.
 */
export function readComposite(
  map: YamlMap | undefined,
  readSubPolicies: (list: YamlNode) => readonly NamedTest[],
): TraceTest | undefined {
  if (map === undefined) return undefined
  const total = map.key('max_total_spans_per_second')
  const most = total.asInteger({ min: 1 })
  if (total.isEmpty) map.node.error('max_total_spans_per_second must be set')
  const policies = readSubPolicies(map.key('composite_sub_policy'))
  const names = policies.map(({ name }) => name)
  warnOfOrder(map.key('policy_order'), names)
  const percents = readPercents(map.key('rate_allocation'), names)
  map.finish()
  if (most === undefined) return undefined
  const shares = names.map((name) => {
    const percent = percents.get(name) ?? 0
    return Math.trunc(percent > 0 ? (percent / 100) * most : most / names.length)
  })
  const sampled = new Float64Array(policies.length)
  let second = 0
  return (trace, nowMs) => {
    const now = Math.floor(nowMs / 1000)
    if (now !== second) sampled.fill(0)
    second = now
    const place = policies.findIndex(({ test }) => test(trace, nowMs))
    if (place < 0) return false
    const spans = (sampled[place] ?? 0) + countOf(trace)
    if (spans > (shares[place] ?? 0)) return false
    sampled[place] = spans
    return true
  }
}

/** The collector reads the order and asks the policies as they stand all the same. */
function warnOfOrder(node: YamlNode, names: readonly string[]): void {
  const order = node.asStrings() ?? []
  if (node.isEmpty || order.join('\n') === names.join('\n')) return
  node.warn(
    `has no effect: sub policies are asked as they stand in composite_sub_policy: ${names.join(', ')}`,
  )
}

/** By the name of a sub policy. Those without a percentage have equal shares. */
function readPercents(node: YamlNode, names: readonly string[]): ReadonlyMap<string, number> {
  const percents = new Map<string, number>()
  for (const item of node.asList() ?? []) {
    const map = item.asMap()
    if (map === undefined) continue
    const policy = map.key('policy')
    const name = policy.asString() ?? ''
    if (!names.includes(name))
      policy.warn(`has no effect: it names no sub policy: ${names.join(', ')}`)
    percents.set(name, map.key('percent').asInteger({ min: 0, max: 100 }) ?? 0)
    map.finish()
  }
  return percents
}
