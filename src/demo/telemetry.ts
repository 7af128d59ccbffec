import {
  context,
  diag,
  DiagLogLevel,
  type DiagLogger,
  type Meter,
  type Tracer,
} from '@opentelemetry/api'
import type { Logger } from '@opentelemetry/api-logs'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import {
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Exemplars } from './exemplars.ts'
import { HistogramSender } from './export-histograms.ts'
import { encodePage, type PageForm } from './exposition.ts'

export interface TelemetryOptions {
  /** Where OTLP over HTTP is taken, without a slash at the end, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string
  readonly version: string
  /** How often metrics are sent. */
  readonly metricIntervalMs: number
  /** Something could not be sent. */
  readonly onTrouble: (message: string) => void
}

/** What a service reports with. */
export interface ServiceTelemetry {
  readonly name: string
  readonly tracer: Tracer
  readonly meter: Meter
  readonly logger: Logger
  readonly exemplars: Exemplars
}

/** The OpenTelemetry SDK for the services of this process. */
export interface Telemetry {
  service(name: string): ServiceTelemetry
  /** All metrics as a page for Prometheus. */
  page(form: PageForm): Promise<string>
  /** Sends what is there. */
  flush(): Promise<void>
  /** Sends what is left and ends. */
  stop(): Promise<void>
}

/** Spans and lines go out this soon: a person is waiting for them. */
const DELAY_MS = 1000
/** What is left is sent this long at the end. */
const EXPORT_TIMEOUT_MS = 3000

/** Hands out what was collected when somebody asks. */
class PageReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

interface Provider {
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** Starts the SDK; each service has a resource and providers of its own, as if it were a process. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  diag.setLogger(troubleLogger(options.onTrouble), {
    logLevel: DiagLogLevel.ERROR,
    suppressOverrideMessage: true,
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const providers: Provider[] = []
  const readers: PageReader[] = []
  const exemplars = new Exemplars()
  return {
    service: (name) => {
      const resource = resourceFromAttributes({
        'service.name': name,
        'service.namespace': 'demo',
        'service.version': options.version,
        'service.instance.id': `${name}-1`,
        'deployment.environment.name': 'demo',
      })
      const traces = new BasicTracerProvider({ resource, spanProcessors: [spansTo(options)] })
      const logs = new LoggerProvider({ resource, processors: [logsTo(options)] })
      const reader = new PageReader()
      readers.push(reader)
      const pushed = metricsTo(options, exemplars)
      const metrics = new MeterProvider({ resource, readers: [...pushed, reader] })
      providers.push(traces, logs, metrics)
      const { version } = options
      return {
        ...{ name, exemplars },
        tracer: traces.getTracer('vedette-demo', version),
        meter: metrics.getMeter('vedette-demo', version),
        logger: logs.getLogger('vedette-demo', version),
      }
    },
    page: async (form) => encodePage(await collectAll(readers), exemplars, form),
    flush: async () => {
      await Promise.allSettled(providers.map((provider) => provider.forceFlush()))
    },
    stop: async () => {
      await Promise.allSettled(providers.map((provider) => provider.shutdown()))
      context.disable()
      diag.disable()
    },
  }
}

async function collectAll(readers: readonly PageReader[]): Promise<ResourceMetrics[]> {
  const all = await Promise.all(readers.map((reader) => reader.collect()))
  return all.map(({ resourceMetrics }) => resourceMetrics)
}

function spansTo({ endpoint }: TelemetryOptions): BatchSpanProcessor {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return new BatchSpanProcessor(exporter, {
    scheduledDelayMillis: DELAY_MS,
    maxQueueSize: 20_000,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
}

function logsTo({ endpoint }: TelemetryOptions): BatchLogRecordProcessor {
  const exporter = new OTLPLogExporter({
    url: `${endpoint}/v1/logs`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return new BatchLogRecordProcessor({
    exporter,
    scheduledDelayMillis: DELAY_MS,
    maxQueueSize: 20_000,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
}

/** All but histograms, which another reader sends. */
class NumberExporter extends OTLPMetricExporter {
  override export(
    metrics: Parameters<OTLPMetricExporter['export']>[0],
    done: Parameters<OTLPMetricExporter['export']>[1],
  ): void {
    const scopeMetrics = metrics.scopeMetrics.map(({ scope, metrics: some }) => {
      // The points of histograms are objects.
      return { scope, metrics: some.filter(({ dataPoints: [point] }) => isNumber(point?.value)) }
    })
    super.export({ ...metrics, scopeMetrics }, done)
  }
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function metricsTo(
  { endpoint, metricIntervalMs }: TelemetryOptions,
  exemplars: Exemplars,
): MetricReader[] {
  const url = `${endpoint}/v1/metrics`
  const exporter = new NumberExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS })
  return [
    new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: metricIntervalMs,
      exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, metricIntervalMs),
    }),
    new HistogramSender(url, exemplars, metricIntervalMs),
  ]
}

/** Only errors count; they come with any arguments. */
function troubleLogger(onTrouble: (message: string) => void): DiagLogger {
  const nothing = (): void => undefined
  return {
    error: (message) => onTrouble(message),
    ...{ warn: nothing, info: nothing, debug: nothing, verbose: nothing },
  }
}
