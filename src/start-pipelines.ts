import type { CollectorPart, CollectorPipeline } from './collector-config.ts'
import type { CollectCore } from './core.ts'
import { decodeLogRecords, decodeLogRecordsJson } from './formats/otlp/decode-log-records.ts'
import { createHealthCheck, type RunningHealthCheck } from './http/health-check.ts'
import type { ExportReceiver } from './http/otlp/export-outcome.ts'
import { createMetricReceiver } from './http/otlp/receive-metrics.ts'
import { createRecordReceiver } from './http/otlp/receive-records.ts'
import { createSpanReceiver } from './http/otlp/receive-spans.ts'
import {
  buildPipelines,
  isPassing,
  type BuiltPipelines,
  type PipelineParts,
  type PipelinePlan,
} from './ingest/collector/build-pipelines.ts'
import type { ProcessPoints } from './ingest/collector/processed-samples.ts'
import { debugSinks, NOTHING_SINKS } from './ingest/collector/debug-sinks.ts'
import type { Signal, SignalSinks } from './ingest/processors/processor.ts'
import type { SpanObserver } from './ingest/spans.ts'
import type { LogRecordSink } from './model/log-records.ts'
import type { MetricSink, OtlpMetricBatch } from './model/otlp-metrics.ts'
import { messageOf, Problem } from './model/problem.ts'
import type { SpanSink } from './model/spans.ts'
import { RemoteExporters } from './start-exporters.ts'

/** The stores that pipelines end in. */
export interface OwnStores {
  readonly spans: SpanSink
  /** What makes metrics of spans, where no pipeline stores these. */
  readonly observers: () => readonly SpanObserver[]
  readonly metrics: MetricSink
  readonly logs: LogRecordSink
  /** Takes logs straight to the store. */
  readonly receiveLogs: ExportReceiver
}

/** What stands between the doors of OTLP and the stores, as a collector's file says; without one, nothing. */
export interface RunningPipelines {
  /** For the doors of OTLP. */
  readonly receivers: Readonly<Record<'logs' | 'spans' | 'metrics', ExportReceiver>>
  /** Where spans of other doors go. */
  readonly spans: SpanSink
  /** Where the records of a receiver of files go, by its name in the collector's file. */
  recordsOf(receiver: string): LogRecordSink
  /** What becomes of the samples of a scrape job; undefined: they are stored as they are. */
  pipelinesOf(job: string): ProcessPoints | undefined
  /** Takes the configuration in force into effect. */
  apply(): Promise<void>
  /** To be called before the stores end: what processors hold goes there. */
  stop(): Promise<void>
}

const SINK_OF: Readonly<Record<Signal, keyof SignalSinks>> = {
  ...{ traces: 'spans', metrics: 'metrics', logs: 'logs' },
}

/** What was built for each signal that goes through pipelines. */
type BuiltSignals = Partial<{ [Key in keyof SignalSinks]: BuiltPipelines<SignalSinks[Key]> }>

interface Built {
  /** What listeners receive. */
  readonly received: BuiltSignals
  /** What is read from files, by the name of the receiver. */
  readonly collected: ReadonlyMap<string, BuiltSignals>
  /** What is scraped, by the name of the job. */
  readonly scraped: ReadonlyMap<string, ProcessPoints>
}

const NOTHING_BUILT: Built = { received: {}, collected: new Map(), scraped: new Map() }

/** Builds the pipelines; `apply` takes the configuration in force into effect. */
export function createPipelines(core: CollectCore, own: OwnStores): RunningPipelines {
  return new Pipelines(core, own)
}

class Pipelines implements RunningPipelines {
  readonly receivers: RunningPipelines['receivers']
  readonly spans: SpanSink
  readonly #core: CollectCore
  readonly #own: OwnStores
  readonly #stores: SignalSinks
  readonly #exporters: RemoteExporters
  #version = ''
  #built: Built = NOTHING_BUILT
  #health: RunningHealthCheck | undefined
  #applying: Promise<void> = Promise.resolve()
  /** Why there are no pipelines although there should be. */
  #fault: string | undefined

