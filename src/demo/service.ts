import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type UpDownCounter,
} from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { DurationHistogram } from './exemplars.ts'
import type { ServiceTelemetry } from './telemetry.ts'

/** A request that could not be served as asked. `status` is what the caller is told. */
export class ServiceFault extends Error {
  override readonly name = 'ServiceFault'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A request as a service sees it, whoever sent it. */
export interface ServiceRequest {
  readonly method: string
  /** With placeholders: `/orders/{id}`. */
  readonly route: string
  readonly path: string
  readonly attributes?: Attributes
}

type Level = 'info' | 'warn' | 'error'

const SEVERITIES: Readonly<Record<Level, SeverityNumber>> = {
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
}

/**
 * One of the services in this process. They call each other as over a network: a client span here, a server span there, by the semantic
 * conventions of OpenTelemetry for HTTP.
 */
export class Service {
  readonly name: string
  readonly telemetry: ServiceTelemetry
  readonly #durations: DurationHistogram
  readonly #active: UpDownCounter

  constructor(telemetry: ServiceTelemetry) {
    const { name, meter, exemplars } = telemetry
    this.name = name
    this.telemetry = telemetry
    this.#durations = new DurationHistogram(
      meter,
      exemplars,
      'http.server.request.duration',
      'Duration of HTTP server requests.',
    )
    this.#active = meter.createUpDownCounter('http.server.active_requests', {
      description: 'Number of active HTTP server requests.',
    })
  }

  /**
   * Serves a request within a server span; `work` resolves to the status of the answer. A `ServiceFault` ends the span with its status and is
   * thrown on, so that the caller hears of it.
   */
  async serve<T extends { readonly status: number }>(
    { method, route, path, attributes = {} }: ServiceRequest,
    work: (span: Span) => Promise<T>,
    parent: Context = context.active(),
  ): Promise<T> {
    const common = { 'http.request.method': method, 'url.scheme': 'http' }
    const given = { ...common, 'http.route': route, 'url.path': path, ...attributes }
    const options = { kind: SpanKind.SERVER, attributes: given }
    const startedMs = performance.now()
    this.#active.add(1, common)
    return this.#within(`${method} ${route}`, options, parent, async (span) => {
      let status = 500
      try {
        const answer = await work(span)
        status = answer.status
        return answer
      } catch (thrown) {
        if (thrown instanceof ServiceFault) status = thrown.status
        throw thrown
      } finally {
        span.setAttribute('http.response.status_code', status)
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        const labels = { ...common, 'http.route': route, 'http.response.status_code': status }
        this.#durations.record((performance.now() - startedMs) / 1000, labels)
        this.#active.add(-1, common)
      }
    })
  }

  /** Calls another service. */
  async call<T extends { readonly status: number }>(
    to: Service,
    request: ServiceRequest,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    const { method, path } = request
    const attributes = {
      'http.request.method': method,
      'url.full': `http://${to.name}:8080${path}`,
      'server.address': to.name,
      'server.port': 8080,
      'peer.service': to.name,
    }
    return this.#within(
      method,
      { kind: SpanKind.CLIENT, attributes },
      context.active(),
      async (span) => {
        try {
          const answer = await to.serve(request, work)
          span.setAttribute('http.response.status_code', answer.status)
          return answer
        } catch (thrown) {
          if (thrown instanceof ServiceFault) {
            span.setAttribute('http.response.status_code', thrown.status)
            span.setAttribute('error.type', String(thrown.status))
            span.setStatus({ code: SpanStatusCode.ERROR })
          }
          throw thrown
        }
      },
    )
  }

  /** A span for work inside of this service. */
  within<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
    const options = { kind: SpanKind.INTERNAL, attributes }
    return this.#within(name, options, context.active(), work)
  }

  /** A span for a call that leaves the services. */
  withinClient<T>(
    name: string,
    attributes: Attributes,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    return this.#within(name, { kind: SpanKind.CLIENT, attributes }, context.active(), work)
  }

  /** A line of the log, as JSON; the SDK adds the ids of the span that is active. */
  log(level: Level, message: string, fields: Readonly<Record<string, string | number>> = {}): void {
    this.telemetry.logger.emit({
      severityNumber: SEVERITIES[level],
      severityText: level.toUpperCase(),
      body: JSON.stringify({ level, message, ...fields }),
    })
  }

  #within<T>(
    name: string,
    options: { readonly kind: SpanKind; readonly attributes: Attributes },
    parent: Context,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    const span = this.telemetry.tracer.startSpan(name, options, parent)
    return context.with(trace.setSpan(parent, span), async () => {
      try {
        return await work(span)
      } catch (thrown) {
        // Who threw it has told the span already where it is a fault that was expected.
        if (!(thrown instanceof ServiceFault)) fail(span, thrown)
        throw thrown
      } finally {
        span.end()
      }
    })
  }
}

/** Marks a span as failed, with the exception as its event. */
export function fail(span: Span, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  span.recordException(error)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}
