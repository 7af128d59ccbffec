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
import type { WorkShare } from '../../model/work-share.ts'
import type { Log, LogFields } from '../../self/log.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { Discoveries } from '../discovery/discoveries.ts'
import { fileDiscovery } from '../discovery/file.ts'
import { staticDiscovery } from '../discovery/static.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from '../discovery/target-group.ts'
import { readClientSettings } from '../../outbound/client-settings.ts'
import { decideTargets, type KnownDecisions, type TargetSet } from './decide-targets.ts'
import type { Addresses } from './addresses.ts'
import type { BodyRoom, PageRecord } from './body-room.ts'
import { ScrapeClient } from './fetch-page.ts'
import type { PageSource } from './page-source.ts'
import { parserOptionsOf } from './parser-options.ts'
import { Predecessors } from './predecessors.ts'
import { ScrapeLoop, type TargetWork } from './scrape-loop.ts'
import type { ScrapeMetrics } from './scrape-metrics.ts'
import type { ScrapeResult } from './scrape-result.ts'
import { SeriesTracker } from './series-tracker.ts'
import type { JobDefaults, TargetSpec } from './target-labels.ts'

/** Gives the page of an address that a part of this process plays; undefined when it is to be fetched over the network. */
export type AliasOf = (target: TargetSpec, fetch: PageSource) => PageSource | undefined

export interface ScrapePoolDeps {
  readonly sink: SampleSink
  readonly aliasOf: AliasOf
  readonly discoveries: Discoveries
  readonly log: Log
  readonly nowMs: () => number
  readonly metrics: ScrapeMetrics
  /** Shared by the pages of all jobs. */
  readonly room: BodyRoom
  /** Where some targets really answer. */
  readonly addresses?: Addresses
  /** What stands for an address as `instance`; without it, the address. */
  readonly instanceOf?: (address: string) => string
  /** Which targets are scraped here; without it, all. */
  readonly work?: ScrapeWork
}

