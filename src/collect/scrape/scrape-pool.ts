import { createHash } from 'node:crypto'
import { acceptHeader } from '../../formats/prometheus-text/content-type.ts'
import {
  createScrapeParser,
  type ScrapeParser,
} from '../../formats/prometheus-text/scrape-parser.ts'
import { compileRelabel, type Relabeler } from '../../ingest/relabel.ts'
import type { Labels } from '../../model/labels.ts'
import { messageOf } from '../../model/problem.ts'
import type { SampleSink } from '../../model/samples.ts'
import type { Log } from '../../self/log.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { fileDiscovery } from '../discovery/file.ts'
import { staticDiscovery } from '../discovery/static.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from '../discovery/target-group.ts'
import { readClientSettings } from './client-settings.ts'
import { ScrapeClient } from './fetch-page.ts'
import type { PageSource } from './page-source.ts'
import { ScrapeLoop, type StopReason } from './scrape-loop.ts'
import type { ScrapeMetrics } from './scrape-metrics.ts'
import type { ScrapeResult } from './scrape-result.ts'
import { SeriesTracker } from './series-tracker.ts'
import { decideTarget, type JobDefaults, type TargetSpec } from './target-labels.ts'

/** Gives the page of an address that a part of this process plays; undefined when it is to be fetched over the network. */
export type AliasOf = (target: TargetSpec, fetch: PageSource) => PageSource | undefined

export interface ScrapePoolDeps {
  readonly sink: SampleSink
  readonly aliasOf: AliasOf
  readonly log: Log
  readonly nowMs: () => number
  readonly metrics: ScrapeMetrics
}

/** How many dropped targets are kept to be shown where `keep_dropped_targets` does not say. */
const SHOWN_DROPPED = 10_000

/** The targets of one job: found, relabelled, and scraped, each by a loop of its own. */
export class ScrapePool {
  readonly config: ScrapeConfig
  readonly #deps: ScrapePoolDeps
  readonly #client: ScrapeClient
  readonly #defaults: JobDefaults
  readonly #metricRelabel: Relabeler
  readonly #parser: ScrapeParser
  readonly #discoveries: readonly Discovery[]
  readonly #found = new Map<Discovery, readonly TargetGroup[]>()
  readonly #loops = new Map<string, ScrapeLoop>()
  /** Loops of the same targets under the configuration before, by target: they wait for their successors. */
  #predecessors = new Map<string, ScrapeLoop>()
  /** Loops whose targets are gone and that are about to end. */
  readonly #ending = new Set<Promise<void>>()
  readonly #warned = new Map<string, string>()
  #isStopped = false
  #dropped: readonly Labels[] = []
  #droppedCount = 0
  #foundCount = 0
  #fault: Error | undefined

