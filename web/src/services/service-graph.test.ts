import { describe, expect, it } from 'vitest'
import { toServiceGraph } from './service-graph.ts'

function vector(
  ...rows: readonly (readonly [client: string, server: string, value: string, type?: string])[]
) {
  return {
    resultType: 'vector' as const,
    result: rows.map(([client, server, value, connection_type = '']) => ({
      metric: { client, server, connection_type },
      value: [1, value] as const,
    })),
  }
}

describe('the service graph', () => {
  it('has what every service serves, and what is between them', () => {
    const graph = toServiceGraph({
      total: vector(
        ['user', 'web', '10', 'virtual_node'],
        ['web', 'api', '4'],
        ['web', 'api', '4', 'virtual_node'],
        ['jobs', 'api', '2'],
        ['api', 'pg', '20', 'database'],
        ['old', 'gone', '0'],
      ),
      failed: vector(['web', 'api', '2'], ['jobs', 'api', '0.5']),
      seconds: vector(['web', 'api', '0.8'], ['jobs', 'api', '0.2']),
      p95: vector(['web', 'api', '0.3'], ['jobs', 'api', '0.5'], ['api', 'pg', 'NaN']),
    })
    expect(graph.nodes.map(({ name, kind, sentRate }) => [name, kind, sentRate])).toEqual([
      ['api', 'outside', 20],
      ['jobs', 'service', 2],
      ['pg', 'database', 0],
      ['user', 'outside', 10],
      ['web', 'service', 8],
    ])
    const [api, jobs] = graph.nodes
    expect(api?.served).toEqual({ rate: 10, errorShare: 0.25, meanSeconds: 0.1, p95Seconds: 0.5 })
    expect(jobs?.served).toBeUndefined()
    expect(graph.edges.map(({ client, server, rate }) => `${client}>${server} ${rate}`)).toEqual([
      ...['user>web 10', 'web>api 8', 'jobs>api 2', 'api>pg 20'],
    ])
    expect(graph.edges[3]).toMatchObject({ errorShare: 0, p95Seconds: undefined })
  })
})
