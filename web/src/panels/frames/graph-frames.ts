import { createDataFrame, FieldType, type DataFrame, type Field } from '@grafana/data'
import type { RequestFigures, ServiceGraph } from '../../services/service-graph.ts'

/** Grafana's names of colours, which every theme knows. */
const GOOD = 'green'
const BAD = 'red'
const META = { preferredVisualisationType: 'nodeGraph' } as const
const MEAN = { unit: 'ms/r', displayName: 'Average response time', decimals: 2 }
const RATE = { unit: 'r/sec', displayName: 'Requests per second', decimals: 2 }

/** A service graph as the frames of nodes and edges that Grafana's source of traces makes. */
export function toGraphFrames(graph: ServiceGraph, refId: string): DataFrame[] {
  if (graph.nodes.length === 0) return []
  return [nodesFrame(graph, refId), edgesFrame(graph, refId)]
}

function nodesFrame({ nodes }: ServiceGraph, refId: string): DataFrame {
  const names = nodes.map(({ name }) => name)
  const kinds = nodes.map(({ kind }) => (kind === 'service' ? '' : kind))
  const failed = nodes.map(({ served }) => served?.errorShare ?? 0)
  const means = nodes.map(({ served }) => meanMsOf(served))
  const rates = nodes.map(({ served }) => served?.rate)
  return createDataFrame({
    ...{ refId, meta: META, name: 'Nodes' },
    fields: [
      text('id', names),
      text('title', names, { displayName: 'Service name' }),
      text('subtitle', kinds),
      number('mainstat', means, MEAN),
      number('secondarystat', rates, RATE),
      number(
        'arc__success',
        failed.map((share) => 1 - share),
        arc(GOOD, 'Success'),
      ),
      number('arc__failed', failed, arc(BAD, 'Failed')),
    ],
  })
}

function edgesFrame({ edges }: ServiceGraph, refId: string): DataFrame {
  const ids = edges.map(({ client, server }) => `${client}_${server}`)
  const rates = edges.map(({ rate }) => rate)
  return createDataFrame({
    ...{ refId, meta: META, name: 'Edges' },
    fields: [
      text('id', ids),
      text(
        'source',
        edges.map(({ client }) => client),
      ),
      text(
        'target',
        edges.map(({ server }) => server),
      ),
      number('mainstat', edges.map(meanMsOf), MEAN),
      number('secondarystat', rates, RATE),
    ],
  })
}

function text(name: string, values: unknown[], config: Field['config'] = {}): Field {
  return { name, type: FieldType.string, values, config }
}

function number(name: string, values: unknown[], config: Field['config'] = {}): Field {
  return { name, type: FieldType.number, values, config }
}

function arc(fixedColor: string, displayName: string): Field['config'] {
  return { color: { mode: 'fixed', fixedColor }, displayName }
}

function meanMsOf(figures: RequestFigures | undefined): number | undefined {
  return figures?.meanSeconds === undefined ? undefined : figures.meanSeconds * 1000
}
