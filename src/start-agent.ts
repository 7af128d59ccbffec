import path from 'node:path'
import { LineQueue } from './agent/line-queue.ts'
import { recordSinkOf, spanSinkOf } from './agent/otlp-queues.ts'
import { SampleQueue } from './agent/sample-queue.ts'
import type { ScrapeManager } from './collect/scrape/scrape-manager.ts'
import type { LoadedConfig, VedetteConfig } from './config.ts'
import type { CollectCore } from './core.ts'
import { lockDataDir } from './engine/data-dir-lock.ts'
import { decodeLogRecords, decodeLogRecordsJson } from './formats/otlp/decode-log-records.ts'
import { encodeText } from './formats/prometheus-text/encode.ts'
import type { HostPort, ListenerName } from './http/listen-section.ts'
import { createRegistryAndDiscoveries } from './start-discoveries.ts'
import { createListener, textAnswer, type Listener, type OpenDoor } from './http/listener.ts'
import { urlOf } from './http/listener-url.ts'
import { createRecordReceiver } from './http/otlp/receive-records.ts'
import { routeMeter } from './http/route-meter.ts'
import { messageOf } from './model/problem.ts'
import type { Log } from './self/log.ts'
import { watchProcess } from './self/process-metrics.ts'
import { watchStrayFaults } from './self/stray-faults.ts'
import { isOwnAddress } from './own-addresses.ts'
import { nameInstance, toAgentConfig } from './start-agent-config.ts'
import { openQueues, type AgentSettings, type RunningQueues } from './start-agent-queues.ts'
import { createOtlpMetrics } from './start-otlp-metrics.ts'
import { createOtlpListeners } from './start-otlp.ts'
import { createPipelines, type RunningPipelines } from './start-pipelines.ts'
import { createPushgateway } from './start-pushgateway.ts'
import { createExporterDoors } from './start-exporter-doors.ts'
import { createParts, createScraper } from './start-scraper.ts'
import { createSpanDoors } from './start-span-doors.ts'
import { createSyslog } from './start-syslog.ts'
import { createTail, type RunningTail } from './start-tail.ts'
import { formatFault } from './yaml/fault.ts'

export interface StartAgentOptions {
  readonly config: VedetteConfig
  /** Reads the configuration again, for a reload. */
  readonly load: () => LoadedConfig
  readonly settings: AgentSettings
  /** Where the agent tells of itself; undefined: nowhere. */
  readonly listen: HostPort | undefined
  readonly log: Log
}

/** The running agent. */
export interface RunningAgent {
  /** Where it tells of itself; undefined when that is off. */
  readonly url: string | undefined
  /** Takes the configuration as it is now into force; with a fault in it the old one stays. */
  reload(): Promise<void>
  /** Ends everything. What is not sent stays on disk. */
  stop(): Promise<void>
}

/** As in a server, so long requests under way may take to be answered at the end. */
const DRAIN_MS = 1500

/** Collects and receives as a server does, and forwards all of it. Rejects with a `Problem` that says what to do. */
export async function startAgent(options: StartAgentOptions): Promise<RunningAgent> {
  const agent = new Agent(options)
  try {
    await agent.start()
    return agent
  } catch (thrown) {
    await agent.stop()
    throw thrown
  }
}

class Agent implements RunningAgent {
  url: string | undefined
  readonly #options: StartAgentOptions
  readonly #core: CollectCore
  readonly #doors: OpenDoor[] = []
  #config: VedetteConfig
  #scraper: ScrapeManager | undefined
  #tail: RunningTail | undefined
  #pipelines: RunningPipelines | undefined
  #isReady = false

