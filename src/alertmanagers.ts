import type { AlertSink, PostedAlert } from './alert/alert-sink.ts'
import { AlertForwarder } from './alert/forward-alerts.ts'
import type { ForwardMetrics } from './alert/forward-metrics.ts'
import { relabelAlerts } from './alert/relabel-alerts.ts'
import { decideAlias, type AliasDecision, type Aliases } from './collect/aliases.ts'
import type { AlertingConfig, AlertmanagerConfig } from './collect/config/alerting.ts'
import type { Discoveries } from './collect/discovery/discoveries.ts'
import { fileDiscovery } from './collect/discovery/file.ts'
import { staticDiscovery } from './collect/discovery/static.ts'
import {
  toTargetGroup,
  type Discovery,
  type TargetGroup,
} from './collect/discovery/target-group.ts'
import { compileRelabel, type RelabelConfig, type Relabeler } from './ingest/relabel.ts'
import { Labels } from './model/labels.ts'
import { readClientSettings, type HttpClientSettings } from './outbound/client-settings.ts'
import type { Log } from './self/log.ts'

export interface AlertmanagersDeps {
  /** The Alertmanager that this program is; undefined when it is none. */
  readonly own: AlertSink | undefined
  readonly aliases: Aliases
  /** True for an address on which this program listens as an Alertmanager. */
  readonly isOwn: (address: string) => boolean
  /** True when a program takes connections at `host:port`. */
  readonly probe: (address: string) => Promise<boolean>
  readonly metrics: ForwardMetrics
  readonly discoveries: Discoveries
  readonly log: Log
}

/** What prometheus.yml says of alerts. */
export interface AlertmanagersConfig {
  readonly alerting: AlertingConfig
  readonly externalLabels: Labels
}

/** How long a decision about an address is believed. */
const BELIEVE_MS = 60_000
/** How long waiting alerts may take to be sent once they are no longer wanted. */
const DRAIN_MS = 1000

/**
 * Where the alerts of rules go: to the Alertmanagers that prometheus.yml names, with its external labels and relabelled. An
 * address that stands for the built-in one (DESIGN, aliases) means that one, unless a program answers there; without any
 * Alertmanager in the file it is the built-in one too.
 */
