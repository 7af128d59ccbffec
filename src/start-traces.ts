import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import { encodeText } from './formats/prometheus-text/encode.ts'
import type { Listener } from './http/listener.ts'
import { createTempoListener } from './http/tempo.ts'
import type { TempoDoors } from './http/tempo/doors.ts'
import { limitLabels } from './ingest/samples.ts'
import { SpanGenerators } from './ingest/span-metrics/span-generators.ts'
import { SpanLimiter } from './ingest/span-limits.ts'
import type { SpanLimitSettings } from './ingest/span-limits-section.ts'
import { SpanIngest, type SpanObserver } from './ingest/spans.ts'
import { keepRetention } from './keep-retention.ts'
import { messageOf } from './model/problem.ts'
import type { SpanSink } from './model/spans.ts'
import { retentionOfTraces } from './signal-retention.ts'
import type { Connection } from './start-store.ts'
import { LateSpans } from './store/late-spans.ts'
import type { SpansSource } from './store/spans-source.ts'
import { SpansStore } from './store/spans-store.ts'

/** As for samples: of the 10 s in which SIGTERM ends the program. */
const STORE_TIMEOUT_MS = 3000

/** The part of traces: its store, and the doors that lead to it. */
export interface RunningTraces {
  /** Where spans are read from. */
  readonly source: SpansSource
  /** Takes spans that nothing is to be made of besides storing them. */
  readonly store: SpanSink
  /** Takes spans of senders; pipelines stand before it. */
  readonly ingest: SpanSink
  /** What makes metrics of spans that are stored. */
  readonly observers: () => readonly SpanObserver[]
  /** What answers the Tempo API, on its own listener and on that of the web UI. */
  createDoors(readiness: TempoDoors['readiness']): TempoDoors
  /** The listener of the Tempo API; undefined when it is off. */
  createListener(doors: TempoDoors): Listener | undefined
  /** Opens the store once the engine is there, after those of metrics and logs. */
  openStore(connection: Connection, isStopping: () => boolean): Promise<void>
  /** Takes another configuration into force. */
  apply(): void
}

/** Builds the part of traces; nothing is opened yet. */
export function createTraces(core: Core): RunningTraces {
  const source = new LateSpans()
  const { registry, log } = core
  const generators = new SpanGenerators({
    sink: limitLabels(core.late),
    ...{ registry, log: log.child({ component: 'span-metrics' }), nowMs: Date.now },
  })
  const discarded = registry.counterBy(
    'tempo_discarded_spans_total',
    'The total number of spans that were discarded.',
    ['reason'],
  )
  const stored = new SpanIngest(
    source,
    () => generators.observers,
    (thrown) => log.error('metrics of spans are not made', { reason: messageOf(thrown) }),
  )
  const sink = new SpanLimiter(stored, {
    settings: () => core.config().traces.limits,
    nowMs: Date.now,
    onDiscarded: (reason, spans) => discarded.with(reason).inc(spans),
  })
  return {
    source,
    store: source,
    ingest: sink,
    observers: () => generators.observers,
    createDoors: (readiness) => {
      const selfMetrics = (): string => encodeText(registry.families())
      const limits = (): SpanLimitSettings => core.config().traces.limits
      return { source, readiness, selfMetrics, registry, log, limits, nowMs: Date.now }
    },
    createListener: (doors) => {
      const address = core.config().listen.tempo
      if (address === undefined) return undefined
      return createTempoListener(doors, { address, access: core.access() })
    },
    openStore: async (connection, isStopping) => {
      await openSpans(core, source, connection, isStopping)
      if (isStopping()) return
      // Before the store of metrics ends: what was counted last goes there.
      core.ends.push(() => generators.stop())
      await generators.apply(generatorsOf(core.config()))
    },
    apply: () => {
      source.opened?.setRetention(retentionOfTraces(core.config()))
      if (source.opened !== undefined) void generators.apply(generatorsOf(core.config()))
    },
  }
}

async function openSpans(
  core: Core,
  late: LateSpans,
  { client, engine, archive }: Connection,
  isStopping: () => boolean,
): Promise<void> {
  const { log } = core
  const store = await SpansStore.open({
    client,
    retention: retentionOfTraces(core.config()),
    maxPendingBytes: core.config().storage.maxPendingBytes,
    isEngineReady: () => engine === undefined || (engine.ready && !engine.diskFull),
    refusal: () => core.disk.refusal(),
    events: {
      onWriteFailure: ({ message }, attempt) => {
        if (attempt === 1 || attempt % 10 === 0)
          log.warn('spans cannot be stored now and are held', { reason: message, attempt })
      },
      onBacklog: (full) => {
        if (full) log.error('the backlog of spans is full: they are refused until it has room')
        else log.info('the backlog of spans has room again')
      },
    },
  })
  if (isStopping()) {
    await store.stop(STORE_TIMEOUT_MS)
    return
  }
  core.disk.watch('traces', store)
  late.guard(archive)
  late.open(store)
  registerFigures(core, store)
  core.ends.push(async () => {
    if (!(await store.stop(STORE_TIMEOUT_MS)))
      log.error('spans could not be stored before the end', {
        spans: store.figures().pendingSpans,
      })
  })
  if (engine !== undefined) {
    core.ends.push(
      engine.onStateChange(({ state }) => {
        if (state === 'ready') store.engineReturned()
      }),
    )
  }
  core.ends.push(keepRetention(core, store, 'traces'))
}

function registerFigures({ registry }: Core, store: SpansStore): void {
  const gauge = (name: string, help: string, value: number) => ({
    name,
    help,
    type: 'gauge' as const,
    metrics: [{ labels: [], value }],
  })
  registry.collect(() => {
    const { resources, pendingSpans, pendingBytes } = store.figures()
    return [
      gauge('vedette_resources', 'Resources of spans that the store knows.', resources),
      gauge('vedette_pending_spans', 'Spans accepted but not yet durable.', pendingSpans),
      gauge('vedette_pending_span_bytes', 'Bytes of spans not yet durable.', pendingBytes),
    ]
  })
}

/** In a cluster each member makes metrics of the spans that it was sent: Tempo's own label tells them apart. */
function generatorsOf({ spanGenerators, cluster }: VedetteConfig): VedetteConfig['spanGenerators'] {
  if (cluster === undefined) return spanGenerators
  return spanGenerators.map((each) => ({
    ...each,
    externalLabels: { __metrics_gen_instance: cluster.name, ...each.externalLabels },
  }))
}
