import { buildAliases, type BuiltInPart } from './collect/aliases.ts'
import { createHostCollector } from './collect/host/collect.ts'
import { aliasSources } from './collect/scrape/alias-source.ts'
import type { PageSource } from './collect/scrape/page-source.ts'
import { ScrapeManager } from './collect/scrape/scrape-manager.ts'
import { ScrapeMetrics } from './collect/scrape/scrape-metrics.ts'
import type { Core } from './core.ts'
import { encodeText } from './formats/prometheus-text/encode.ts'
import { limitLabels } from './ingest/samples.ts'
import type { MetricFamily } from './model/metric-family.ts'

/** The scraper with this host and this program among its sources; it scrapes nothing before it is told what. */
export function createScraper(core: Core, isOwn: (address: string) => boolean): ScrapeManager {
  const config = core.config()
  const host = createHostCollector(config.host, (collector, message) =>
    core.log.warn('a host collector fails', { collector, reason: message }),
  )
  const parts = new Map<BuiltInPart, PageSource>([
    ['node', async (signal) => toPage(await host.collect(signal))],
    ['self', async () => toPage(core.registry.families())],
  ])
  const sourceOf = aliasSources({
    aliases: buildAliases(config.aliases),
    parts,
    isOwn,
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
    sink: limitLabels(core.late),
    aliasOf: (target, fetch) => sourceOf(target.address, fetch),
    log: core.log.child({ component: 'scrape' }),
    nowMs: Date.now,
    metrics: new ScrapeMetrics(core.registry),
  })
}

const encoder = new TextEncoder()

function toPage(families: readonly MetricFamily[]): { bytes: Uint8Array; contentType: string } {
  return {
    bytes: encoder.encode(encodeText(families)),
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  }
}
