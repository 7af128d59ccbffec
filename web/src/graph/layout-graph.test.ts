import { describe, expect, it } from 'vitest'
import { edgePath } from './edge-path.ts'
import type { Graph } from './graph-model.ts'
import { layoutGraph, NODE_HEIGHT, NODE_WIDTH } from './layout-graph.ts'

function graphOf(edges: readonly (readonly [source: string, target: string])[]): Graph {
  const ids = [...new Set(edges.flat())]
  return {
    nodes: ids.map((id) => {
      return { id, title: id, subtitle: '', figures: [], shares: [], description: id }
    }),
    edges: edges.map(([source, target], i) => ({ id: `${i}`, source, target, label: '' })),
  }
}

describe('the layout of a graph', () => {
  it('puts callers before those they call, and no node upon another', () => {
    const graph = graphOf([
      ...(['ab', 'ac', 'bd', 'cd', 'ad', 'de'] as const).map(
        ([source = '', target = '']) => [source, target] as const,
      ),
    ])
    for (const direction of ['LR', 'TB'] as const) {
      const { nodes, edges, width, height } = layoutGraph(graph, direction)
      const places = [...nodes.values()]
      for (const [i, one] of places.entries()) {
        expect(one.x).toBeLessThan(width)
        expect(one.y).toBeLessThan(height)
        for (const other of places.slice(i + 1)) {
          const isApart =
            Math.abs(one.x - other.x) >= NODE_WIDTH || Math.abs(one.y - other.y) >= NODE_HEIGHT
          expect(isApart).toBe(true)
        }
      }
      expect(edges.size).toBe(6)
    }
    const { nodes } = layoutGraph(graph, 'LR')
    const xs = ['a', 'b', 'd', 'e'].map((id) => nodes.get(id)?.x ?? 0)
    expect(xs).toEqual(xs.toSorted((x, y) => x - y))
  })

  it('draws circles, calls of oneself and edges that lead nowhere', () => {
    const graph = graphOf([
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'b'],
    ])
    const lost = { id: 'lost', source: 'a', target: 'nobody', label: '' }
    const { edges } = layoutGraph({ ...graph, edges: [...graph.edges, lost] }, 'LR')
    expect([...edges.keys()]).toEqual(['0', '1', '2'])
    for (const places of edges.values()) expect(places.length).toBeGreaterThan(1)
  })

  it('draws lines that leave and arrive in the direction of the ranks', () => {
    const places = [
      { x: 0, y: 0 },
      { x: 10, y: 20 },
    ]
    expect(edgePath(places, 'LR')).toBe('M0,0C5,0 5,20 10,20')
    expect(edgePath(places, 'TB')).toBe('M0,0C0,10 10,10 10,20')
    expect(edgePath([], 'LR')).toBe('')
  })
})
