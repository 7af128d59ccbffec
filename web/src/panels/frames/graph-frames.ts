import { createDataFrame, FieldType, type DataFrame, type Field } from '@grafana/data'
import type { RequestFigures, ServiceGraph } from '../../services/service-graph.ts'

/** Grafana's names of colours, which every theme knows. */
const GOOD = 'green'
const BAD = 'red'

/** A service graph as the frames of nodes and edges that Grafana's source of traces makes. */
export function toGraphFrames({ nodes, edges }: ServiceGraph, refId: string): DataFrame[] {
  if (nodes.length === 0) return []
  const text = (name: string, values: unknown[], config: Field['config'] = {}) => {
    return { name, type: FieldType.string, values, config }
  }
  const number = (name: string, values: unknown[], config: Field['config'] = {}) => {
    return { name, type: FieldType.number, values, config }
  }
  const meta = { preferredVisualisationType: 'nodeGraph' } as const
  const mean = { unit: 'ms/r', displayName: 'Average response time', decimals: 2 }
  const rate = { unit: 'r/sec', displayName: 'Requests per second', decimals: 2 }
  const share = (color: string, displayName: string): Field['config'] => ({
    color: { mode: 'fixed', fixedColor: color },
    displayName,
  })
  return [
    createDataFrame({
      ...{ refId, meta, name: 'Nodes' },
      fields: [
        text(
          'id',
          nodes.map(({ name }) => name),
        ),
        text(
          'title',
          nodes.map(({ name }) => name),
          { displayName: 'Service name' },
        ),
        text(
          'subtitle',
          nodes.map(({ kind }) => (kind === 'service' ? '' : kind)),
        ),
        number(
          'mainstat',
          nodes.map(({ served }) => meanMsOf(served)),
          mean,
        ),
        number(
          'secondarystat',
          nodes.map(({ served }) => served?.rate),
          rate,
        ),
        number(
          'arc__success',
          nodes.map(({ served }) => (served ? 1 - served.errorShare : 1)),
          share(GOOD, 'Success'),
        ),
        number(
          'arc__failed',
          nodes.map(({ served }) => served?.errorShare ?? 0),
          share(BAD, 'Failed'),
        ),
      ],
    }),
    createDataFrame({
      ...{ refId, meta, name: 'Edges' },
      fields: [
        text(
          'id',
          edges.map(({ client, server }) => `${client}_${server}`),
        ),
        text(
          'source',
          edges.map(({ client }) => client),
        ),
        text(
          'target',
          edges.map(({ server }) => server),
        ),
        number('mainstat', edges.map(meanMsOf), mean),
        number(
          'secondarystat',
          edges.map((edge) => edge.rate),
          rate,
        ),
      ],
    }),
  ]
}

function meanMsOf(figures: RequestFigures | undefined): number | undefined {
  return figures?.meanSeconds === undefined ? undefined : figures.meanSeconds * 1000
}
