import type { MetricMetadata } from '../../model/samples.ts'
import type { SpanGeneratorSettings } from './settings.ts'

const GRAPH = 'traces_service_graph_request'

/** What the metrics of a generator are, for whoever asks for their metadata. */
export function metadataOf({
  spanMetrics,
  serviceGraph,
}: SpanGeneratorSettings): readonly MetricMetadata[] {
  const found: MetricMetadata[] = []
  const add = (
    family: string | undefined,
    type: MetricMetadata['type'],
    help: string,
    unit = '',
  ): void => {
    if (family !== undefined) found.push({ family, type, help, unit })
  }
  if (spanMetrics !== undefined) {
    const { callsName, durationName, sizeName, events, targetInfoName, unit } = spanMetrics
    add(callsName, 'counter', 'Spans, made of traces.')
    add(
      durationName,
      'histogram',
      'Durations of spans, made of traces.',
      unit === 's' ? 'seconds' : 'milliseconds',
    )
    add(sizeName, 'counter', 'Bytes of spans, made of traces.', 'bytes')
    add(events?.name, 'counter', 'Events of spans, made of traces.')
    add(targetInfoName, 'gauge', 'Attributes of the resources of spans.')
  }
  if (serviceGraph?.countsRequests === true) {
    add(`${GRAPH}_total`, 'counter', 'Requests from one service to another.')
    add(`${GRAPH}_failed_total`, 'counter', 'Failed requests from one service to another.')
  }
  if (serviceGraph?.measuresDurations === true) {
    add(`${GRAPH}_server_seconds`, 'histogram', 'Durations as the server saw them.', 'seconds')
    add(`${GRAPH}_client_seconds`, 'histogram', 'Durations as the client saw them.', 'seconds')
    if (serviceGraph.hasMessagingHistogram)
      add(
        `${GRAPH}_messaging_system_seconds`,
        'histogram',
        'Time of messages under way.',
        'seconds',
      )
  }
  return found
}
