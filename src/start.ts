import type { ScrapeManager } from './collect/scrape/scrape-manager.ts'
import type { VedetteConfig } from './config.ts'
import { needsRestart, queryChanged } from './config-changes.ts'
import type { Core } from './core.ts'
import { ReceivedAlerts } from './alert/received/received-alerts.ts'
import type { EngineHandle } from './engine/supervise.ts'
import { encodeText } from './formats/prometheus-text/encode.ts'
import type { Route } from './http/exchange.ts'
import type { Access } from './http/guard.ts'
import type { ListenerName } from './http/listen-section.ts'
import type { Listener, OpenDoor } from './http/listener.ts'
import { urlOf } from './http/listener-url.ts'
import type { LokiDoors } from './http/loki/doors.ts'
import type { PrometheusDoors } from './http/prometheus/doors.ts'
import { createRegistryAndDiscoveries } from './start-discoveries.ts'
import { createLogRulesView } from './http/prometheus/views/rules-view.ts'
import type { AlertmanagerDoors } from './http/alertmanager/doors.ts'
import { accessRoutes } from './http/ui/access-routes.ts'
import { uiAlertRoutes } from './http/ui/alert-routes.ts'
import { correlateRoutes } from './http/ui/correlate-routes.ts'
import { uiTempoRoutes } from './http/ui/tempo-routes.ts'
import { inTurn } from './model/in-turn.ts'
import { Labels } from './model/labels.ts'
import { messageOf } from './model/problem.ts'
import type { PromqlEngine } from './query/promql/engine.ts'
import { reloadMetrics } from './self/reload-metrics.ts'
import { createRules, type RunningRules } from './start-alerting.ts'
import {
  AlertmanagerHost,
  createAlertmanager,
  createAlertmanagerDoors,
  createWebhook,
} from './start-alertmanager.ts'
import { startAccess } from './start-access.ts'
import { createCluster, type RunningCluster } from './start-cluster.ts'
import { startDashboards, type DashboardParts, type RunningDashboards } from './start-dashboards.ts'
import { startLineDeletions } from './start-line-deletions.ts'
import { createDiskBudget } from './start-disk-budget.ts'
import { createKubernetes, type RunningKubernetes } from './start-kubernetes.ts'
import { createLogs, type RunningLogs } from './start-logs.ts'
import {
  createMemoryBudget,
  withinControlGroup,
  type RunningMemoryBudget,
} from './start-memory-budget.ts'
import { startMetadata } from './start-metadata.ts'
import { isOwnAddress } from './own-addresses.ts'
import { createOtlpMetrics, type RunningOtlpMetrics } from './start-otlp-metrics.ts'
import { createOwnTelemetry, type OwnTelemetry } from './start-own-telemetry.ts'
import { watchProcess } from './self/process-metrics.ts'
import { watchStrayFaults } from './self/stray-faults.ts'
import { createBlackbox } from './start-probes.ts'
import { createPrometheus, createPrometheusDoors } from './start-prometheus.ts'
import { createPipelines, type RunningPipelines } from './start-pipelines.ts'
import { createPushgateway, type RunningPushgateway } from './start-pushgateway.ts'
import { createPromql } from './start-queries.ts'
import { createExporterDoors } from './start-exporter-doors.ts'
import { createParts, createScraper } from './start-scraper.ts'
import { createTail, type RunningTail } from './start-tail.ts'
import { createTraces, type RunningTraces } from './start-traces.ts'
import { createSpanDoors } from './start-span-doors.ts'
import { startScheduledBackups } from './start-scheduled-backups.ts'
import { createSyslog } from './start-syslog.ts'
import { connectStore, openStore, type Connection } from './start-store.ts'
import { createUi, webUiOf } from './start-ui.ts'
import { noteVersions, prepareUpgrade } from './start-upgrade.ts'
import { LateStore } from './store/late-store.ts'
import type { Metadata } from './store/metadata/metadata.ts'
import type { StartOptions, Vedette } from './vedette.ts'
import { formatFault, type ConfigFault } from './yaml/fault.ts'

export type { StartOptions, Vedette } from './vedette.ts'

/** How long requests under way may take to be answered once the program is told to end, before the store ends too. */
const DRAIN_MS = 1500

/** Builds the program from its parts and starts it. Rejects with a `Problem` that says what to do. */
export async function start(options: StartOptions): Promise<Vedette> {
  return new Program(withinControlGroup(options)).start()
}

