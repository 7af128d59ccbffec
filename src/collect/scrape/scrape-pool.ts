import { createHash } from 'node:crypto'
import { compileRelabel, type Relabeler } from '../../ingest/relabel.ts'
import type { Labels } from '../../model/labels.ts'
import { messageOf } from '../../model/problem.ts'
import type { SampleSink } from '../../model/samples.ts'
import type { Log } from '../../self/log.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { fileDiscovery } from '../discovery/file.ts'
import { staticDiscovery } from '../discovery/static.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from '../discovery/target-group.ts'
import { acceptHeader } from '../../formats/prometheus-text/content-type.ts'
import { createScrapeParser, type ScrapeParser } from '../../formats/prometheus-text/scrape-parser.ts'
import { readClientSettings } from './client-settings.ts'
import { ScrapeClient, type PageSource } from './fetch-page.ts'
import { ScrapeLoop } from './scrape-loop.ts'
import { SeriesTracker, type PageResult } from './series-tracker.ts'
import { decideTarget, type JobDefaults, type TargetSpec } from './target-labels.ts'

/** Gives the page of an address that a part of this process plays; undefined when it is to be fetched over the network. */
export type AliasOf = (target: TargetSpec, fetch: PageSource) => PageSource | undefined

export interface ScrapePoolDeps {
  readonly sink: SampleSink
  readonly aliasOf: AliasOf
  readonly log: Log
  readonly nowMs: () => number
  readonly onScrape: (pool: string, result: PageResult, intervalMs: number) => void
}

/** How many dropped targets are shown where `keep_dropped_targets` does not say. */
const SHOWN_DROPPED = 1000

/** The targets of one job: found, relabelled, and scraped, each by a loop of its own. */
export class ScrapePool {
  readonly config: ScrapeConfig
  readonly #deps: ScrapePoolDeps
  readonly #client: ScrapeClient
  readonly #relabel: Relabeler
  readonly #metricRelabel: Relabeler
  readonly #parser: ScrapeParser
  readonly #discoveries: Discovery[] = []
  readonly #found = new Map<Discovery, readonly TargetGroup[]>()
  readonly #loops = new Map<string, ScrapeLoop>()
  #dropped: readonly Labels[] = []
  #droppedCount = 0
  #fault = ''