  private constructor(config: ScrapeConfig, deps: ScrapePoolDeps, client: ScrapeClient) {
    this.config = config
    this.#deps = deps
    this.#client = client
    const relabel = compileRelabel(config.relabelConfigs)
    this.#metricRelabel = compileRelabel(config.metricRelabelConfigs)
    const fallback = config.fallbackScrapeProtocol
    this.#parser = createScrapeParser(fallback === undefined ? {} : { fallback })
    this.#discoveries = this.#createDiscoveries()
    this.#defaults = {
      jobName: config.jobName,
      scrapeIntervalMs: config.intervalMs,
      scrapeTimeoutMs: config.timeoutMs,
      metricsPath: config.metricsPath,
      scheme: config.scheme,
      params: config.params,
      relabel: (labels) => relabel.apply(labels),
    }
  }

  /** Rejects when a certificate or key of the job cannot be read or used. Nothing is scraped before `start`. */
  static async open(config: ScrapeConfig, deps: ScrapePoolDeps): Promise<ScrapePool> {
    deps.metrics.count('poolsOpened')
    try {
      return new ScrapePool(config, deps, new ScrapeClient(await readClientSettings(config.http)))
    } catch (thrown) {
      deps.metrics.count('poolsFailed')
      throw thrown
    }
  }

  get loops(): Iterable<ScrapeLoop> {
    return this.#loops.values()
  }

  /** Labels before relabelling of the targets that rules dropped, as many as are kept. */
  get dropped(): readonly Labels[] {
    return this.#dropped
  }

  get droppedCount(): number {
    return this.#droppedCount
  }

  /** Targets found, before relabelling. */
  get foundCount(): number {
    return this.#foundCount
  }

  get targetLimit(): number {
    return this.config.targetLimit
  }

  /**
   * Begins to scrape. `predecessors` are what `handOver` of the job's pool before gave: series of targets that are found again go
   * on, those of the others end.
   */
  start(predecessors: ReadonlyMap<string, ScrapeLoop> = new Map()): void {
    this.#predecessors = new Map(predecessors)
    for (const discovery of this.#discoveries) {
      discovery.start((groups) => {
        if (this.#isStopped) return
        this.#found.set(discovery, groups)
        this.#sync()
      })
    }
    this.#endPredecessors()
  }

  /** Ends scraping; `gone` means that the job is no longer configured, so that its series end. */
  async stop(reason: 'shutdown' | 'gone'): Promise<void> {
    if (reason === 'gone') for (const loop of this.#predecessors.values()) loop.end()
    await this.#stopLoops(reason)
    this.#loops.clear()
    await this.#client.close()
  }

  /** Ends scraping so that another pool can go on with the targets; what it needs for that, by target. */
  async handOver(): Promise<ReadonlyMap<string, ScrapeLoop>> {
    await this.#stopLoops('replaced')
    await this.#client.close()
    return new Map([
      ...this.#predecessors,
      ...[...this.#loops.values()].map((loop) => [identityOf(loop.target), loop] as const),
    ])
  }

  async #stopLoops(reason: StopReason): Promise<void> {
    this.#isStopped = true
    for (const discovery of this.#discoveries) discovery.stop()
    await Promise.all([
      ...this.#ending,
      ...[...this.#loops.values()].map((loop) => loop.stop(reason)),
    ])
  }

  #createDiscoveries(): Discovery[] {
    const { discovery } = this.config
    const groups = discovery.static.map((group, i) =>
      toTargetGroup(String(i), group.targets, group.labels),
    )
    const files = discovery.file.map((file) =>
      fileDiscovery({
        patterns: file.files,
        refreshIntervalMs: file.refreshIntervalMs,
        onFault: (name, message) => {
          this.#deps.metrics.count('fileReadErrors')
          this.#deps.log.warn('targets cannot be read from a file; those it gave before stay', {
            pool: this.config.jobName,
            file: name,
            reason: message,
          })
        },
      }),
    )
    return groups.length === 0 ? files : [staticDiscovery(groups), ...files]
  }

  /** Decides anew which targets there are, and starts and stops loops accordingly. */
  #sync(): void {
    const begun = performance.now()
    const wanted = new Map<string, TargetSpec>()
    const dropped: Labels[] = []
    let droppedCount = 0
    let faults = 0
    const all = [...this.#found.values()].flatMap((groups) =>
      groups.flatMap((group) => group.targets),
    )
    for (const found of all) {
      const decision = decideTarget(found, this.#defaults)
      if (decision.kind === 'keep') wanted.set(keyOf(decision.target), decision.target)
      else if (decision.kind === 'drop') {
        droppedCount++
        if (dropped.length < (this.config.keepDroppedTargets || SHOWN_DROPPED))
          dropped.push(decision.discovered)
      } else {
        faults++
        this.#deps.log.warn('a target cannot be scraped', {
          pool: this.config.jobName,
          target: found.get('__address__'),
          reason: decision.message,
        })
      }
    }
    this.#foundCount = all.length
    this.#dropped = dropped
    this.#droppedCount = droppedCount
    this.#boundTargets(wanted.size)
    this.#replaceLoops(wanted)
    this.#endPredecessors()
    this.#deps.metrics.noteSync(this.config.jobName, performance.now() - begun, faults)
  }

  /** As in Prometheus, a job with too many targets scrapes none of them, and each says why. */
  #boundTargets(count: number): void {
    const limit = this.config.targetLimit
    this.#fault = undefined
    if (limit === 0 || count <= limit) return
    this.#deps.metrics.count('targetLimitHits')
    this.#fault = new Error(`target_limit exceeded (number of targets: ${count}, limit: ${limit})`)
  }

  #replaceLoops(wanted: ReadonlyMap<string, TargetSpec>): void {
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue
      this.#loops.delete(key)
      this.#warned.delete(key)
      const ending = loop
        .stop('gone')
        .catch((thrown: unknown) =>
          this.#deps.log.error('a scrape did not end', {
            target: loop.target.url,
            reason: messageOf(thrown),
          }),
        )
        .finally(() => this.#ending.delete(ending))
      this.#ending.add(ending)
    }
    for (const [key, target] of wanted) {
      const running = this.#loops.get(key)
      if (running !== undefined) {
        running.showAs(target)
        continue
      }
      const loop = this.#createLoop(key, target)
      this.#loops.set(key, loop)
      loop.start()
    }
  }

  /** Once every discovery has spoken, a target of the configuration before that nobody found again is gone. */
  #endPredecessors(): void {
    if (this.#found.size < this.#discoveries.length) return
    for (const loop of this.#predecessors.values()) loop.end()
    this.#predecessors.clear()
  }

  #createLoop(key: string, target: TargetSpec): ScrapeLoop {
    const { sink, log, nowMs, metrics } = this.#deps
    const { config } = this
    const source = this.#sourceOf(target)
    const identity = identityOf(target)
    const predecessor = this.#predecessors.get(identity)
    this.#predecessors.delete(identity)
    return new ScrapeLoop({
      target,
      source: (signal) =>
        this.#fault === undefined ? source(signal) : Promise.reject(this.#fault),
      tracker: new SeriesTracker({
        target,
        config,
        metricRelabel: this.#metricRelabel,
        sink,
        parser: this.#parser,
      }),
      phase: phaseOf(key),
      nowMs,
      onScrape: (result, sinceLastMs) => {
        metrics.noteScrape(config.jobName, target.intervalMs, result, sinceLastMs)
        this.#warn(key, target, result)
      },
      onDefect: (thrown) =>
        log.error('a scrape could not be recorded', {
          pool: config.jobName,
          target: target.url,
          reason: messageOf(thrown),
        }),
      ...(predecessor === undefined ? {} : { predecessor }),
    })
  }

  #sourceOf(target: TargetSpec): PageSource {
    const { config } = this
    const accept = acceptHeader(config.scrapeProtocols, config.metricNameEscaping)
    const fetchPage: PageSource = (signal) =>
      this.#client.fetch(target.url, {
        accept,
        compressed: config.enableCompression,
        timeoutMs: target.timeoutMs,
        bodySizeLimit: config.bodySizeLimitBytes,
        signal,
      })
    // A part of this process plays the page of all metrics and no other, such as /probe or /federate.
    const isMetricsPage = /^https?:\/\/[^/?]*\/metrics(?:\?|$)/.test(target.url)
    return (isMetricsPage ? this.#deps.aliasOf(target, fetchPage) : undefined) ?? fetchPage
  }

  /** Samples that are lost are said once, and again when it is for another reason. */
  #warn(key: string, target: TargetSpec, result: ScrapeResult): void {
    const reason =
      result.duplicates > 0
        ? 'samples with different value but same timestamp'
        : result.outOfBounds > 0
          ? 'samples that are too old or are too far into the future'
          : result.refusal
    if (reason === (this.#warned.get(key) ?? '')) return
    this.#warned.set(key, reason)
    if (reason === '') return
    const { duplicates, outOfBounds, refused } = result
    const dropped = duplicates + outOfBounds + refused
    this.#deps.log.warn('samples of a target are dropped', {
      pool: this.config.jobName,
      target: target.url,
      dropped,
      reason,
    })
  }
}

/** What makes a target the same one under another configuration. */
function identityOf(target: TargetSpec): string {
  return `${target.labels.key}\uffff${target.url}`
}

function keyOf(target: TargetSpec): string {
  return `${identityOf(target)}\uffff${target.intervalMs}\uffff${target.timeoutMs}`
}

/** Where in its interval a target is scraped: spread evenly, and the same after a restart. */
function phaseOf(key: string): number {
  return createHash('md5').update(key).digest().readUInt32BE(0) / 2 ** 32
}
