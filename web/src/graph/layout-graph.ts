import {
  Graph as DagreGraph,
  layout,
  type EdgeLabel,
  type GraphLabel,
  type NodeLabel,
} from '@dagrejs/dagre'
import type { Direction } from './edge-path.ts'
import type { Graph, GraphEdge } from './graph-model.ts'

/** In CSS pixels. */
export const NODE_WIDTH = 214
export const NODE_HEIGHT = 66
/** Of more edges, figures lie upon each other: they are shown of those that are pointed at. */
export const MOST_LABELS = 60
const LEAST_GAP = 76
const LETTER_WIDTH = 5.9

interface Place {
  readonly x: number
  readonly y: number
}

export interface GraphLayout {
  readonly direction: Direction
  readonly width: number
  readonly height: number
  /** The middle of each node, by id. */
  readonly nodes: ReadonlyMap<string, Place>
  /** From node to node, with the bends between them, by id. */
  readonly edges: ReadonlyMap<string, readonly Place[]>
}

/** Puts the nodes of a graph in ranks, callers before those they call. An edge to a node that is not there is left out. */
export function layoutGraph({ nodes, edges }: Graph, direction: Direction): GraphLayout {
  const graph = new DagreGraph<GraphLabel, NodeLabel, EdgeLabel>({ multigraph: true })
  const ranksep = direction === 'LR' ? gapFor(edges) : LEAST_GAP
  graph.setGraph({ rankdir: direction, nodesep: 18, ranksep, marginx: 14, marginy: 14 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT })
  const drawn = edges.filter(({ source, target }) => graph.hasNode(source) && graph.hasNode(target))
  for (const { id, source, target } of drawn) graph.setEdge(source, target, {}, id)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  const places = new Map(
    nodes.map(({ id }) => {
      const { x = 0, y = 0 } = graph.node(id)
      return [id, { x, y }]
    }),
  )
  const bends = drawn.map(({ id, source, target }): [string, readonly Place[]] => {
    const points = graph.edge(source, target, id).points ?? []
    const [from, to] = [places.get(source), places.get(target)]
    return [id, from && to && source !== target ? route(points, from, to, direction) : points]
  })
  return { direction, width, height, nodes: places, edges: new Map(bends) }
}

/** Figures on the lines have room between the ranks. */
function gapFor(edges: readonly GraphEdge[]): number {
  if (edges.length > MOST_LABELS) return LEAST_GAP
  const longest = edges.reduce((most, { label }) => Math.max(most, label.length), 0)
  return Math.max(LEAST_GAP, longest * LETTER_WIDTH + 36)
}

/** Between the sides of the nodes that look at each other, through the bends in other ranks. */
function route(points: readonly Place[], from: Place, to: Place, direction: Direction): Place[] {
  const [dx, dy] = direction === 'LR' ? [NODE_WIDTH / 2, 0] : [0, NODE_HEIGHT / 2]
  const isBack = direction === 'LR' ? to.x < from.x : to.y < from.y
  const sign = isBack ? -1 : 1
  const start = { x: from.x + sign * dx, y: from.y + sign * dy }
  const end = { x: to.x - sign * dx, y: to.y - sign * dy }
  // Three points are a line between neighbours: its bend is in the gap and needs nothing.
  const bends = points.length > 3 ? points.slice(1, -1) : []
  return [start, ...bends, end]
}
