import {
  Graph as DagreGraph,
  layout,
  type EdgeLabel,
  type GraphLabel,
  type NodeLabel,
} from '@dagrejs/dagre'
import type { Graph } from './graph-model.ts'

/** In CSS pixels. */
export const NODE_WIDTH = 196
export const NODE_HEIGHT = 66

interface Place {
  readonly x: number
  readonly y: number
}

export interface GraphLayout {
  readonly width: number
  readonly height: number
  /** The middle of each node, by id. */
  readonly nodes: ReadonlyMap<string, Place>
  /** The bends of each edge, by id. */
  readonly edges: ReadonlyMap<string, readonly Place[]>
}

/** Puts the nodes of a graph in ranks, callers before those they call. An edge to a node that is not there is left out. */
export function layoutGraph({ nodes, edges }: Graph, direction: 'LR' | 'TB'): GraphLayout {
  const graph = new DagreGraph<GraphLabel, NodeLabel, EdgeLabel>({ multigraph: true })
  graph.setGraph({ rankdir: direction, nodesep: 18, ranksep: 90, marginx: 12, marginy: 12 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT })
  const drawn = edges.filter(({ source, target }) => graph.hasNode(source) && graph.hasNode(target))
  for (const { id, source, target } of drawn) graph.setEdge(source, target, {}, id)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    ...{ width, height },
    nodes: new Map(
      nodes.map(({ id }) => {
        const { x = 0, y = 0 } = graph.node(id)
        return [id, { x, y }]
      }),
    ),
    edges: new Map(
      drawn.map(({ id, source, target }) => [id, graph.edge(source, target, id).points ?? []]),
    ),
  }
}
