import { buildAliases, type BuiltInPart } from './collect/aliases.ts'
import { createHostCollector } from './collect/host/collect.ts'
import { aliasSources } from './collect/scrape/alias-source.ts'
import type { PageSource } from './collect/scrape/page-source.ts'
import { ScrapeManager } from './collect/scrape/scrape-manager.ts'
import type { LoadedConfig, VedetteConfig } from './config.ts'
import { registerEngineMetrics } from './engine/engine-metrics.ts'
import { startEngine, type EngineHandle } from './engine/supervise.ts'
import { encodeText } from './formats/prometheus-text/encode.ts'
import { PushDecoder } from './formats/remote-write/push-decoder.ts'
import { isLoopbackHost } from './http/guard.ts'
import type { HostPort } from './http/listen-section.ts'
import type { Listener } from './http/listener.ts'
import { createPrometheusListener } from './http/prometheus.ts'
import { createStatusView } from './http/prometheus/views/status-view.ts'
import { createTargetsView } from './http/prometheus/views/targets-view.ts'
import { limitLabels } from './ingest/samples.ts'
import type { MetricFamily } from './model/metric-family.ts'
import { messageOf, Problem } from './model/problem.ts'
import { createPromqlEngine } from './query/promql/create.ts'
import type { Log } from './self/log.ts'
import { createRegistry, type Registry } from './self/metrics.ts'
import { watchProcess } from './self/process-metrics.ts'
import { StoreClient } from './store/client.ts'
import { LateStore } from './store/late-store.ts'
import { MetricsStore } from './store/metrics-store.ts'
import { ScrapeMetrics } from './collect/scrape/scrape-metrics.ts'
import { registerStoreMetrics } from './store/store-metrics.ts'
import { makeDataFolder } from './start-engine.ts'
import { formatFault } from './yaml/fault.ts'

export interface StartOptions {
  readonly config: VedetteConfig
  /** Reads the configuration again, for a reload. */
  readonly load: () => LoadedConfig
  readonly log: Log
  /** What `status/flags` shows. */
  readonly flags: Readonly<Record<string, string>>
  /** `/-/quit` was called. */
  readonly onQuit?: () => void
}

/** The running program. */
export interface Vedette {
  /** Where the Prometheus API is; undefined when that listener is off. */
  readonly prometheusUrl: string | undefined
  /** Resolves when everything is up; rejects when it never will be. */
  readonly ready: Promise<void>
  /** Resolves to what is wrong with the new configuration; with any fault the running one stays in force. */
  reload(): Promise<readonly string[]>
  /** Ends everything in reverse order: what was accepted is stored, children are gone. */
  stop(): Promise<void>
}

const RETENTION_INTERVAL_MS = 10 * 60_000
/** Of the memory budget: what the engine's process may take, and what the hot window may. */
const ENGINE_SHARE = 0.55
const HOT_SHARE = 0.1
/** Series that no push named for so long are forgotten by the decoder. */
const FORGET_INTERVAL_MS = 10 * 60_000
const MAX_WRITE_BYTES = 64 * 1024 * 1024
const MAX_QUERY_SERIES = 500_000
const STORE_TIMEOUT_MS = 5000
const DATABASE = 'vedette'

/** Builds the program from its parts and starts it. Rejects with a `Problem` that says what to do. */
export async function start(options: StartOptions): Promise<Vedette> {
  return new Program(options).start()
}

/** The parts that are running, with what ends each of them. */
class Program implements Vedette {
  readonly #options: StartOptions
  readonly #log: Log
  readonly #registry: Registry = createRegistry()
  readonly #late = new LateStore()
  readonly #startedMs = Date.now()
  readonly #ends: (() => Promise<void> | void)[] = []
  readonly #scraper: ScrapeManager
  #config: VedetteConfig
  #engine: EngineHandle | undefined
  #lastReload = { succeeded: true, atMs: Date.now() }
  #missing = 'the store is starting'
  #backlogFull = false
  #stopping: Promise<void> | undefined
  prometheusUrl: string | undefined
  ready: Promise<void> = Promise.resolve()