/** The targets that members of a cluster divide. */
export interface ScrapeWork extends WorkShare {
  /** A target that every member scrapes for itself, since each means something else by it. */
  readonly isOwn: (target: TargetSpec) => boolean
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
  readonly #createParser: () => ScrapeParser
  readonly #discoveries: readonly Discovery[]
  readonly #found = new Map<Discovery, readonly TargetGroup[]>()
  readonly #loops = new Map<string, ScrapeLoop>()
  readonly #predecessors = new Predecessors()
  readonly #decisions: KnownDecisions = new WeakMap()
  /** Loops that were stopped and have not come to their end. */
  readonly #stopping = new Set<Promise<void>>()
  /** Why samples of a loop were lost last, by its key. */
  readonly #lossOf = new Map<string, string>()
  #targets: TargetSet = {
    wanted: new Map(),
    foundCount: 0,
    droppedCount: 0,
    dropped: [],
    faults: [],
  }
  #fault: Error | undefined
  #isStopped = false
  #unfollow: () => void = () => undefined

  private constructor(config: ScrapeConfig, deps: ScrapePoolDeps, client: ScrapeClient) {
    this.config = config
    this.#deps = deps
    this.#client = client
    const relabel = compileRelabel(config.relabelConfigs)
    this.#metricRelabel = compileRelabel(config.metricRelabelConfigs)
    this.#createParser = () => createScrapeParser(parserOptionsOf(config))
    this.#parser = this.#createParser()
    this.#discoveries = this.#createDiscoveries()
    this.#defaults = {
      jobName: config.jobName,
      scrapeIntervalMs: config.intervalMs,
      scrapeTimeoutMs: config.timeoutMs,
      metricsPath: config.metricsPath,
      scheme: config.scheme,
      params: config.params,
      relabel: (labels) => relabel.apply(labels),
      ...(deps.instanceOf === undefined ? {} : { instanceOf: deps.instanceOf }),
    }
  }

  /** Rejects when a certificate or key of the job cannot be read or used. Nothing is scraped before `start`. */
  static async open(config: ScrapeConfig, deps: ScrapePoolDeps): Promise<ScrapePool> {
    deps.metrics.count('poolsOpened')
    try {
      return new ScrapePool(
        config,
        deps,
        new ScrapeClient(await readClientSettings(config.http), deps.room, deps.addresses),
      )
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
    return this.#targets.dropped
  }

  get droppedCount(): number {
    return this.#targets.droppedCount
  }

  /** Targets found, before relabelling. */
  get foundCount(): number {
    return this.#targets.foundCount
  }

  get targetLimit(): number {
    return this.config.targetLimit
  }

  /**
   * Begins to scrape. `predecessors` are what `handOver` of the job's pool before gave: series of targets that are found again go
   * on, those of the others end.
   */
  start(predecessors: Iterable<ScrapeLoop> = []): void {
    this.#predecessors.addAll(predecessors)
    const follow = async (): Promise<void> => {
      await Promise.all(Array.from(this.loops, (loop) => loop.follow()))
    }
    this.#unfollow = this.#deps.work?.onChange(follow) ?? this.#unfollow
    for (const discovery of this.#discoveries) {
      discovery.start((groups) => {
        this.#found.set(discovery, groups)
        try {
          if (!this.#isStopped) this.#sync()
        } catch (thrown) {
          this.#log('error', 'the targets could not be decided', { reason: messageOf(thrown) })
        }
      })
    }
    this.#endPredecessors()
  }

  /** Ends scraping at once; series are left as they are. */
  async stop(): Promise<void> {
    this.#stopDiscoveries()
    await Promise.all([...this.#stopping, ...Array.from(this.loops, (loop) => loop.stop())])
    await this.#client.close()
  }

  /** The job is no longer configured: ends scraping, and the series of its targets. */
  async end(): Promise<void> {
    await this.stop()
    this.#predecessors.addAll(this.loops)
    this.#predecessors.endAll()
  }

  /** Ends scraping, once what is under way has ended, so that another pool can go on: the loops are for its `start`. */
  async handOver(): Promise<Iterable<ScrapeLoop>> {
    this.#stopDiscoveries()
    await Promise.all([...this.#stopping, ...Array.from(this.loops, (loop) => loop.finish())])
    await this.#client.close()
    return [...this.#predecessors, ...this.loops]
  }

  #stopDiscoveries(): void {
    this.#isStopped = true
    this.#unfollow()
    for (const discovery of this.#discoveries) discovery.stop()
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
          this.#log('warn', 'targets cannot be read from a file; those it gave before stay', {
            file: name,
            reason: message,
          })
        },
      }),
    )
    const log = this.#deps.log.child({ pool: this.config.jobName })
    const others = this.#deps.discoveries.create(discovery.others, this.config.jobName, log)
    return [...(groups.length === 0 ? [] : [staticDiscovery(groups)]), ...files, ...others]
  }

  /** Decides anew which targets there are, and starts and stops loops accordingly. */
  #sync(): void {
    const begun = performance.now()
    const { keepDroppedTargets, jobName } = this.config
    const shownDropped = keepDroppedTargets > 0 ? keepDroppedTargets : SHOWN_DROPPED
    this.#targets = decideTargets(
      [...this.#found.values()].flat(),
      this.#defaults,
      shownDropped,
      this.#decisions,
    )
    const { wanted, faults } = this.#targets
    for (const { address, message } of faults) {
      this.#log('warn', 'a target cannot be scraped', { target: address, reason: message })
    }
    this.#boundTargets(wanted.size)
    this.#stopLoops(wanted)
    this.#startLoops(wanted)
    this.#endPredecessors()
    this.#deps.metrics.noteSync(jobName, performance.now() - begun, faults.length)
  }

  /** As in Prometheus, a job with too many targets scrapes none of them, and each says why. */
  #boundTargets(count: number): void {
    const limit = this.config.targetLimit
    this.#fault = undefined
    if (limit === 0 || count <= limit) return
    this.#deps.metrics.count('targetLimitHits')
    this.#fault = new Error(`target_limit exceeded (number of targets: ${count}, limit: ${limit})`)
  }

  #stopLoops(wanted: ReadonlyMap<string, TargetSpec>): void {
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue
      this.#loops.delete(key)
      this.#lossOf.delete(key)
      this.#predecessors.add(loop)
      const stopping = loop.stop().finally(() => this.#stopping.delete(stopping))
      this.#stopping.add(stopping)
    }
  }

  #startLoops(wanted: ReadonlyMap<string, TargetSpec>): void {
    const urls = new Set(Array.from(wanted.values(), ({ url }) => url))
    for (const [key, target] of wanted) {
      const running = this.#loops.get(key)
      if (running !== undefined) {
        running.showAs(target)
        continue
      }
      const loop = this.#createLoop(key, target, this.#predecessors.take(target, urls))
      this.#loops.set(key, loop)
      loop.start()
    }
  }

  /** Once every discovery has spoken, a target that nobody found again is gone. */
  #endPredecessors(): void {
    if (this.#found.size === this.#discoveries.length) this.#predecessors.endAll()
  }

  #createLoop(key: string, target: TargetSpec, predecessor: ScrapeLoop | undefined): ScrapeLoop {
    const { sink, nowMs, metrics } = this.#deps
    const { config } = this
    const source = this.#sourceOf(target)
    const work = this.#workOf(key, target)
    return new ScrapeLoop({
      target,
      ...(work === undefined ? {} : { work }),
      source: (signal) =>
        this.#fault === undefined ? source(signal) : Promise.reject(this.#fault),
      tracker: new SeriesTracker({
        target,
        config,
        metricRelabel: this.#metricRelabel,
        sink,
        parser: this.#parser,
        createParser: this.#createParser,
      }),
      phase: phaseOf(key),
      nowMs,
      onScrape: (result, sinceLastMs) => {
        metrics.noteScrape(config.jobName, target.intervalMs, result, sinceLastMs)
        this.#noteLoss(key, target, result)
      },
      onDefect: (thrown) =>
        this.#log('error', 'a scrape could not be recorded', {
          target: target.url,
          reason: messageOf(thrown),
        }),
      ...(predecessor === undefined ? {} : { predecessor }),
    })
  }

  #workOf(key: string, target: TargetSpec): TargetWork | undefined {
    const { work } = this.#deps
    if (work === undefined || work.isOwn(target)) return undefined
    const name = targetKey(this.config.jobName, key)
    return { isMine: () => work.isMine(name), idleMs: () => work.idleMs(name) }
  }

  #sourceOf(target: TargetSpec): PageSource {
    const { config } = this
    const accept = acceptHeader(config.scrapeProtocols, config.metricNameEscaping)
    const record: PageRecord = { refusals: 0 }
    const fetchPage: PageSource = (signal) =>
      this.#client.fetch(target.url, {
        accept,
        compressed: config.enableCompression,
        timeoutMs: target.timeoutMs,
        bodySizeLimit: config.bodySizeLimitBytes,
        signal,
        record,
      })
    // A part of this process plays the page of all metrics and that of probes and no other, such as /federate.
    const isPlayed = /^https?:\/\/[^/?]*\/(?:metrics|probe)(?:\?|$)/.test(target.url)
    return (isPlayed ? this.#deps.aliasOf(target, fetchPage) : undefined) ?? fetchPage
  }

  /** Samples that are lost are said once, and again when it is for another reason. */
  #noteLoss(key: string, target: TargetSpec, result: ScrapeResult): void {
    const reason = reasonOfLoss(result)
    if (reason === (this.#lossOf.get(key) ?? '')) return
    this.#lossOf.set(key, reason)
    if (reason === '') return
    const dropped = result.duplicates + result.outOfBounds + result.refused
    this.#log('warn', 'samples of a target are dropped', { target: target.url, dropped, reason })
  }

  #log(level: 'warn' | 'error', message: string, fields: LogFields): void {
    this.#deps.log[level](message, { pool: this.config.jobName, ...fields })
  }
}

function reasonOfLoss({ duplicates, outOfBounds, refusal }: ScrapeResult): string {
  if (duplicates > 0) return 'samples with different value but same timestamp'
  if (outOfBounds > 0) return 'samples that are too old or are too far into the future'
  return refusal
}

/** Where in its interval a target is scraped: spread evenly, and the same after a restart. */
function phaseOf(key: string): number {
  return createHash('md5').update(key).digest().readUInt32BE(0) / 2 ** 32
}

/** The name of a target as a piece of shared work. */
function targetKey(job: string, key: string): string {
  return `scrape ${job}\uffff${key}`
}