  constructor(options: StartAgentOptions) {
    this.#options = options
    this.#config = toAgentConfig(options.config, options.settings.hostname)
    this.#core = {
      config: () => this.#config,
      access: () => this.#config.access,
      log: options.log,
      ...createRegistryAndDiscoveries(),
      startedMs: Date.now(),
      ends: [],
    }
  }

  async start(): Promise<void> {
    const { ends, registry, log } = this.#core
    ends.push(watchStrayFaults(registry, log), watchProcess(registry))
    const { dataFolder, access } = this.#config
    if (access.required === true) {
      log.warn(
        'access.required: an agent knows neither users nor tokens, so that only networks of access.trusted may send to it',
      )
    }
    const lock = lockDataDir(dataFolder)
    ends.push(() => lock.release())
    const { settings } = this.#options
    await this.#open(this.#createStatus(), (port) => this.#noteUrl(port))
    const queues = await openQueues(path.join(dataFolder, 'queue'), settings, this.#core)
    ends.push(() => queues.stop())
    await this.#startParts(queues)
    this.#isReady = true
  }

  async reload(): Promise<void> {
    const { log } = this.#core
    const loaded = this.#options.load()
    if (!loaded.ok) {
      for (const fault of loaded.faults) {
        if (fault.severity === 'warning') continue
        const reason = formatFault(fault)
        log.error('the new configuration is refused; the old one stays in force', { reason })
      }
      return
    }
    try {
      const config = toAgentConfig(loaded.config, this.#options.settings.hostname)
      await this.#scraper?.apply(config.prometheus.scrapeConfigs)
      this.#config = config
      await this.#pipelines?.apply()
      await this.#tail?.apply()
      for (const warning of loaded.warnings) log.warn(formatFault(warning))
      log.info('configuration loaded')
    } catch (thrown) {
      log.error('the new configuration is not in force as a whole', { reason: messageOf(thrown) })
    }
  }

  async stop(): Promise<void> {
    this.#isReady = false
    // First nothing new comes in; then what came is made durable.
    await Promise.all(this.#doors.map((door) => this.#end(() => door.drain(DRAIN_MS))))
    for (const end of this.#core.ends.splice(0).reverse()) await this.#end(end)
    await Promise.all(this.#doors.map((door) => this.#end(() => door.close())))
  }

  async #startParts(queues: RunningQueues): Promise<void> {
    const core = this.#core
    const { hostname } = this.#options.settings
    const externalLabels = () => this.#config.prometheus.global.externalLabels
    const samples = new SampleQueue({
      ...{ queue: queues.of('metrics'), externalLabels },
      log: core.log.child({ component: 'forward', signal: 'metrics' }),
    })
    core.ends.push(() => samples.stop())
    const lines = new LineQueue(queues.of('logs'), hostname)
    const pipelines = this.#createPipelines(queues, samples)
    core.ends.push(() => pipelines.stop())
    await pipelines.apply()
    this.#pipelines = pipelines
    const otlp = createOtlpListeners(core)
    await this.#open(otlp.createHttp(pipelines.receivers))
    await this.#open(otlp.createGrpc(pipelines.receivers))
    for (const [, door] of createSpanDoors(core, pipelines.spans)) await this.#open(door)
    const pushgateway = createPushgateway(core)
    const urls = new Map<ListenerName, string>()
    const noteUrl = (name: ListenerName, port: number): void => {
      const address = this.#config.listen[name]
      if (address !== undefined) urls.set(name, urlOf(address, port))
    }
    await this.#open(await pushgateway.open(), (port) => noteUrl('pushgateway', port))
    const parts = createParts(core, pushgateway.source)
    for (const [name, door] of createExporterDoors(core, parts))
      await this.#open(door, (port) => noteUrl(name, port))
    await this.#open(createSyslog(core, lines))
    this.#tail = createTail(core, lines, (id) => pipelines.recordsOf(id))
    this.#tail.start()
    this.#scraper = createScraper(core, {
      sink: samples,
      pipelinesOf: (job) => pipelines.pipelinesOf(job),
      isOwn: (address, name = 'prometheus') =>
        isOwnAddress(address, name, { listen: this.#config.listen, urls }),
      parts,
      instanceOf: nameInstance(hostname),
    })
    core.ends.push(() => this.#scraper?.stop())
    await this.#scraper.apply(this.#config.prometheus.scrapeConfigs)
  }

  #createPipelines(queues: RunningQueues, samples: SampleQueue): RunningPipelines {
    const core = this.#core
    const { registry, log } = core
    const logs = recordSinkOf(queues.of('otlp_logs'), Date.now)
    const decode = { protobuf: decodeLogRecords, json: decodeLogRecordsJson }
    return createPipelines(core, {
      ...{ logs, spans: spanSinkOf(queues.of('traces')) },
      metrics: createOtlpMetrics(core, samples).sink,
      // The server makes metrics of the spans that it stores.
      observers: () => [],
      receiveLogs: createRecordReceiver({ sink: logs, decode, registry, log }),
    })
  }

  async #open(
    door: OpenDoor | undefined,
    onOpen: (port: number) => void = () => undefined,
  ): Promise<void> {
    if (door === undefined) return
    onOpen(await door.listen())
    this.#doors.push(door)
  }

  #noteUrl(port: number): void {
    const { listen } = this.#options
    if (listen !== undefined) this.url = urlOf(listen, port)
  }

  /** `/metrics`, `/-/healthy` and `/-/ready`. */
  #createStatus(): Listener | undefined {
    const { listen } = this.#options
    if (listen === undefined) return undefined
    const { registry, access, log } = this.#core
    const address = { ...listen, listener: 'agent' }
    const meter = routeMeter(registry, 'agent')
    return createListener({ address, access: access(), log, meter }, [
      {
        methods: ['GET'],
        path: '/-/healthy',
        permission: 'open',
        handle: () => textAnswer(200, 'Vedette agent is Healthy.'),
      },
      {
        methods: ['GET'],
        path: '/-/ready',
        permission: 'open',
        handle: () =>
          this.#isReady
            ? textAnswer(200, 'Vedette agent is Ready.')
            : textAnswer(503, 'the agent is starting or ending'),
      },
      {
        methods: ['GET'],
        path: '/metrics',
        permission: 'metrics:read',
        handle: () => ({
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
          body: encodeText(registry.families()),
        }),
      },
    ])
  }

  async #end(end: () => Promise<void> | void): Promise<void> {
    try {
      await end()
    } catch (thrown) {
      this.#core.log.error('a part did not end cleanly', { reason: messageOf(thrown) })
    }
  }
}