  private constructor(config: ScrapeConfig, deps: ScrapePoolDeps, client: ScrapeClient) {
    this.config = config
    this.#deps = deps
    this.#client = client
    this.#relabel = compileRelabel(config.relabelConfigs)
    this.#metricRelabel = compileRelabel(config.metricRelabelConfigs)
    const fallback = config.fallbackScrapeProtocol
    this.#parser = createScrapeParser(fallback === undefined ? {} : { fallback })
    if (config.discovery.static.length > 0) {
      const groups = config.discovery.static.map((group, i) => toTargetGroup(String(i), group.targets, group.labels))
      this.#discoveries.push(staticDiscovery(groups))
    }
    for (const file of config.discovery.file) {
      this.#discoveries.push(
        fileDiscovery({
          patterns: file.files,
          refreshIntervalMs: file.refreshIntervalMs,
          onFault: (name, message) =>
            deps.log.warn('a file of targets cannot be read; its targets stay as they were', { file: name, reason: message }),
        }),
      )
    }
  }

  /** Rejects when a certificate or key of the job cannot be read. */
  static async open(config: ScrapeConfig, deps: ScrapePoolDeps): Promise<ScrapePool> {
    return new ScrapePool(config, deps, new ScrapeClient(await readClientSettings(config.http)))
  }

  get loops(): Iterable<ScrapeLoop> {
    return this.#loops.values()
  }

  get dropped(): readonly Labels[] {
    return this.#dropped
  }

  get droppedCount(): number {
    return this.#droppedCount
  }

  start(): void {
    for (const discovery of this.#discoveries) {
      discovery.start((groups) => {
        this.#found.set(discovery, groups)
        this.#sync()
      })
    }
  }

  /** See `ScrapeLoop.stop` for `markStale`. */
  async stop(markStale: boolean): Promise<void> {
    for (const discovery of this.#discoveries) discovery.stop()
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop(markStale)))
    this.#loops.clear()
    await this.#client.close()
  }

  /** Applies the job's relabel rules to labels, as far as a rule drops them. */
  relabel(labels: Labels): Labels | undefined {
    return this.#relabel.apply(labels)
  }

  #sync(): void {
    const defaults: JobDefaults = {
      jobName: this.config.jobName,
      scrapeIntervalMs: this.config.intervalMs,
      scrapeTimeoutMs: this.config.timeoutMs,
      metricsPath: this.config.metricsPath,
      scheme: this.config.scheme,
      params: this.config.params,
      relabel: (labels) => this.#relabel.apply(labels),
    }
    const wanted = new Map<string, TargetSpec>()
    const dropped: Labels[] = []
    let droppedCount = 0
    for (const groups of this.#found.values()) {
      for (const found of groups.flatMap((group) => group.targets)) {
        const decision = decideTarget(found, defaults)
        if (decision.kind === 'keep') wanted.set(targetKey(decision.target), decision.target)
        else if (decision.kind === 'fault') {
          this.#deps.log.warn('a target cannot be scraped', { pool: this.config.jobName, target: found.get('__address__'), reason: decision.message })
        } else {
          droppedCount++
          if (dropped.length < (this.config.keepDroppedTargets || SHOWN_DROPPED)) dropped.push(decision.discovered)
        }
      }
    }
    this.#dropped = dropped
    this.#droppedCount = droppedCount
    this.#fault = this.#targetFault(wanted.size)
    this.#replaceLoops(wanted)
  }

  /** As in Prometheus, a job with too many targets scrapes none of them, and each says why. */
  #targetFault(count: number): string {
    const limit = this.config.targetLimit
    return limit > 0 && count > limit ? `target_limit exceeded (number of targets: ${count}, limit: ${limit})` : ''
  }

  #replaceLoops(wanted: ReadonlyMap<string, TargetSpec>): void {
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue
      this.#loops.delete(key)
      loop.stop(true).catch((thrown: unknown) => this.#deps.log.error('a scrape did not stop', { reason: messageOf(thrown) }))
    }
    for (const [key, target] of wanted) {
      if (this.#loops.has(key)) continue
      const loop = this.#makeLoop(key, target)
      this.#loops.set(key, loop)
      loop.start()
    }
  }

  #makeLoop(key: string, target: TargetSpec): ScrapeLoop {
    const accept = acceptHeader(this.config.scrapeProtocols, this.config.metricNameEscaping)
    const fetchPage: PageSource = (signal) =>
      this.#client.fetch(target.url, {
        accept,
        timeoutMs: target.timeoutMs,
        bodySizeLimit: this.config.bodySizeLimitBytes,
        signal,
      })
    const source = this.#deps.aliasOf(target, fetchPage) ?? fetchPage
    return new ScrapeLoop({
      target,
      source: (signal) => (this.#fault === '' ? source(signal) : Promise.reject(new Error(this.#fault))),
      tracker: new SeriesTracker({
        target,
        config: this.config,
        metricRelabel: this.#metricRelabel,
        sink: this.#deps.sink,
        parser: this.#parser,
      }),
      phase: phaseOf(key),
      nowMs: this.#deps.nowMs,
      onScrape: (result) => this.#deps.onScrape(this.config.jobName, result, target.intervalMs),
    })
  }
}

function targetKey(target: TargetSpec): string {
  return `${target.labels.key}\uffff${target.url}\uffff${target.intervalMs}\uffff${target.timeoutMs}`
}

/** Where in its interval a target is scraped: spread evenly, and the same after a restart. */
function phaseOf(key: string): number {
  return createHash('md5').update(key).digest().readUInt32BE(0) / 2 ** 32
}
