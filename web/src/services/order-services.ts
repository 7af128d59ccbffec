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

/** The part of a graph around services: they, whom they call and who calls them. */
export function partAround(graph: ServiceGraph, services: readonly ServiceNode[]): ServiceGraph {
  const wanted = new Set(services.map(({ name }) => name))
  const edges = graph.edges.filter(({ client, server }) => wanted.has(client) || wanted.has(server))
  const near = new Set([...wanted, ...edges.flatMap(({ client, server }) => [client, server])])
  return { nodes: graph.nodes.filter(({ name }) => near.has(name)), edges }
}
