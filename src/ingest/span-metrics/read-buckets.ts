import type { YamlNode } from '../../yaml/node.ts'

/** Buckets of one histogram: each is a series. */
const MOST_BUCKETS = 100

/** A list of upper bounds in rising order; `read` gives the number of each. */
export function readBuckets(
  node: YamlNode,
  read: (item: YamlNode) => number | undefined = (item) => item.asNumber(),
): readonly number[] | undefined {
  const items = node.asList()
  if (items === undefined) return undefined
  if (items.length > MOST_BUCKETS)
    return node.error(`has ${items.length} buckets, at most ${MOST_BUCKETS} are allowed`)
  const bounds: number[] = []
  for (const item of items) {
    const bound = read(item)
    const last = bounds.at(-1)
    if (bound === undefined) return item.isEmpty ? item.error('must not be empty') : undefined
    if (!Number.isFinite(bound)) return item.error('must be a finite number')
    if (last !== undefined && bound <= last)
      return item.error(`buckets must rise: ${bound} stands behind ${last}`)
    bounds.push(bound)
  }
  return bounds
}
