import type { Registry } from '../../self/metrics.ts'

/** What generators tell of themselves, in Tempo's names; all generators of the program together. */
export interface GeneratorFigures {
  readonly onReceived: (spans: number) => void
  /** Spans that ended too long ago, or are of the future. */
  readonly onOutsideSlack: (spans: number) => void
  readonly onFiltered: () => void
  readonly onEdge: () => void
  readonly onDroppedSpan: () => void
  readonly onExpiredEdge: (unmatchedKind: string) => void
  readonly onCollected: (isWhole: boolean) => void
}

/** What is asked for whenever it is shown. */
interface PresentFigures {
  readonly active: () => number
  readonly limited: () => number
  readonly waiting: () => number
}

/** Registers the figures. */
export function registerGeneratorFigures(
  registry: Registry,
  now: PresentFigures,
): GeneratorFigures {
  const named = (name: string, help: string) =>
    registry.counter(`tempo_metrics_generator_${name}`, help)
  const received = named('spans_received_total', 'The total number of spans received.')
  const discarded = registry.counterBy(
    'tempo_metrics_generator_spans_discarded_total',
    'The total number of discarded spans received.',
    ['reason'],
  )
  const edges = named('processor_service_graphs_edges', 'Total number of unique edges.')
  const dropped = named(
    'processor_service_graphs_dropped_spans',
    'Number of spans dropped when trying to add edges.',
  )
  const expired = registry.counterBy(
    'tempo_metrics_generator_processor_service_graphs_expired_edges',
    'Number of edges that expired before finding a matching span, labeled by the unmatched span kind.',
    ['unmatched_span_kind'],
  )
  const collections = named(
    'registry_collections_total',
    'The total amount of metrics collections.',
  )
  const failed = named(
    'registry_collections_failed_total',
    'The total amount of failed metrics collections.',
  )
  showGauges(registry, now)
  return {
    onReceived: (spans) => received.inc(spans),
    onOutsideSlack: (spans) => discarded.with('outside_metrics_ingestion_slack').inc(spans),
    onFiltered: () => discarded.with('span_filter').inc(),
    onEdge: () => edges.inc(),
    onDroppedSpan: () => dropped.inc(),
    onExpiredEdge: (kind) => expired.with(kind).inc(),
    onCollected: (isWhole) => (isWhole ? collections : failed).inc(),
  }
}

function showGauges(registry: Registry, now: PresentFigures): void {
  registry.collect(() => [
    {
      name: 'tempo_metrics_generator_registry_active_series',
      help: 'The active series.',
      type: 'gauge',
      metrics: [{ labels: [], value: now.active() }],
    },
    {
      name: 'tempo_metrics_generator_registry_series_limited_total',
      help: 'Label sets of spans that found no room under max_active_series.',
      type: 'counter',
      metrics: [{ labels: [], value: now.limited() }],
    },
    {
      name: 'vedette_service_graph_waiting_edges',
      help: 'Spans of one side of a request that wait for the other.',
      type: 'gauge',
      metrics: [{ labels: [], value: now.waiting() }],
    },
  ])
}