  constructor(options: StartOptions) {
    this.#options = options
    this.#log = options.log
    this.#config = options.config
    this.#scraper = this.#createScraper()
    this.#registry.collect(() => reloadMetrics(this.#lastReload))
  }

  async start(): Promise<Vedette> {
    this.#ends.push(watchProcess(this.#registry))
    try {
      const listener = this.#createListener()
      if (listener !== undefined) await this.#open(listener)
      const client = await this.#connect()
      this.ready = this.#startCollection(client)
      // Who waits for `ready` is told; nobody has to.
      this.ready.catch(() => undefined)
      return this
    } catch (thrown) {
      await this.stop()
      throw thrown
    }
  }

  async reload(): Promise<readonly string[]> {
    const loaded = this.#options.load()
    const faults = loaded.ok
      ? await this.#apply(loaded.config)
      : loaded.faults.filter((f) => f.severity === 'error').map(formatFault)
    this.#lastReload = {
      succeeded: faults.length === 0,
      atMs: faults.length === 0 ? Date.now() : this.#lastReload.atMs,
    }
    for (const fault of faults)
      this.#log.error('the new configuration is refused; the old one stays in force', {
        reason: fault,
      })
    if (loaded.ok) for (const warning of loaded.warnings) this.#log.warn(formatFault(warning))
    if (faults.length === 0) this.#log.info('configuration loaded')
    return faults
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#missing = 'the server is shutting down'
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end()
      } catch (thrown) {
        this.#log.error('a part did not end cleanly', { reason: messageOf(thrown) })
      }
    }
  }

  async #apply(config: VedetteConfig): Promise<readonly string[]> {
    try {
      // Before the store is open nothing is scraped; then what is in force is applied.
      if (this.#late.opened !== undefined)
        await this.#scraper.apply(config.prometheus.scrapeConfigs)
    } catch (thrown) {
      return [messageOf(thrown)]
    }
    const needsRestart = (
      [
        'listen',
        'access',
        'dataFolder',
        'storage',
        'clickhouse',
        'memoryBudgetBytes',
        'aliases',
      ] as const
    ).filter((key) => JSON.stringify(config[key]) !== JSON.stringify(this.#config[key]))
    if (needsRestart.length > 0)
      this.#log.warn('some changes take effect at the next start', {
        sections: needsRestart.join(', '),
      })
    this.#config = config
    this.#late.opened?.setRetention(config.retention)
    return []
  }

  async #open(listener: Listener): Promise<void> {
    const address = this.#config.listen.prometheus as HostPort
    const port = await listener.listen()
    this.#ends.push(() => listener.close())
    const host = address.host.includes(':') ? `[${address.host}]` : address.host
    this.prometheusUrl = `http://${host === '0.0.0.0' || host === '[::]' ? 'localhost' : host}:${port}`
  }

  /** The client of the engine or cluster. The engine starts meanwhile. */
  async #connect(): Promise<StoreClient> {
    const { clickhouse, dataFolder, memoryBudgetBytes, storage } = this.#config
    if (clickhouse !== undefined) {
      const client = new StoreClient({
        url: clickhouse.url,
        database: DATABASE,
        ...(clickhouse.username === undefined ? {} : { username: clickhouse.username }),
        ...(clickhouse.password === undefined ? {} : { password: clickhouse.password.reveal() }),
      })
      this.#ends.push(() => client.close())
      return client
    }
    makeDataFolder(dataFolder)
    const engine = await startEngine({
      dataDir: dataFolder,
      memoryBudgetBytes: Math.round(memoryBudgetBytes * ENGINE_SHARE),
      log: this.#log.child({ component: 'engine' }),
      ...(storage.minFreeBytes === undefined ? {} : { freeBytesWanted: storage.minFreeBytes }),
    })
    this.#engine = engine
    registerEngineMetrics(this.#registry, engine)
    this.#ends.push(() => engine.stop())
    this.#ends.push(
      engine.onStateChange(({ state }) => {
        if (state === 'ready') this.#late.opened?.engineReturned()
      }),
    )
    const client = new StoreClient({
      url: engine.url,
      socketPath: engine.socketPath,
      database: DATABASE,
    })
    this.#ends.push(() => client.close())
    return client
  }

  async #startCollection(client: StoreClient): Promise<void> {
    await this.#engine?.whenReady()
    const store = await MetricsStore.open({
      client,
      retention: this.#config.retention,
      limits: {
        hotBytes: Math.round(this.#config.memoryBudgetBytes * HOT_SHARE),
        maxSeries: this.#config.storage.maxSeries,
        maxPendingBytes: this.#config.storage.maxPendingBytes,
      },
      isEngineReady: () =>
        this.#engine === undefined || (this.#engine.ready && !this.#engine.diskFull),
      evaluatesInEngine: this.#config.clickhouse !== undefined,
      events: {
        onWriteFailure: (problem, attempt) => {
          if (attempt === 1 || attempt % 10 === 0)
            this.#log.warn('samples cannot be stored now and are held', {
              reason: problem.message,
              attempt,
            })
        },
        onBacklog: (full) => {
          this.#backlogFull = full
          if (full)
            this.#log.error(
              'the backlog is full: new samples are only kept in memory until the store is back',
            )
          else this.#log.info('the backlog has room again')
        },
      },
    })
    if (this.#stopping !== undefined) {
      await store.stop(STORE_TIMEOUT_MS)
      return
    }
    this.#late.open(store)
    registerStoreMetrics(this.#registry, store)
    this.#ends.push(async () => {
      if (!(await store.stop(STORE_TIMEOUT_MS)))
        this.#log.error('samples could not be stored before the end', {
          rows: store.stats().pendingRows,
        })
    })
    this.#ends.push(this.#keepRetention(store))
    this.#ends.push(() => this.#scraper.stop())
    await this.#scraper.apply(this.#config.prometheus.scrapeConfigs)
    this.#missing = ''
  }

  #keepRetention(store: MetricsStore): () => void {
    const apply = async (): Promise<void> => {
      try {
        const { partitions, bytes } = await store.applyRetention()
        if (partitions > 0)
          this.#log.info('dropped what is past its retention', { partitions, bytes })
      } catch (thrown) {
        this.#log.warn('retention could not be applied; it will be tried again', {
          reason: messageOf(thrown),
        })
      }
    }
    void apply()
    const timer = setInterval(() => void apply(), RETENTION_INTERVAL_MS)
    timer.unref()
    return () => clearInterval(timer)
  }

  #createScraper(): ScrapeManager {
    const host = createHostCollector(this.#config.host, (collector, message) =>
      this.#log.warn('a host collector fails', { collector, reason: message }),
    )
    const parts = new Map<BuiltInPart, PageSource>([
      ['node', async (signal) => toPage(await host.collect(signal))],
      ['self', async () => toPage(this.#registry.families())],
    ])
    const sourceOf = aliasSources({
      aliases: buildAliases(this.#config.aliases),
      parts,
      isOwn: (address) => this.#isOwn(address),
      nowMs: Date.now,
      onDecision: (address, decision) => {
        if (decision.kind === 'foreign' || decision.kind === 'missing')
          this.#log.warn(decision.message, { address })
        else
          this.#log.info('an address is played by a built-in part', {
            address,
            part: decision.kind === 'part' ? decision.part : '',
          })
      },
    })
    return new ScrapeManager({
      sink: limitLabels(this.#late),
      aliasOf: (target, fetch) => sourceOf(target.address, fetch),
      log: this.#log.child({ component: 'scrape' }),
      nowMs: Date.now,
      metrics: new ScrapeMetrics(this.#registry),
    })
  }

  #isOwn(address: string): boolean {
    const own = this.#config.listen.prometheus
    if (own === undefined || this.prometheusUrl === undefined) return false
    const at = address.lastIndexOf(':')
    const host = address.slice(0, at)
    return (
      address.slice(at + 1) === new URL(this.prometheusUrl).port &&
      (host === own.host || isLoopbackHost(host))
    )
  }

  #createListener(): Listener | undefined {
    const address = this.#config.listen.prometheus
    if (address === undefined) return undefined
    const { query, web, access } = this.#config
    const limits = { maxSeries: MAX_QUERY_SERIES, maxSamples: query.maxSamples }
    const decoder = new PushDecoder({
      maxBytes: MAX_WRITE_BYTES,
      maxSeries: this.#config.storage.maxSeries,
    })
    const forgetting = setInterval(() => decoder.forgetUnseen(), FORGET_INTERVAL_MS)
    this.#ends.push(() => clearInterval(forgetting.unref()))
    return createPrometheusListener(
      {
        engine: createPromqlEngine(this.#late, {
          ...query,
          maxSeries: MAX_QUERY_SERIES,
          defaultStepMs: this.#config.prometheus.global.evaluationIntervalMs,
        }),
        source: this.#late,
        sink: limitLabels(this.#late),
        writeDecoder: decoder,
        targets: createTargetsView(this.#scraper),
        status: createStatusView({
          startedMs: this.#startedMs,
          config: () => this.#config,
          flags: () => this.#options.flags,
          lastReload: () => this.#lastReload,
          store: () => this.#late.opened,
          features: this.#config.features,
        }),
        rules: { groups: () => [] },
        alertmanagers: { active: () => [], dropped: () => [] },
        ...(web.adminApi ? { admin: this.#createAdmin() } : {}),
        ...(web.lifecycle
          ? { lifecycle: { reload: () => this.reload(), quit: () => this.#options.onQuit?.() } }
          : {}),
        readiness: { ready: () => this.#readiness() },
        selfMetrics: async () => encodeText(this.#registry.families()),
        registry: this.#registry,
        log: this.#log,
        limits,
        externalUrl: new URL(
          `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
        ),
        nowMs: Date.now,
      },
      { address, access },
    )
  }

  #createAdmin() {
    return {
      deleteSeries: async (...args: Parameters<MetricsStore['deleteSeries']>) => {
        const store = this.#late.opened
        if (store === undefined)
          throw new Problem('unavailable', 'the store is starting: try again in a moment')
        await store.deleteSeries(...args)
      },
      // Deleted samples are gone from answers at once; the engine frees their space when it merges.
      cleanTombstones: () => Promise.resolve(),
    }
  }

  #readiness(): { ok: boolean; reason: string } {
    const engine = this.#engine
    const reason =
      this.#missing !== ''
        ? this.#missing
        : engine !== undefined && !engine.ready
          ? `the engine is ${engine.status.state}: ${engine.status.reason}`
          : engine?.diskFull
            ? 'the disk is nearly full: samples are held and not stored'
            : this.#backlogFull
              ? 'the backlog of samples is full'
              : ''
    return { ok: reason === '', reason }
  }
}

const encoder = new TextEncoder()

function toPage(families: readonly MetricFamily[]): { bytes: Uint8Array; contentType: string } {
  return {
    bytes: encoder.encode(encodeText(families)),
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  }
}

function reloadMetrics(last: {
  readonly succeeded: boolean
  readonly atMs: number
}): readonly MetricFamily[] {
  const gauge = (name: string, help: string, value: number): MetricFamily => ({
    name: `prometheus_config_last_reload_${name}`,
    help,
    type: 'gauge',
    metrics: [{ labels: [], value }],
  })
  return [
    gauge(
      'successful',
      'Whether the last configuration that was to be loaded is in force.',
      last.succeeded ? 1 : 0,
    ),
    gauge('success_timestamp_seconds', 'When a configuration was last loaded.', last.atMs / 1000),
  ]
}
