// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { overrideFrames } from './frames/process-frames.ts'
import { toGraphFrames } from './frames/graph-frames.ts'
import { nodeGraphOf } from './node-graph-of.ts'

const FIGURES = { rate: 2, errorShare: 0.25, meanSeconds: 0.5, p95Seconds: undefined }
const GRAPH = {
  nodes: [
    { name: 'api', kind: 'service' as const, served: FIGURES, sentRate: 0 },
    { name: 'web', kind: 'service' as const, served: undefined, sentRate: 2 },
  ],
  edges: [{ client: 'web', server: 'api', ...FIGURES }],
}

function drawn(frames: ReturnType<typeof toGraphFrames>) {
  const options = {
    fieldConfig: { defaults: {}, overrides: [] },
    ...{ scope: new Map(), scheme: 'dark' as const, zone: 'utc' },
  }
  return nodeGraphOf(overrideFrames(frames, options), 'dark')
}

describe('a node graph', () => {
  it('is drawn of the frames of a service graph', () => {
    const { graph, total } = drawn(toGraphFrames(GRAPH, 'A'))
    expect(total).toBe(2)
    const [api, web] = graph.nodes
    expect(api).toMatchObject({ id: 'api', figures: ['500.00 ms/r', '2.00 r/sec'] })
    expect(api?.shares.map(({ share }) => share)).toEqual([0.75, 0.25])
    expect(api?.shares[0]?.color).toMatch(/^#/)
    expect(web?.figures).toEqual([])
    expect(graph.edges).toMatchObject([{ source: 'web', target: 'api' }])
  })

  it('needs no frame of nodes, and leaves out edges that lead nowhere', () => {
    const [nodes, edges] = toGraphFrames(GRAPH, 'A')
    if (!nodes || !edges) throw new Error('no frames')
    expect(drawn([edges]).graph.nodes.map(({ id }) => id)).toEqual(['web', 'api'])
    const fewer = toGraphFrames({ ...GRAPH, nodes: GRAPH.nodes.slice(0, 1) }, 'A')
    expect(drawn(fewer).graph.edges).toEqual([])
  })
})
