import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import { LokiPushDecoder } from './formats/loki-push/push-decoder.ts'
import { encodeText } from './formats/prometheus-text/encode.ts'
import type { Listener } from './http/listener.ts'
import { createLokiListener } from './http/loki.ts'
import type { LokiDoors } from './http/loki/doors.ts'
import { MAX_PUSH_BYTES } from './http/loki/push.ts'
import { LineIngest } from './ingest/lines.ts'
import { keepRetention } from './keep-retention.ts'
import { createLogql, type LogqlLimits } from './query/logs/create-logql.ts'
import { HidingLines } from './query/logs/hiding-lines.ts'
import { limitLogql } from './query/logs/limit-logql.ts'
import type { Logql } from './query/logs/logql.ts'
import { retentionOfLogs } from './signal-retention.ts'
import { traceLogql } from './start-own-telemetry.ts'
import { createOtlp, type RunningOtlp } from './start-otlp.ts'
import type { Connection } from './start-store.ts'
import { LateLines } from './store/late-lines.ts'
import type { LinesSource } from './store/lines-source.ts'
import { LinesStore } from './store/lines-store.ts'

/** As for samples: of the 10 s in which SIGTERM ends the program. */
const STORE_TIMEOUT_MS = 3000
const MAX_QUERY_STREAMS = 100_000
/** Held by one query at once, 16 bytes each. */
const MAX_QUERY_SAMPLES = 5_000_000
/** The log part: its store, and the doors that lead to it. */
export interface RunningLogs {
  readonly source: LateLines
  /** What of it may be seen: without lines that are to be deleted. */
  readonly shown: HidingLines
  /** Where collected lines go. */
  readonly ingest: LineIngest
  readonly otlp: RunningOtlp
  /** LogQL within the limits of the configuration. */
  readonly logql: Logql
  /** What answers the Loki API, on its own listener and on that of the web UI. */
  createDoors(others: Pick<LokiDoors, 'readiness' | 'rules' | 'deletions'>): LokiDoors
  /** The listener of the Loki API; undefined when it is off. */
  createListener(doors: LokiDoors): Listener | undefined
  /** Opens the store once the engine is there, after that of metrics. */
  openStore(connection: Connection, isStopping: () => boolean): Promise<void>
  /** Takes another configuration into force. */
  apply(): void
}

/** Builds the log part; nothing is opened yet. */
export function createLogs(core: Core): RunningLogs {
  const source = new LateLines()
  const discarded = core.registry.counterBy(
    'loki_discarded_samples_total',
    'The total number of samples that were discarded.',
    ['reason'],
  )
  const ingest = new LineIngest(source, {
    limits: () => core.config().logs.limits,
    onDiscarded: (reason, lines) => discarded.with(reason).inc(lines),
  })
  const otlp = createOtlp(core, ingest)
  const shown = new HidingLines(source)
  const logql = createLimitedLogql(core, shown)
  return {
    source,
    shown,
    ingest,
    otlp,
    logql,
    createDoors: (others) => ({ ...createDoors(core, { shown, ingest, otlp, logql }), ...others }),
    createListener: (doors) => createListener(core, doors),
    openStore: (connection, isStopping) => openLines(core, source, connection, isStopping),
    apply: () => source.opened?.setRetention(retentionOfLogs(core.config())),
  }
}

function createListener(core: Core, doors: LokiDoors): Listener | undefined {
  const address = core.config().listen.loki
  if (address === undefined) return undefined
  return createLokiListener(doors, { address, access: core.access() })
}

function createLimitedLogql(core: Core, source: LinesSource): Logql {
  const limits = (): LogqlLimits => ({
    maxStreams: MAX_QUERY_STREAMS,
    maxSeries: core.config().logs.query.maxSeries || Number.MAX_SAFE_INTEGER,
    maxSamples: MAX_QUERY_SAMPLES,
  })
  const logql = traceLogql(createLogql(source, limits))
  return limitLogql(logql, () => core.config().logs.query, Date.now)
}

function createDoors(
  core: Core,
  { shown, ingest, otlp, logql }: Pick<RunningLogs, 'shown' | 'ingest' | 'otlp' | 'logql'>,
): Omit<LokiDoors, 'readiness' | 'rules' | 'deletions'> {
  return {
    ingest,
    decoder: new LokiPushDecoder(MAX_PUSH_BYTES),
    otlpLogs: otlp.receiveLogs,
    source: shown,
    logql,
    configYaml: () => showConfig(core.config()),
    selfMetrics: () => encodeText(core.registry.families()),
    limits: () => core.config().logs.query,
    inForce: () => core.config().logs,
    registry: core.registry,
    log: core.log,
    nowMs: Date.now,
  }
}

/** What `/config` shows: the file by name, and what of it has an effect. */
function showConfig(config: VedetteConfig): string {
  const { file, limits, query } = config.logs
  const shown = { ...limits, ...query, retentionMs: retentionOfLogs(config).timeMs }
  const lines = Object.entries(shown).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  return `# ${file ?? 'defaults'}\n${lines.join('\n')}\n`
}

async function openLines(
  core: Core,
  late: LateLines,
  { client, engine, archive }: Connection,
  isStopping: () => boolean,
): Promise<void> {
  const { log } = core
  const store = await LinesStore.open({
    client,
    retention: retentionOfLogs(core.config()),
    maxStreams: () => core.config().logs.limits.maxStreams || Number.POSITIVE_INFINITY,
    maxPendingBytes: core.config().storage.maxPendingBytes,
    isEngineReady: () => engine === undefined || (engine.ready && !engine.diskFull),
    refusal: () => core.disk.refusal(),
    events: {
      onWriteFailure: (problem, attempt) => {
        if (attempt === 1 || attempt % 10 === 0)
          log.warn('log lines cannot be stored now and are held', {
            reason: problem.message,
            attempt,
          })
      },
      onBacklog: (full) => {
        if (full)
          log.error('the backlog of log lines is full: pushes are refused until it has room')
        else log.info('the backlog of log lines has room again')
      },
    },
  })
  if (isStopping()) {
    await store.stop(STORE_TIMEOUT_MS)
    return
  }
  core.disk.watch('logs', store)
  late.guard(archive)
  late.open(store)
  registerFigures(core, store)
  core.ends.push(async () => {
    if (!(await store.stop(STORE_TIMEOUT_MS)))
      log.error('log lines could not be stored before the end', {
        lines: store.figures().pendingLines,
      })
  })
  if (engine !== undefined) {
    core.ends.push(
      engine.onStateChange(({ state }) => {
        if (state === 'ready') store.engineReturned()
      }),
    )
  }
  core.ends.push(keepRetention(core, store, 'logs'))
}

function registerFigures({ registry }: Core, store: LinesStore): void {
  const gauge = (name: string, help: string, value: number) => ({
    name,
    help,
    type: 'gauge' as const,
    metrics: [{ labels: [], value }],
  })
  registry.collect(() => {
    const { activeStreams, streams, pendingLines, pendingBytes } = store.figures()
    return [
      gauge('loki_ingester_memory_streams', 'Streams with a line in the last hour.', activeStreams),
      gauge('vedette_streams', 'Streams of log lines that the store knows.', streams),
      gauge('vedette_pending_lines', 'Lines accepted but not yet durable.', pendingLines),
      gauge('vedette_pending_line_bytes', 'Bytes of lines not yet durable.', pendingBytes),
    ]
  })
}
