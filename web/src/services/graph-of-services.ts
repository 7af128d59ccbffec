import { formatValue } from '../format/format-value.ts'
import type { Graph, GraphNode } from '../graph/graph-model.ts'
import type { RequestFigures, ServiceGraph, ServiceKind, ServiceNode } from './service-graph.ts'

/** From this share of errors on, a connection is drawn as a bad one. */
const BAD_SHARE = 0.05

export const KIND_NAMES: Readonly<Record<ServiceKind, string>> = {
  service: '',
  database: 'database',
  messaging: 'queue',
  outside: 'not instrumented',
}

/** A service graph as it is drawn. */
export function graphOfServices({ nodes, edges }: ServiceGraph): Graph {
  return {
    nodes: nodes.map(toNode),
    edges: edges.map(({ client, server, rate, errorShare }) => ({
      id: JSON.stringify([client, server]),
      source: client,
      target: server,
      label: formatValue(rate, 'per second'),
      isBad: errorShare >= BAD_SHARE,
    })),
  }
}

function toNode({ name, kind, served, sentRate }: ServiceNode): GraphNode {
  const subtitle = KIND_NAMES[kind]
  const failed = served?.errorShare ?? 0
  const figures = served ? figuresOf(served) : [`sends ${formatValue(sentRate, 'per second')}`]
  return {
    ...{ id: name, title: name, subtitle, figures },
    ...(failed > 0 ? { warning: formatValue(failed, 'percent') } : {}),
    shares: served
      ? [
          { share: failed, color: 'var(--v-bad)' },
          { share: 1 - failed, color: 'var(--v-good)' },
        ]
      : [],
    description: [name, subtitle, ...(served ? describe(served) : figures)]
      .filter((text) => text !== '')
      .join(', '),
  }
}

/** As little as can be read at a glance: how much, and how slow. */
function figuresOf({ rate, p95Seconds }: RequestFigures): string[] {
  return [
    formatValue(rate, 'per second'),
    ...(p95Seconds === undefined ? [] : [formatValue(p95Seconds, 'seconds')]),
  ]
}

function describe({ rate, errorShare, p95Seconds }: RequestFigures): string[] {
  return [
    `serves ${formatValue(rate, 'per second')}`,
    `${formatValue(errorShare, 'percent')} failed`,
    ...(p95Seconds === undefined ? [] : [`95 % within ${formatValue(p95Seconds, 'seconds')}`]),
  ]
}
