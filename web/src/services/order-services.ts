import type { ServiceGraph, ServiceNode } from './service-graph.ts'
import type { ServiceOrder } from './services-state.ts'

/** Services whose name has a text in it; without one all of them. */
export function findServices({ nodes }: ServiceGraph, wanted: string): readonly ServiceNode[] {
  const text = wanted.trim().toLowerCase()
  return text === '' ? nodes : nodes.filter(({ name }) => name.toLowerCase().includes(text))
}

/** Names ascending, figures descending; what serves nothing is behind all others. */
export function orderServices(
  nodes: readonly ServiceNode[],
  order: ServiceOrder,
): readonly ServiceNode[] {
  const figure = ({ served }: ServiceNode): number => {
    if (served === undefined) return -1
    if (order === 'rate') return served.rate
    return order === 'errors' ? served.errorShare : (served.p95Seconds ?? 0)
  }
  return nodes.toSorted(
    (a, b) => (order === 'name' ? 0 : figure(b) - figure(a)) || a.name.localeCompare(b.name),
  )
}

/** A service with those it calls and those that call it. */
export function withNeighbours(
  { edges }: ServiceGraph,
  names: Iterable<string>,
): ReadonlySet<string> {
  const near = new Set(names)
  const own = new Set(near)
  for (const { client, server } of edges) {
    if (own.has(client)) near.add(server)
    if (own.has(server)) near.add(client)
  }
  return near
}
