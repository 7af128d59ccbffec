import { isDeepStrictEqual } from 'node:util'
import { buildAliases, type BuiltInPart } from './collect/aliases.ts'
import { createHostCollector, type HostCollector } from './collect/host/collect.ts'
import { collectSelected } from './collect/host/select-collectors.ts'
import { BodyRoom } from './collect/scrape/body-room.ts'
import { aliasSources, type PartSource } from './collect/scrape/alias-source.ts'
import { ScrapeManager } from './collect/scrape/scrape-manager.ts'
import type { ScrapeWork } from './collect/scrape/scrape-pool.ts'
import { ScrapeMetrics } from './collect/scrape/scrape-metrics.ts'
import type { CollectCore } from './core.ts'
import type { ProcessPoints } from './ingest/collector/processed-samples.ts'
import { limitLabels } from './ingest/samples.ts'
import type { ListenerName } from './http/listen-section.ts'
import type { MetricFamily } from './model/metric-family.ts'
import type { SampleSink } from './model/samples.ts'
import { createCollectors, toPage } from './start-collectors.ts'
import { createProcessedSamples } from './start-processed-samples.ts'

/** Of the memory budget: what pages that are being received and read may take together. */
const PAGES_SHARE = 0.08

/** Where the scraper stands. */
export interface ScraperPlace {
  /** Where samples go. */
  readonly sink: SampleSink
  /** What becomes of the samples of a job on their way to the sink. */
  readonly pipelinesOf: (job: string) => ProcessPoints | undefined
  /** Whether an address is one of this process. */
  readonly isOwn: (address: string, listener?: ListenerName) => boolean
  /** What is played in the process. */
  readonly parts: ReadonlyMap<BuiltInPart, PartSource>
  /** What the targets of an address have as `instance` when nothing says otherwise; without it, the address. */
  readonly instanceOf?: (address: string) => string
  /** Which targets are scraped here; without it, all. */
  readonly work?: ScrapeWork
}

/** The listeners whose pages are those of parts. */
const PART_LISTENERS: readonly (readonly [ListenerName, BuiltInPart])[] = [
  ['node', 'node'],
  ['postgres', 'postgres'],
  ['containers', 'cadvisor'],
  ['pushgateway', 'pushgateway'],
  ['blackbox', 'blackbox'],
]

/** Every page that is made in this process: this host, this program, what is around it, and what scripts push. */
export function createParts(
  core: CollectCore,
  pushed: PartSource | undefined,
): ReadonlyMap<BuiltInPart, PartSource> {
  const host = hostInForce(core)
  const parts = new Map<BuiltInPart, PartSource>([
    [
      'node',
      async (signal, params, _waitMs, accept) => {
        const ofHost = await collectSelected(host(), params, signal)
        // Whoever exports also says what that costs: dashboards of node_exporter have panels for it.
        return toPage([...ofHost, ...core.registry.families().filter(isOfProcess)], accept)
      },
    ],
    ['self', async () => toPage(core.registry.families())],
    ['promtail', async () => toPage(core.registry.families().filter(isOfPromtail))],
    ...createCollectors(core),
  ])
  if (pushed !== undefined) parts.set('pushgateway', pushed)
  return parts
}

/** The scraper with the parts of this process among its sources; it scrapes nothing before it is told what. */
export function createScraper(core: CollectCore, place: ScraperPlace): ScrapeManager {
  const { sink, isOwn, parts, instanceOf, work } = place
  const config = core.config()
  const aliases = buildAliases(config.aliases)
  const sourceOf = aliasSources({
    aliases,
    parts,
    isOwn: (address) => isOwn(address),
    ownPart: (address) => PART_LISTENERS.find(([name]) => isOwn(address, name))?.[1],
    nowMs: Date.now,
    onDecision: (address, decision) => {
      if (decision.kind === 'foreign' || decision.kind === 'missing')
        core.log.warn(decision.message, { address })
      else
        core.log.info('an address is played by a built-in part', {
          address,
          part: decision.kind === 'part' ? decision.part : '',
        })
    },
  })
  return new ScrapeManager({
    sink: createProcessedSamples(core, limitLabels(sink), place.pipelinesOf),
    ...(instanceOf === undefined ? {} : { instanceOf }),
    ...(work === undefined ? {} : { work }),
    aliasOf: sourceOf,
    discoveries: core.discoveries,
    log: core.log.child({ component: 'scrape' }),
    nowMs: Date.now,
    metrics: new ScrapeMetrics(core.registry),
    addresses: new Map(Object.entries(config.addresses)),
    room: new BodyRoom(Math.round(config.memoryBudgetBytes * PAGES_SHARE)),
  })
}

/** This host as the configuration in force wants it read: made anew after a reload that changes how. */
function hostInForce(core: CollectCore): () => HostCollector {
  const create = (): HostCollector =>
    createHostCollector(core.config().host, (collector, message) =>
      core.log.warn('a host collector fails', { collector, reason: message }),
    )
  let options = core.config().host
  let host = create()
  return () => {
    if (!isDeepStrictEqual(core.config().host, options)) {
      host = create()
      options = core.config().host
    }
    return host
  }
}

function isOfProcess({ name }: MetricFamily): boolean {
  return name.startsWith('process_')
}

/** What the page of promtail has: of the reading of logs, of its stages, and of the process. */
function isOfPromtail({ name }: MetricFamily): boolean {
  return /^(?:promtail|logentry|process)_/.test(name)
}