  constructor(core: CollectCore, own: OwnStores) {
    this.#core = core
    this.#own = own
    const { logs } = own
    this.#stores = own
    this.#exporters = new RemoteExporters(core)
    const { registry, log } = core
    this.spans = {
      append: async (batch) =>
        ((await this.#current()).received.spans?.sink ?? own.spans).append(batch),
    }
    const metrics: MetricSink = {
      append: async (batch) =>
        ((await this.#current()).received.metrics?.sink ?? own.metrics).append(batch),
    }
    const records: LogRecordSink = {
      append: async (batch) => ((await this.#current()).received.logs?.sink ?? logs).append(batch),
    }
    const receiveRecords = createRecordReceiver({
      ...{ sink: records, registry, log },
      decode: { protobuf: decodeLogRecords, json: decodeLogRecordsJson },
    })
    this.receivers = {
      spans: createSpanReceiver({
        ...{ sink: this.spans, registry, log },
        maxAttributeBytes: () => core.config().traces.limits.maxAttributeBytes,
      }),
      metrics: createMetricReceiver({ sink: metrics, registry, log }),
      // Lines are made at once where nothing stands between.
      logs: (bytes, encoding) =>
        this.#built.received.logs === undefined
          ? own.receiveLogs(bytes, encoding)
          : receiveRecords(bytes, encoding),
    }
  }

  recordsOf(receiver: string): LogRecordSink {
    return {
      append: async (batch) => {
        const built = (await this.#current()).collected.get(receiver)?.logs
        return (built?.sink ?? this.#own.logs).append(batch)
      },
    }
  }

  pipelinesOf(job: string): ProcessPoints | undefined {
    return this.#built.scraped.get(job)
  }

  async apply(): Promise<void> {
    const applied = this.#applying.then(() => this.#apply())
    this.#applying = applied.catch(() => undefined)
    await applied
  }

  /** What is in force; while another configuration comes into force, batches wait. */
  async #current(): Promise<Built> {
    await this.#applying
    if (this.#fault !== undefined) throw new Problem('unavailable', this.#fault)
    return this.#built
  }

  async stop(): Promise<void> {
    await this.#applying
    const before = this.#built
    this.#built = NOTHING_BUILT
    this.#fault = 'the server is shutting down'
    await this.#end(before)
    await this.#exporters.stop()
    await this.#health?.close()
    this.#health = undefined
  }

  async #apply(): Promise<void> {
    const { collector } = this.#core.config()
    const version = collector?.version ?? ''
    if (version === this.#version) return
    this.#version = version
    const before = this.#built
    // What the old pipelines hold goes out through the old exporters.
    await this.#end(before)
    this.#built = NOTHING_BUILT
    this.#fault = 'the exporters of the collector file could not be opened'
    await this.#exporters.open(collector?.pipelines ?? [])
    this.#built = this.#build(collector?.pipelines ?? [])
    this.#fault = undefined
    await this.#openHealthCheck(collector)
  }

  async #end(built: Built): Promise<void> {
    const signals = [built.received, ...built.collected.values()]
    for (const each of signals.flatMap(({ spans, logs, metrics }) => [spans, logs, metrics])) {
      try {
        await each?.end()
      } catch (thrown) {
        this.#core.log.error('what a pipeline held is lost', { reason: messageOf(thrown) })
      }
    }
  }

  #build(pipelines: readonly CollectorPipeline[]): Built {
    const log = this.#core.log.child({ component: 'pipeline' })
    const parts = { registry: this.#core.registry, log, nowMs: Date.now }
    const received = pipelines.filter(({ receivers }) =>
      receivers.some(({ spec }) => spec.kind === 'listener'),
    )
    const collectors = new Set(
      pipelines.flatMap(({ receivers }) =>
        receivers.flatMap(({ id, spec }) => (spec.kind === 'files' ? [id] : [])),
      ),
    )
    const collected = Array.from(collectors, (collector) => {
      const own = pipelines.filter(({ receivers }) => receivers.some(({ id }) => id === collector))
      return [collector, this.#buildSignals(own, parts)] as const
    })
    return {
      received: this.#buildSignals(received, parts),
      collected: new Map(collected),
      scraped: this.#buildScraped(pipelines, parts),
    }
  }

  /** Of jobs whose pipelines change nothing and end here, samples are stored as they are. */
  #buildScraped(
    pipelines: readonly CollectorPipeline[],
    parts: PipelineParts,
  ): ReadonlyMap<string, ProcessPoints> {
    const scraped = new Map<string, ProcessPoints>()
    for (const job of new Set(pipelines.flatMap(({ receivers }) => receivers.flatMap(jobsOf)))) {
      const own = pipelines.filter(({ receivers }) => receivers.flatMap(jobsOf).includes(job))
      const kept: OtlpMetricBatch[] = []
      const store = { ...this.#stores, metrics: keeping(kept) }
      const plans = this.#plansOf(own, 'metrics', store)
      if (plans.length === 0) continue
      const { sink } = buildPipelines('metrics', plans, parts)
      scraped.set(job, (batch) => {
        kept.length = 0
        sink.append(batch).catch((thrown: unknown) =>
          this.#core.log.warn('scraped samples cannot be sent on', {
            ...{ job, reason: messageOf(thrown) },
          }),
        )
        // Processors of metrics hold nothing back: what is to be stored is there already.
        return [...kept]
      })
    }
    return scraped
  }

  /** Of a signal that none of these pipelines takes, what comes goes to the store as it is. */
  #buildSignals(pipelines: readonly CollectorPipeline[], parts: PipelineParts): BuiltSignals {
    const plansOf = (signal: Signal): readonly PipelinePlan[] => this.#plansOf(pipelines, signal)
    const [spans, metrics, logs] = [plansOf('traces'), plansOf('metrics'), plansOf('logs')]
    return {
      ...(spans.length === 0 ? {} : { spans: buildPipelines('spans', spans, parts) }),
      ...(metrics.length === 0 ? {} : { metrics: buildPipelines('metrics', metrics, parts) }),
      ...(logs.length === 0 ? {} : { logs: buildPipelines('logs', logs, parts) }),
    }
  }

  #plansOf(
    pipelines: readonly CollectorPipeline[],
    signal: Signal,
    stores: SignalSinks = this.#stores,
  ): readonly PipelinePlan[] {
    const meant = pipelines.filter((each) => each.signal === signal)
    const isStored = meant.some(({ exporters }) =>
      exporters.some(({ spec }) => spec.kind === 'own'),
    )
    const isPlain = meant.every(
      ({ processors, exporters }) =>
        isPassing(processors, SINK_OF[signal]) &&
        exporters.every(({ spec }) => spec.kind === 'own'),
    )
    if (isPlain && (isStored || meant.length === 0)) return []
    return meant.map((pipeline) => ({
      id: pipeline.id,
      processors: pipeline.processors,
      exporters: this.#exportersOf(pipeline, isStored, stores),
    }))
  }

  #exportersOf(
    { exporters, connectors }: CollectorPipeline,
    isStored: boolean,
    stores: SignalSinks,
  ): readonly SignalSinks[] {
    const sinks = exporters.map(({ id, spec }) => {
      switch (spec.kind) {
        case 'own':
          return stores
        case 'debug':
          return debugSinks(this.#core.log.child({ exporter: id }), spec.verbosity)
        case 'nop':
          return NOTHING_SINKS
        case 'remote':
          return this.#exporters.sinksOf(id)
        default:
          return spec satisfies never
      }
    })
    // Spans that are stored are counted there.
    const observes = connectors.length > 0 && !isStored
    return observes ? [...sinks, { ...NOTHING_SINKS, spans: this.#observing() }] : sinks
  }

  #observing(): SpanSink {
    return {
      append: (batch) => {
        for (const observer of this.#own.observers()) observer.observe(batch, undefined)
        return NOTHING_SINKS.spans.append(batch)
      },
    }
  }

  async #openHealthCheck(collector: CollectorPart | undefined): Promise<void> {
    await this.#health?.close()
    this.#health = undefined
    const found = collector?.extensions.find(({ spec }) => spec.kind === 'health-check')?.spec
    if (found?.kind !== 'health-check') return
    const { log } = this.#core
    try {
      this.#health = await createHealthCheck(found, this.#core.startedMs)
      log.info('health_check answers', { address: `${found.host}:${this.#health.port}` })
    } catch (thrown) {
      log.error('health_check cannot be opened', { reason: messageOf(thrown) })
    }
  }
}

/** The jobs that a receiver scrapes. */
function jobsOf({ spec }: CollectorPipeline['receivers'][number]): readonly string[] {
  if (spec.kind === 'scrape') return spec.jobs.map(({ jobName }) => jobName)
  return spec.kind === 'host' ? [spec.job.jobName] : []
}

function keeping(kept: OtlpMetricBatch[]): MetricSink {
  return {
    append: (batch) => {
      kept.push(batch)
      return Promise.resolve({ accepted: batch.metricIndex.length, rejected: 0, message: '' })
    },
  }
}
