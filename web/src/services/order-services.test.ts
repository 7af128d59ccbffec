import { describe, expect, it } from 'vitest'
import { findServices, orderServices, partAround } from './order-services.ts'
import type { ServiceNode } from './service-graph.ts'

function node(name: string, rate?: number, errorShare = 0): ServiceNode {
  const served =
    rate === undefined
      ? undefined
      : { rate, errorShare, meanSeconds: undefined, p95Seconds: undefined }
  return { name, kind: 'service', served, sentRate: 0 }
}

const call = (client: string, server: string) => {
  return { client, server, rate: 1, errorShare: 0, meanSeconds: 1, p95Seconds: 1 }
}
const GRAPH = {
  nodes: [node('api', 5, 0.5), node('db', 9), node('user'), node('web', 5)],
  edges: [call('user', 'web'), call('web', 'api'), call('api', 'db')],
}

describe('services', () => {
  it('are found by a part of their names, with those around them', () => {
    const found = findServices(GRAPH, ' WE')
    expect(found.map(({ name }) => name)).toEqual(['web'])
    const part = partAround(GRAPH, found)
    expect(part.nodes.map(({ name }) => name)).toEqual(['api', 'user', 'web'])
    expect(part.edges).toHaveLength(2)
    expect(findServices(GRAPH, '')).toHaveLength(4)
  })

  it('are in the order that is asked for; those that serve nothing are last', () => {
    const order = (by: 'rate' | 'errors' | 'name') =>
      orderServices(GRAPH.nodes, by).map(({ name }) => name)
    expect(order('rate')).toEqual(['db', 'api', 'web', 'user'])
    expect(order('errors')).toEqual(['api', 'db', 'web', 'user'])
    expect(order('name')).toEqual(['api', 'db', 'user', 'web'])
  })
})
