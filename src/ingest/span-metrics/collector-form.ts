import type {
  ServiceGraphSettings,
  SpanGeneratorSettings,
  SpanMetricsSettings,
} from './settings.ts'
import { TEMPO_GENERATOR, TEMPO_SERVICE_GRAPH } from './tempo-form.ts'

/** The namespace of the collector's `spanmetrics`. */
export const COLLECTOR_NAMESPACE = 'traces.span.metrics'
/** What exporters for Prometheus call the attributes of resources. */
const TARGET_INFO = 'target_info'
const DEFAULT_BUCKETS_MS = [
  ...[2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000],
]

/** The names of metrics as the exporters for Prometheus write them: the unit is spelt out, counters end in `_total`. */
export function collectorNames(
  namespace: string,
  unit: 's' | 'ms',
): { readonly calls: string; readonly duration: string; readonly events: string } {
  const prefix = namespace === '' ? '' : `${namespace.replaceAll(/[^a-zA-Z0-9_:]/g, '_')}_`
  return {
    calls: `${prefix}calls_total`,
    duration: `${prefix}duration_${unit === 's' ? 'seconds' : 'milliseconds'}`,
    events: `${prefix}events_total`,
  }
}

const NAMES = collectorNames(COLLECTOR_NAMESPACE, 'ms')

/** The connector's defaults. */
export const COLLECTOR_SPAN_METRICS: SpanMetricsSettings = {
  callsName: NAMES.calls,
  durationName: NAMES.duration,
  sizeName: undefined,
  events: undefined,
  unit: 'ms',
  buckets: DEFAULT_BUCKETS_MS,
  intrinsics: [
    { label: 'service_name', of: 'service' },
    { label: 'span_name', of: 'name' },
    { label: 'span_kind', of: 'kind' },
    { label: 'status_code', of: 'status' },
  ],
  dimensions: [],
  hasJob: true,
  hasInstance: true,
  targetInfoName: TARGET_INFO,
  targetInfoWithout: [],
  multiplier: { attribute: '', usesTraceState: false },
  filters: [],
  exemplars: undefined,
  needsService: true,
}

/** The labels of its exemplars, where they are switched on. */
export const COLLECTOR_EXEMPLARS = { traceId: 'trace_id', spanId: 'span_id' } as const

/** The defaults of the collector's `servicegraph`, as Prometheus shows them. */
export const COLLECTOR_SERVICE_GRAPH: ServiceGraphSettings = {
  ...TEMPO_SERVICE_GRAPH,
  waitMs: 2000,
  maxItems: 1000,
  buckets: DEFAULT_BUCKETS_MS.map((bound) => bound / 1000),
  prefixesDimensions: true,
  databaseAttributes: ['db.name'],
  peerAttributes: [
    ...['peer.service', 'db.name', 'db.system', 'net.sock.peer.addr', 'net.peer.name'],
    ...['rpc.service', 'net.sock.peer.name', 'http.url', 'http.target'],
  ],
}

/** A connector without any processor yet. It counts every span, however old. */
export const COLLECTOR_GENERATOR: SpanGeneratorSettings = {
  ...TEMPO_GENERATOR,
  name: 'spanmetrics',
  spanMetrics: undefined,
  serviceGraph: undefined,
  intervalMs: 60_000,
  staleMs: Number.POSITIVE_INFINITY,
  slackMs: Number.POSITIVE_INFINITY,
}
