import { randomUUID } from 'node:crypto'
import type { Core } from './core.ts'
import type { AnyValue } from './formats/otlp/any-value.ts'
import { SpanColumns, SpanDraft } from './formats/otlp/span-columns.ts'
import type { Route } from './http/exchange.ts'
import type { ListenerName } from './http/listen-section.ts'
import type { Listener, OpenDoor } from './http/listener.ts'
import { slowQueryRoutes } from './http/ui/slow-query-routes.ts'
import { watchRequests } from './http/watch-requests.ts'
import { messageOf } from './model/problem.ts'
import type { SpanBatch, SpanSink } from './model/spans.ts'
import type { Logql } from './query/logs/logql.ts'
import type { PromqlEngine } from './query/promql/engine.ts'
import { OwnTraces, QUERY_TEXT } from './self/own-traces.ts'
import { annotateRequest, measure, type OwnSpan, type OwnValue } from './self/spans.ts'
import { VERSION } from './self/version.ts'

const FLUSH_MS = 2000
const SERVER = 2
const INTERNAL = 1
const ERROR = 2

/** The traces that this program makes of its own requests. */
export interface OwnTelemetry {
  readonly routes: readonly Route[]
  /** Call it before the listener opens. */
  watch(name: ListenerName, listener: OpenDoor): void
  /**
   * Stores from now on what was measured. It goes straight to the sink: storing own spans is no request, and so nothing that would be traced
   * in turn.
   */
  start(sink: SpanSink): void
}

/** Builds the part of own telemetry; nothing is stored yet. */
export function createOwnTelemetry(core: Core): OwnTelemetry {
  const settings = (): ReturnType<typeof core.config>['ownTraces'] => core.config().ownTraces
  const traces = new OwnTraces(settings)
  const instance = randomUUID()
  core.registry.collect(() => [
    {
      name: 'vedette_own_spans_lost_total',
      help: 'Spans of own requests that could not be stored.',
      type: 'counter',
      metrics: [{ labels: [], value: traces.lost }],
    },
  ])
  return {
    routes: slowQueryRoutes(traces, () => settings().slowMs),
    watch: (name, listener) => {
      if (isHttp(listener)) watchRequests(listener, name, traces)
    },
    start: (sink) => {
      const flush = async (): Promise<void> => {
        const spans = traces.take()
        if (spans.length === 0) return
        try {
          await sink.append(toBatch(spans, instance))
        } catch (thrown) {
          core.log.debug('own spans are lost', { reason: messageOf(thrown), spans: spans.length })
        }
      }
      const timer = setInterval(() => void flush(), FLUSH_MS).unref()
      core.ends.push(async () => {
        clearInterval(timer)
        await flush()
      })
    },
  }
}

/** An engine whose evaluations are part of the traces of the requests that they answer. */
export function tracePromql(engine: PromqlEngine): PromqlEngine {
  return {
    evaluate: (request) => {
      annotateRequest(QUERY_TEXT, request.query)
      return measure('promql', {}, () => engine.evaluate(request))
    },
  }
}

/** The same for LogQL. */
export function traceLogql(logql: Logql): Logql {
  return {
    ...logql,
    evaluate: (request) => {
      annotateRequest(QUERY_TEXT, request.query)
      return measure('logql', {}, () => logql.evaluate(request))
    },
  }
}

function isHttp(listener: OpenDoor): listener is Listener {
  return 'app' in listener && 'routes' in listener
}

/** Own spans in the form in which all spans are stored. */
function toBatch(spans: readonly OwnSpan[], instance: string): SpanBatch {
  const columns = new SpanColumns()
  columns.resource([
    ['service.name', 'vedette'],
    ['service.version', VERSION],
    ['service.instance.id', instance],
  ])
  columns.scope({ name: 'vedette', version: VERSION, attributes: [], droppedAttributes: 0 })
  for (const own of spans) {
    const span = new SpanDraft()
    span.traceId = Buffer.from(own.traceId, 'hex')
    span.spanId = Buffer.from(own.spanId, 'hex')
    span.parentId = Buffer.from(own.parentId, 'hex')
    span.name = own.name
    span.kind = own.parentId === '' ? SERVER : INTERNAL
    span.startNs = own.startNs
    span.endNs = own.startNs + own.durationNs
    span.status = own.failure === undefined ? 0 : ERROR
    span.message = own.failure ?? ''
    for (const [key, value] of own.attributes) columns.attributes.add(key, toAnyValue(value))
    columns.span(span)
  }
  return columns.finish()
}

function toAnyValue(value: OwnValue): AnyValue {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}
