import type { Core } from './core.ts'
import { Archive } from './start-archive.ts'
import { registerEngineMetrics } from './engine/engine-metrics.ts'
import { startEngine, type EngineHandle } from './engine/supervise.ts'
import { keepRetention } from './keep-retention.ts'
import { describeMovedAway } from './moved-away.ts'
import { awaitClickhouse, connectClickhouse, openingClickhouse } from './start-clickhouse.ts'
import { keepDownsampled } from './start-downsampling.ts'
import { makeDataFolder } from './start-engine.ts'
import { OPEN_GATE, type ArchiveGate } from './store/archive-gate.ts'
import { StoreClient } from './store/client.ts'
import { MetricsStore } from './store/metrics-store.ts'
import type { StoreEvents } from './store/metrics-store-options.ts'
import { registerStoreMetrics } from './store/store-metrics.ts'

/** Of the memory budget: what the engine's process may take, and what the hot window may. */
const ENGINE_SHARE = 0.55
const HOT_SHARE = 0.1
/** Of the 10 s in which SIGTERM ends the program; 3.5 s are the engine's, 1.5 s the doors'. */
const STORE_TIMEOUT_MS = 3000
/** The tenant that there is. */
export const DATABASE = 'vedette'

/** The way to the store: the own engine, which starts meanwhile, or a cluster. */
export interface Connection {
  readonly client: StoreClient
  /** Undefined with a cluster. */
  readonly engine: EngineHandle | undefined
  /** What queries must not reach into now. */
  readonly archive: ArchiveGate
}

/** Starts the own engine, or none when a cluster is configured. Rejects with a `Problem`. */
export async function connectStore(core: Core): Promise<Connection> {
  const { clickhouse, dataFolder, memoryBudgetBytes, storage } = core.config()
  if (clickhouse !== undefined) {
    const client = connectClickhouse(clickhouse, DATABASE)
    core.ends.push(() => client.close())
    return { client, engine: undefined, archive: OPEN_GATE }
  }
  makeDataFolder(dataFolder)
  const moved = describeMovedAway(dataFolder)
  if (moved !== undefined) core.log.warn(moved)
  const archive = new Archive(core)
  const { option } = archive
  const engine = await startEngine({
    dataDir: dataFolder,
    memoryBudgetBytes: Math.round(memoryBudgetBytes * ENGINE_SHARE),
    log: core.log.child({ component: 'engine' }),
    ...(storage.minFreeBytes === undefined ? {} : { freeBytesWanted: storage.minFreeBytes }),
    ...(option === undefined ? {} : { archive: option }),
  })
  registerEngineMetrics(core.registry, engine)
  core.ends.push(() => engine.stop())
  core.ends.push(
    engine.onStateChange(({ state }) => {
      if (state === 'ready') core.late.opened?.engineReturned()
    }),
  )
  const client = new StoreClient({
    url: engine.url,
    socketPath: engine.socketPath,
    database: DATABASE,
  })
  core.ends.push(() => client.close())
  core.late.guard(archive)
  core.disk.watchArchive(() => archive.describe())
  archive.begin(client, engine)
  return { client, engine, archive }
}

/** Opens the store of metrics once its engine is there. Without effect when `isStopping` by then. */
export async function openStore(
  core: Core,
  { client, engine }: Connection,
  told: {
    readonly isStopping: () => boolean
    readonly onBacklog: (full: boolean) => void
  },
): Promise<void> {
  await engine?.whenReady()
  const { retention, downsampling, memoryBudgetBytes, storage, clickhouse } = core.config()
  const { isStopping } = told
  const server = clickhouse && (await awaitClickhouse(client, clickhouse, core.log, isStopping))
  if (isStopping()) return
  const store = await openingClickhouse(clickhouse, () =>
    MetricsStore.open({
      client,
      ...{ retention, downsampling },
      limits: {
        hotBytes: Math.round(memoryBudgetBytes * HOT_SHARE),
        maxSeries: storage.maxSeries,
        maxPendingBytes: storage.maxPendingBytes,
      },
      isEngineReady: () => engine === undefined || (engine.ready && !engine.diskFull),
      refusal: () => core.disk.refusal(),
      evaluatesInEngine: server?.evaluates ?? false,
      events: eventsOf(core, told.onBacklog),
    }),
  )
  if (isStopping()) {
    await store.stop(STORE_TIMEOUT_MS)
    return
  }
  core.disk.watch('metrics', store)
  if (engine !== undefined) await core.disk.open(client, core.ends)
  core.late.open(store)
  registerStoreMetrics(core.registry, store)
  core.ends.push(async () => {
    if (!(await store.stop(STORE_TIMEOUT_MS)))
      core.log.error('samples could not be stored before the end', {
        rows: store.stats().pendingRows,
      })
  })
  core.ends.push(keepRetention(core, store, 'metrics'))
  core.ends.push(keepDownsampled(core, store))
}

function eventsOf({ log }: Core, onBacklog: (full: boolean) => void): StoreEvents {
  return {
    onWriteFailure: (problem, attempt) => {
      if (attempt === 1 || attempt % 10 === 0)
        log.warn('samples cannot be stored now and are held', { reason: problem.message, attempt })
    },
    onBacklog: (full) => {
      onBacklog(full)
      if (full)
        log.error(
          'the backlog is full: new samples are only kept in memory until the store is back',
        )
      else log.info('the backlog has room again')
    },
  }
}