/** The parts that are running, with what ends each of them. */
class Program implements Vedette {
  readonly #options: StartOptions
  readonly #core: Core
  readonly #pushgateway: RunningPushgateway
  readonly #scraper: ScrapeManager
  readonly #parts: ReturnType<typeof createParts>
  #promql: PromqlEngine
  readonly #received: ReceivedAlerts
  readonly #alertmanager: AlertmanagerHost
  readonly #cluster: RunningCluster | undefined
  readonly #rules: RunningRules
  readonly #logs: RunningLogs
  readonly #tail: RunningTail
  readonly #kubernetes: RunningKubernetes
  readonly #traces: RunningTraces
  readonly #otlpMetrics: RunningOtlpMetrics
  readonly #pipelines: RunningPipelines
  readonly #own: OwnTelemetry
  readonly #memory: RunningMemoryBudget
  readonly #listeners: OpenDoor[] = []
  #dashboards: RunningDashboards | undefined
  readonly urls = new Map<ListenerName, string>()
  #config: VedetteConfig
  /** Nobody, until what checks credentials is there. */
  #access: Access = { required: true }
  #warnings: readonly ConfigFault[]
  #engine: EngineHandle | undefined
  #lastReload = { succeeded: true, atMs: Date.now() }
  #missing = 'the store is starting'
  #backlogFull = false
  /** A reload and what a cluster adds come one after the other. */
  readonly #apply = inTurn((config: VedetteConfig) => this.#takeOver(config))
  #stopping: Promise<void> | undefined
  ready: Promise<void> = Promise.resolve()