export class Alertmanagers implements AlertSink {
  readonly #deps: AlertmanagersDeps
  #sets: readonly AlertmanagerSet[] = []
  #externalLabels = Labels.EMPTY
  #relabeler: Relabeler | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(deps: AlertmanagersDeps) {
    this.#deps = deps
    // Without any in the file it is the built-in one, which counts as found.
    const isOwnFound = (): boolean => this.#sets.length === 0 && deps.own !== undefined
    deps.metrics.countDiscovered(() => (isOwnFound() ? 1 : urlsOf(this.#sets).size))
  }

  /** Puts a configuration in force. Rejects when a certificate or key of it cannot be read; then nothing has changed. */
  async apply({ alerting, externalLabels }: AlertmanagersConfig): Promise<void> {
    const sets = await Promise.all(
      alerting.alertmanagers.map(
        async (config) =>
          new AlertmanagerSet(config, this.#deps, await readClientSettings(config.http)),
      ),
    )
    const old = this.#sets
    this.#externalLabels = externalLabels
    this.#relabeler = relabelerOf(alerting.alertRelabelConfigs)
    await Promise.all(sets.map((set) => set.start()))
    this.#sets = sets
    this.#timer ??= setInterval(() => {
      for (const set of this.#sets) void set.decide()
    }, BELIEVE_MS).unref()
    await Promise.all(old.map((set) => set.stop(urlsOf(sets))))
  }

  put(alerts: readonly PostedAlert[]): void {
    const relabelled = relabelAlerts(alerts, this.#externalLabels, this.#relabeler)
    if (relabelled.length === 0) return
    if (this.#sets.length === 0) this.#deps.own?.put(relabelled)
    for (const set of this.#sets) set.put(relabelled)
  }

  /** Their URLs, e.g. `http://alertmanager:9093/api/v2/alerts`. */
  active(): readonly string[] {
    return [...urlsOf(this.#sets)]
  }

  /** Those that the rules of `relabel_configs` drop. */
  dropped(): readonly string[] {
    return this.#sets.flatMap((set) => set.dropped)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#sets.map((set) => set.stop(new Set())))
  }
}

/** One Alertmanager of a set. */
interface Endpoint {
  readonly url: string
  readonly address: string
  readonly forwarder: AlertForwarder
  decision: AliasDecision | undefined
}

/** The Alertmanagers of one entry of `alertmanagers:`. */
class AlertmanagerSet {
  readonly #config: AlertmanagerConfig
  readonly #deps: AlertmanagersDeps
  readonly #http: HttpClientSettings
  readonly #relabelTargets: Relabeler
  readonly #relabelAlerts: Relabeler | undefined
  readonly #discoveries: readonly Discovery[]
  readonly #found = new Map<Discovery, readonly TargetGroup[]>()
  #endpoints: ReadonlyMap<string, Endpoint> = new Map()
  #isStarted = false
  dropped: readonly string[] = []

  constructor(config: AlertmanagerConfig, deps: AlertmanagersDeps, http: HttpClientSettings) {
    this.#config = config
    this.#deps = deps
    this.#http = http
    this.#relabelTargets = compileRelabel(config.relabelConfigs)
    this.#relabelAlerts = relabelerOf(config.alertRelabelConfigs)
    const { static: groups, file, others } = config.discovery
    this.#discoveries = [
      staticDiscovery(groups.map((group, i) => toTargetGroup(`${i}`, group.targets, group.labels))),
      ...file.map(({ files, refreshIntervalMs }) =>
        fileDiscovery({
          patterns: files,
          refreshIntervalMs,
          onFault: (name, message) =>
            deps.log.warn('a file of Alertmanagers cannot be used', {
              file: name,
              reason: message,
            }),
        }),
      ),
      ...deps.discoveries.create(others, 'alertmanagers', deps.log),
    ]
  }

  get urls(): readonly string[] {
    return [...this.#endpoints.keys()]
  }

  /** Resolves when it is known who is behind each address that is found at once. */
  async start(): Promise<void> {
    for (const discovery of this.#discoveries) {
      discovery.start((groups) => {
        this.#found.set(discovery, groups)
        this.#sync()
        if (this.#isStarted) void this.decide()
      })
    }
    this.#isStarted = true
    await this.decide()
  }

  put(alerts: readonly PostedAlert[]): void {
    const relabelled = relabelAlerts(alerts, Labels.EMPTY, this.#relabelAlerts)
    if (relabelled.length === 0) return
    let isForOwn = false
    for (const { url, decision, forwarder } of this.#endpoints.values()) {
      if (decision?.kind !== 'part') forwarder.put(relabelled)
      else if (!isForOwn) {
        isForOwn = true
        this.#deps.own?.put(relabelled)
        this.#deps.metrics.target(url).sent.inc(relabelled.length)
      }
    }
  }

  /** Finds out who is behind each address now. */
  async decide(): Promise<void> {
    await Promise.all([...this.#endpoints.values()].map((endpoint) => this.#decide(endpoint)))
  }

  /** The metrics of URLs that another set goes on with are kept. */
  async stop(kept: ReadonlySet<string>): Promise<void> {
    for (const discovery of this.#discoveries) discovery.stop()
    await Promise.all([...this.#endpoints.values()].map((endpoint) => this.#end(endpoint, kept)))
  }

  async #decide(endpoint: Endpoint): Promise<void> {
    const { aliases, isOwn, probe, own, log } = this.#deps
    const { address } = endpoint
    const before = endpoint.decision?.kind
    const available = new Set(own === undefined ? [] : (['alertmanager'] as const))
    // What stands for another part, or is the program's own Prometheus, is no Alertmanager of ours.
    const isMeant = isOwn(address) || aliases.find(address) === 'alertmanager'
    endpoint.decision = !isMeant
      ? { kind: 'network' }
      : isOwn(address) && own !== undefined
        ? { kind: 'part', part: 'alertmanager' }
        : await decideAlias({ address, aliases, available, isOwn, probe })
    const { decision } = endpoint
    if (decision.kind === before || decision.kind === 'network') return
    if (decision.kind === 'part') {
      log.info('alerts for an address go to the built-in Alertmanager', { address })
    } else log.warn(decision.message, { address })
  }

  #sync(): void {
    const endpoints = new Map<string, Endpoint>()
    const dropped: string[] = []
    for (const target of [...this.#found.values()].flat().flatMap(({ targets }) => targets)) {
      const whole = target.with({ __scheme__: this.#config.scheme, __alerts_path__: this.#path })
      const labels = this.#relabelTargets.apply(whole)
      if (labels === undefined) dropped.push(urlOf(whole))
      else if (!endpoints.has(urlOf(labels))) {
        const url = urlOf(labels)
        endpoints.set(url, this.#endpoints.get(url) ?? this.#open(url, labels.get('__address__')))
      }
    }
    const gone = [...this.#endpoints].filter(([url]) => !endpoints.has(url))
    this.#endpoints = endpoints
    this.dropped = dropped
    for (const [, endpoint] of gone) void this.#end(endpoint, new Set())
  }

  #open(url: string, address: string): Endpoint {
    const forwarder = new AlertForwarder({
      url,
      timeoutMs: this.#config.timeoutMs,
      http: this.#http,
      metrics: this.#deps.metrics.target(url),
      log: this.#deps.log,
    })
    return { url, address: withPort(address, url), forwarder, decision: undefined }
  }

  async #end(endpoint: Endpoint, kept: ReadonlySet<string>): Promise<void> {
    await endpoint.forwarder.stop(DRAIN_MS)
    if (!kept.has(endpoint.url)) this.#deps.metrics.removeTarget(endpoint.url)
  }

  get #path(): string {
    const prefix = this.#config.pathPrefix.replace(/^\/+|\/+$/g, '')
    return prefix === '' ? '/api/v2/alerts' : `/${prefix}/api/v2/alerts`
  }
}

function relabelerOf(configs: readonly RelabelConfig[]): Relabeler | undefined {
  return configs.length === 0 ? undefined : compileRelabel(configs)
}

function urlsOf(sets: readonly AlertmanagerSet[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => set.urls))
}

function urlOf(labels: Labels): string {
  return `${labels.get('__scheme__')}://${labels.get('__address__')}${labels.get('__alerts_path__')}`
}

function withPort(address: string, url: string): string {
  if (/:\d+$/.test(address)) return address
  return `${address}:${url.startsWith('https:') ? 443 : 80}`
}
