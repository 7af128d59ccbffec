import { encodeRecordExport, encodeSpanExport } from '../formats/otlp/encode-export.ts'
import { encodeMetricExport } from '../formats/otlp/encode-metric-export.ts'
import { encodeLines } from '../formats/loki-push/encode-json.ts'
import { encodeCompressedWriteRequest } from '../formats/remote-write/encode.ts'
import type { LogBatch } from '../model/lines.ts'
import type { LogRecordBatch, LogRecordSink } from '../model/log-records.ts'
import type { MetricSink, OtlpMetricBatch } from '../model/otlp-metrics.ts'
import { Problem } from '../model/problem.ts'
import type { SampleBatch } from '../model/samples.ts'
import type { SpanSink } from '../model/spans.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import { DiskQueue } from './disk-queue.ts'
import { RemoteSender, type Send, type SendOutcome } from './remote-sender.ts'
import type { RemoteSettings } from './remote-settings.ts'
import { GrpcSender } from './send-grpc.ts'
import { HttpSender } from './send-http.ts'

export interface RemoteExporterOptions {
  /** What the file calls it: `otlp/other`. */
  readonly id: string
  readonly settings: RemoteSettings
  /** Of its queue alone. */
  readonly folder: string
  /** Makes lines of log records, for Loki. */
  readonly toLines: (batch: LogRecordBatch) => LogBatch
  /** Makes series of data points, for remote write. */
  readonly toSamples: (batch: OtlpMetricBatch) => SampleBatch
  readonly registry: Registry
  readonly log: Log
}

type Signal = 'traces' | 'metrics' | 'logs'

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs']
const GRPC_PATHS: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}
const NOTHING = new Uint8Array(0)
const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const REMOTE_WRITE = {
  ...PROTOBUF,
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
}

/**
 * Sends batches to another program. A batch is taken once it is in the queue on disk: what is in there is sent again after a restart. When
 * the queue is full, batches are dropped and counted, and the sender is told to come again (`Problem` of code `unavailable`).
 */
export class RemoteExporter {
  readonly spans: SpanSink
  readonly logs: LogRecordSink
  readonly metrics: MetricSink
  readonly #options: RemoteExporterOptions
  readonly #queue: DiskQueue
  readonly #sender: RemoteSender
  readonly #close: () => Promise<void>
  #isFull = false

  private constructor(options: RemoteExporterOptions, queue: DiskQueue) {
    this.#options = options
    this.#queue = queue
    const { settings, id, registry, log } = options
    const { send, close } = senderOf(settings)
    this.#close = close
    const counter = (what: string, help: string) =>
      registry.counterBy(`otelcol_exporter_${what}_total`, help, ['exporter']).with(id)
    this.#sender = new RemoteSender({
      ...{ queue, send, log, retry: settings.retry, timeoutMs: settings.timeoutMs },
      sent: counter('sent_requests', 'Number of requests that were sent.'),
      failed: counter('send_failed_requests', 'Number of requests that were given up.'),
    })
    this.spans = {
      append: async (batch) => {
        await this.#push('traces', encodeSpanExport(batch))
        return { accepted: batch.startsNs.length, outOfBounds: 0, refused: 0 }
      },
    }
    this.logs = {
      append: async (batch) => {
        const isLoki = settings.protocol === 'loki'
        await this.#push(
          'logs',
          isLoki ? encodeLines(options.toLines(batch)) : encodeRecordExport(batch),
        )
        return { accepted: batch.timesNs.length, rejected: 0, message: '' }
      },
    }
    this.metrics = {
      append: async (batch) => {
        await this.#push('metrics', this.#encodeMetrics(batch))
        return { accepted: batch.metricIndex.length, rejected: 0, message: '' }
      },
    }
  }

  /** Rejects when the folder of the queue cannot be used. */
  static async open(options: RemoteExporterOptions): Promise<RemoteExporter> {
    const { maxBytes, maxRequests } = options.settings.queue
    const { folder } = options
    const queue = await DiskQueue.open({ folder, maxBytes, maxRecords: maxRequests })
    return new RemoteExporter(options, queue)
  }

  /** Requests and bytes that wait. */
  figures(): { readonly requests: number; readonly sizeBytes: number } {
    return { requests: this.#queue.records, sizeBytes: this.#queue.sizeBytes }
  }

  /** Ends. What was not sent stays on disk. */
  async stop(): Promise<void> {
    await this.#sender.stop()
    await this.#close()
    await this.#queue.close()
  }

  #encodeMetrics(batch: OtlpMetricBatch): Uint8Array {
    const { settings, toSamples } = this.#options
    if (settings.protocol !== 'remote-write') return encodeMetricExport(batch)
    const samples = toSamples(batch)
    const series = samples.series.map((labels) => labels.with(settings.externalLabels))
    return encodeCompressedWriteRequest({ ...samples, series })
  }

  async #push(signal: Signal, body: Uint8Array): Promise<void> {
    const { registry, id, log } = this.#options
    // The signal stands before each request, so that one queue holds them all in order.
    const record = new Uint8Array(body.length + 1)
    record[0] = SIGNALS.indexOf(signal)
    record.set(body, 1)
    const isTaken = await this.#queue.push(record)
    if (isTaken === this.#isFull) {
      this.#isFull = !isTaken
      if (isTaken) log.info('the queue has room again')
      else log.error('the queue is full: requests are refused until it has room')
    }
    if (isTaken) return
    registry
      .counterBy(
        'otelcol_exporter_enqueue_failed_requests_total',
        'Number of requests that found the queue full.',
        ['exporter'],
      )
      .with(id)
      .inc()
    throw new Problem('unavailable', `the queue of the exporter ${id} is full: try again`)
  }
}

function senderOf(settings: RemoteSettings): { send: Send; close: () => Promise<void> } {
  const { protocol, urls, http, isCompressed } = settings
  const signalOf = (record: Uint8Array): Signal => SIGNALS[record[0] ?? 0] ?? 'traces'
  if (protocol === 'otlp-grpc') {
    const sender = new GrpcSender(urls.traces?.reveal() ?? '', http, isCompressed)
    return {
      send: ([record = NOTHING], signal) =>
        sender.send(GRPC_PATHS[signalOf(record)], record.subarray(1), signal),
      close: () => sender.close(),
    }
  }
  const sender = new HttpSender(http)
  const headers =
    protocol === 'loki'
      ? { 'content-type': 'application/json' }
      : protocol === 'remote-write'
        ? REMOTE_WRITE
        : PROTOBUF
  return {
    send: ([record = NOTHING], signal): Promise<SendOutcome> => {
      const url = urls[signalOf(record)]?.reveal()
      if (url === undefined) {
        return Promise.resolve({ kind: 'refused', message: 'has no address for this signal' })
      }
      const isGzipped = isCompressed && protocol !== 'remote-write'
      return sender.send({ url, headers, isCompressed: isGzipped }, record.subarray(1), signal)
    },
    close: () => sender.close(),
  }
}