  constructor(options: StartOptions) {
    this.#options = options
    this.#config = options.config
    this.#warnings = options.warnings ?? []
    const config = (): VedetteConfig => this.#config
    const found = createRegistryAndDiscoveries()
    this.#core = {
      config,
      access: () => this.#access,
      log: options.log,
      ...found,
      late: new LateStore(),
      disk: createDiskBudget({ config, log: options.log, registry: found.registry }),
      startedMs: Date.now(),
      ends: [],
    }
    this.#promql = createPromql(options.config, this.#core.late)
    this.#received = new ReceivedAlerts(Date.now, options.onReceived)
    this.#alertmanager = new AlertmanagerHost(this.#core)
    this.#cluster = createCluster(this.#core)
    this.#logs = createLogs(this.#core)
    this.#traces = createTraces(this.#core)
    this.#otlpMetrics = createOtlpMetrics(this.#core, this.#core.late)
    this.#pipelines = this.#createPipelines()
    this.#own = createOwnTelemetry(this.#core)
    this.#memory = createMemoryBudget(this.#core)
    this.#rules = this.#createRules()
    const events = this.#cluster?.shareEvents(this.#logs.ingest) ?? this.#logs.ingest
    this.#kubernetes = createKubernetes(this.#core, events)
    this.#tail = createTail(this.#core, this.#logs.ingest, (id) => this.#pipelines.recordsOf(id))
    this.#pushgateway = createPushgateway(this.#core)
    this.#parts = createParts(this.#core, this.#pushgateway.source)
    this.#scraper = createScraper(this.#core, {
      ...{ sink: this.#core.late, parts: this.#parts, ...this.#cluster?.scrape },
      pipelinesOf: (job) => this.#pipelines.pipelinesOf(job),
      isOwn: (address, name) => this.#isOwn(address, name),
    })
    this.#core.registry.collect(() => reloadMetrics(this.#lastReload))
  }

  get prometheusUrl(): string | undefined {
    return this.urls.get('prometheus')
  }

  async start(): Promise<Vedette> {
    const { ends, registry, log } = this.#core
    ends.push(watchStrayFaults(registry, log), watchProcess(registry))
    try {
      await prepareUpgrade(this.#core, this.#options.env ?? {})
      const metadata = await startMetadata(this.#core)
      await this.#cluster?.open(metadata, () => this.prometheusUrl ?? '')
      const { env = {}, onFirstAdmin = () => undefined } = this.#options
      this.#access = await startAccess(this.#core, metadata, { env, onFirstAdmin })
      const doors = this.#createDoors()
      const forwarded = { ingest: this.#logs.ingest, ...this.#pipelines.receivers }
      await this.#open('prometheus', createPrometheus(this.#core, doors, forwarded))
      const alerting = this.#createAlertmanagerDoors()
      const loki = this.#logs.createDoors({
        readiness: { ready: () => this.#readiness() },
        deletions: startLineDeletions(this.#core, metadata, this.#logs, this.#cluster?.work),
        rules: createLogRulesView(doors.rules, () => this.#config.logs.ruler.servesApi),
      })
      const tempo = this.#traces.createDoors({ ready: () => this.#readiness() })
      this.#dashboards = await this.#startDashboards(metadata, { prometheus: doors, loki, tempo })
      await this.#open(
        'ui',
        this.#createUi(doors, loki, [
          ...uiTempoRoutes(tempo),
          ...correlateRoutes({
            ...{ spans: tempo.source, lines: loki.source, logql: loki.logql },
            ...{ metrics: this.#core.late, settings: () => this.#config.correlation },
            ...{ log: this.#core.log, nowMs: Date.now },
          }),
          ...uiAlertRoutes(alerting),
          ...this.#dashboards.routes,
          ...this.#own.routes,
        ]),
      )
      await this.#open('webhook', createWebhook(this.#core, this.#received))
      await this.#open('alertmanager', createAlertmanager(this.#core, alerting))
      await this.#open('loki', this.#logs.createListener(loki))
      await this.#open('tempo', this.#traces.createListener(tempo))
      await this.#openReceivers()
      const connection = await connectStore(this.#core)
      this.#engine = connection.engine
      this.#memory.start(connection)
      const client = connection.engine === undefined ? undefined : connection.client
      startScheduledBackups(this.#core, { client, metadata, env, work: this.#cluster?.work })
      await this.#alertmanager.open({
        ...{ metadata, received: this.#received, work: this.#cluster?.work },
        externalUrl: this.urls.get('alertmanager') ?? '',
      })
      this.ready = this.#startCollection(connection)
      // Who waits for `ready` is told; nobody has to.
      this.ready.catch(() => undefined)
      return this
    } catch (thrown) {
      await this.stop()
      throw thrown
    }
  }

  /** The doors of what sends by itself, and of other scrapers. */
  async #openReceivers(): Promise<void> {
    const { receivers, spans } = this.#pipelines
    this.#core.ends.push(() => this.#pipelines.stop())
    await this.#pipelines.apply()
    await this.#open('otlp-http', this.#logs.otlp.createHttp(receivers))
    await this.#open('otlp-grpc', this.#logs.otlp.createGrpc(receivers))
    for (const [name, door] of createSpanDoors(this.#core, spans)) await this.#open(name, door)
    await this.#open('blackbox', createBlackbox(this.#core))
    await this.#open('pushgateway', await this.#pushgateway.open())
    for (const [name, door] of createExporterDoors(this.#core, this.#parts))
      await this.#open(name, door)
    await this.#open('syslog', createSyslog(this.#core, this.#logs.ingest))
  }

  async reload(): Promise<readonly string[]> {
    const { log } = this.#core
    const loaded = this.#options.load()
    const faults = loaded.ok
      ? await this.#apply(this.#kubernetes.extend(loaded.config))
      : loaded.faults.filter((f) => f.severity === 'error').map(formatFault)
    const succeeded = faults.length === 0
    this.#lastReload = { succeeded, atMs: succeeded ? Date.now() : this.#lastReload.atMs }
    for (const fault of faults)
      log.error('the new configuration is refused; the old one stays in force', { reason: fault })
    if (loaded.ok) for (const warning of loaded.warnings) log.warn(formatFault(warning))
    if (loaded.ok && faults.length === 0) {
      this.#warnings = loaded.warnings
      log.info('configuration loaded')
    }
    return faults
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#missing = 'the server is shutting down'
    // First nothing new comes in, and what came is answered: then what was accepted can be stored.
    await Promise.all(this.#listeners.map((listener) => this.#end(() => listener.drain(DRAIN_MS))))
    // The store ends with an answer to each push that waits for it; so what is still open is cut off only after it.
    for (const end of this.#core.ends.splice(0).reverse()) await this.#end(end)
    await Promise.all(this.#listeners.map((listener) => this.#end(() => listener.close())))
  }

  async #end(end: () => Promise<void> | void): Promise<void> {
    try {
      await end()
    } catch (thrown) {
      this.#core.log.error('a part did not end cleanly', { reason: messageOf(thrown) })
    }
  }

  async #takeOver(config: VedetteConfig): Promise<readonly string[]> {
    const { late, log } = this.#core
    const alerting = this.#alertmanager.prepare(config)
    if (alerting.fault !== undefined) return [alerting.fault]
    try {
      // Before the store is open nothing is scraped; then what is in force is applied.
      if (late.opened !== undefined) await this.#scraper.apply(config.prometheus.scrapeConfigs)
    } catch (thrown) {
      return [messageOf(thrown)]
    }
    const refused = await this.#rules.apply(config)
    if (refused.length > 0) return refused
    await alerting.apply()
    await this.#dashboards?.apply(config)
    const sections = needsRestart(this.#config, config)
    if (sections.length > 0)
      log.warn('some changes take effect at the next start', { sections: sections.join(', ') })
    if (queryChanged(this.#config, config)) this.#promql = createPromql(config, late)
    this.#config = config
    late.opened?.setRetention(config.retention)
    this.#core.disk.apply()
    this.#logs.apply()
    this.#traces.apply()
    await this.#pipelines
      .apply()
      .catch((thrown: unknown) =>
        log.error('the pipelines cannot be opened', { reason: messageOf(thrown) }),
      )
    await this.#tail.apply()
    this.#kubernetes.apply()
    return []
  }

  async #open(name: ListenerName, listener: OpenDoor | undefined): Promise<void> {
    const address = this.#config.listen[name]
    if (listener === undefined || address === undefined) return
    this.#own.watch(name, listener)
    this.#memory.guard(listener)
    const port = await listener.listen()
    this.#listeners.push(listener)
    const url = urlOf(address, port)
    this.urls.set(name, name === 'syslog' ? url.replace('http', 'syslog') : url)
  }

  async #startCollection(connection: Connection): Promise<void> {
    const isStopping = (): boolean => this.#stopping !== undefined
    const onBacklog = (full: boolean): void => void (this.#backlogFull = full)
    await openStore(this.#core, connection, { isStopping, onBacklog })
    if (isStopping()) return
    await this.#logs.openStore(connection, isStopping)
    if (isStopping()) return
    await this.#traces.openStore(connection, isStopping)
    if (isStopping()) return
    noteVersions(this.#core)
    this.#core.ends.push(() => this.#pipelines.stop())
    this.#own.start(this.#traces.store)
    this.#tail.start()
    this.#core.ends.push(() => this.#scraper.stop())
    await this.#scraper.apply(this.#config.prometheus.scrapeConfigs)
    await this.#rules.start()
    await this.#cluster?.start()
    this.#kubernetes.start((config) => this.#apply(config))
    this.#missing = ''
  }

  #startDashboards(
    metadata: Metadata,
    doors: Pick<DashboardParts, 'prometheus' | 'loki' | 'tempo'>,
  ): Promise<RunningDashboards> {
    return startDashboards(this.#core, {
      ...doors,
      ...{ metadata, control: this.#access.control },
      isOwn: (address) => this.#isOwn(address),
      uiUrl: () => this.urls.get('ui'),
    })
  }

  #createUi(
    prometheus: PrometheusDoors,
    loki: LokiDoors,
    others: readonly Route[],
  ): Listener | undefined {
    const warnings = (): readonly ConfigFault[] => this.#warnings
    const { control } = this.#access
    const access = control === undefined ? [] : accessRoutes(control, this.#core.log)
    const routes = [...others, ...access]
    return createUi(this.#core, { prometheus, loki, warnings, urls: this.urls, routes })
  }

  #createPipelines(): RunningPipelines {
    const { ingest, observers } = this.#traces
    const { logs, receiveLogs } = this.#logs.otlp
    return createPipelines(this.#core, {
      ...{ spans: ingest, observers, metrics: this.#otlpMetrics.sink },
      ...{ logs, receiveLogs },
    })
  }

  #createDoors(): PrometheusDoors {
    return createPrometheusDoors(this.#core, {
      promql: { evaluate: (request) => this.#promql.evaluate(request) },
      scraper: this.#scraper,
      flags: this.#options.flags,
      lastReload: () => this.#lastReload,
      reload: () => this.reload(),
      quit: () => this.#options.onQuit?.(),
      ...{ rules: this.#rules.view, cluster: this.#cluster },
      memory: () => this.#memory.describe(),
      alertmanagers: this.#rules.alertmanagers,
      readiness: { ready: () => this.#readiness() },
      webUi: () => webUiOf(this.#config, this.urls),
      receiveMetrics: this.#otlpMetrics.receive,
    })
  }

  #createAlertmanagerDoors(): AlertmanagerDoors {
    return createAlertmanagerDoors(this.#core, this.#alertmanager, {
      uiUrl: () => this.urls.get('ui'),
      reload: () => this.reload(),
      selfMetrics: () => encodeText(this.#core.registry.families()),
      explain: {
        groups: this.#rules.groups,
        promql: { evaluate: (request) => this.#promql.evaluate(request) },
        externalLabels: () => Labels.from(this.#config.prometheus.global.externalLabels),
      },
    })
  }

  #createRules(): RunningRules {
    return createRules(this.#core, {
      createPromql,
      logql: this.#logs.logql,
      spans: this.#traces.source,
      ...{ own: this.#alertmanager, work: this.#cluster?.work },
      isOwn: (address) => this.#isOwn(address, 'alertmanager'),
      url: () => this.prometheusUrl ?? '',
    })
  }

  #isOwn(address: string, name: ListenerName = 'prometheus'): boolean {
    return isOwnAddress(address, name, { listen: this.#config.listen, urls: this.urls })
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
