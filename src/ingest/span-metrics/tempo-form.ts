import type {
  Multiplier,
  ServiceGraphSettings,
  SpanGeneratorSettings,
  SpanMetricsSettings,
} from './settings.ts'

/** What this program allows by default; Tempo has no bound of its own. */
const DEFAULT_MAX_SERIES = 20_000
const NO_MULTIPLIER: Multiplier = { attribute: '', usesTraceState: false }

export const TEMPO_TARGET_INFO = 'traces_target_info'
/** The label of exemplars, `trace_id_label_name`. */
const TRACE_ID_LABEL = 'traceID'

/** Tempo's defaults of `metrics_generator.processor.span_metrics`. */
export const TEMPO_SPAN_METRICS: SpanMetricsSettings = {
  callsName: 'traces_spanmetrics_calls_total',
  durationName: 'traces_spanmetrics_latency',
  sizeName: 'traces_spanmetrics_size_total',
  events: undefined,
  unit: 's',
  buckets: doubled(0.002, 14),
  intrinsics: [
    { label: 'service', of: 'service' },
    { label: 'span_name', of: 'name' },
    { label: 'span_kind', of: 'kind' },
    { label: 'status_code', of: 'status' },
  ],
  dimensions: [],
  hasJob: false,
  hasInstance: false,
  targetInfoName: undefined,
  targetInfoWithout: [],
  multiplier: NO_MULTIPLIER,
  filters: [],
  exemplars: { traceId: TRACE_ID_LABEL, spanId: undefined },
  needsService: false,
}

/** Tempo's defaults of `metrics_generator.processor.service_graphs`. */
export const TEMPO_SERVICE_GRAPH: ServiceGraphSettings = {
  waitMs: 10_000,
  maxItems: 10_000,
  buckets: doubled(0.1, 8),
  dimensions: [],
  prefixesDimensions: false,
  hasMessagingHistogram: false,
  peerAttributes: ['peer.service', 'db.name', 'db.system', 'db.system.name'],
  databaseAttributes: ['db.namespace', 'db.name', 'db.system', 'db.system.name'],
  hasVirtualNodeLabel: false,
  countsRequests: true,
  measuresDurations: true,
  multiplier: NO_MULTIPLIER,
  filters: [],
  exemplars: { traceId: TRACE_ID_LABEL, spanId: undefined },
}

/** What is made of spans where no file says it: what Tempo's generator makes with both of its processors. */
export const TEMPO_GENERATOR: SpanGeneratorSettings = {
  name: 'metrics_generator',
  spanMetrics: TEMPO_SPAN_METRICS,
  serviceGraph: TEMPO_SERVICE_GRAPH,
  intervalMs: 15_000,
  staleMs: 15 * 60_000,
  maxSeries: DEFAULT_MAX_SERIES,
  externalLabels: {},
  slackMs: 30_000,
  maxLabelLength: 2048,
}

/** `start` and its doubles. */
function doubled(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start * 2 ** i)
}
