import type { RelabelStepsJson } from '../../../contract/prometheus.ts'
import { printRelabel } from '../../../collect/config/print-relabel.ts'
import { printScrapeConfig } from '../../../collect/config/print.ts'
import type { ScrapeManager } from '../../../collect/scrape/scrape-manager.ts'
import { compileRelabel } from '../../../ingest/relabel.ts'
import type { Labels } from '../../../model/labels.ts'
import type { ActiveTarget, DroppedTarget, TargetsView } from '../doors.ts'

/** What the scraper knows, as the targets API shows it. */
export function createTargetsView(manager: ScrapeManager): TargetsView {
  const sortedPools = () => [...manager.pools].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    activeTargets: () =>
      sortedPools().flatMap(([pool, { loops }]) =>
        [...loops].map(({ target, state }): ActiveTarget => ({
          discoveredLabels: target.discovered,
          labels: target.labels,
          scrapePool: pool,
          scrapeUrl: target.url,
          lastError: state.lastError,
          lastScrapeMs: state.health === 'unknown' ? undefined : state.lastScrapeMs,
          lastScrapeDurationMs: state.lastDurationMs,
          health: state.health,
          scrapeIntervalMs: target.intervalMs,
          scrapeTimeoutMs: target.timeoutMs,
        })),
      ),
    droppedTargets: () =>
      sortedPools().flatMap(([scrapePool, pool]) =>
        pool.dropped.map((discoveredLabels): DroppedTarget => ({ discoveredLabels, scrapePool })),
      ),
    droppedCounts: () => new Map(sortedPools().map(([name, pool]) => [name, pool.droppedCount])),
    scrapePools: () => sortedPools().map(([name]) => name),
    scrapePoolConfig: (name) => {
      const pool = manager.pools.get(name)
      return pool === undefined ? undefined : printScrapeConfig(pool.config)
    },
    *metadata() {
      for (const [, pool] of sortedPools()) {
        for (const loop of pool.loops) yield { target: loop.target.labels, metadata: loop.metadata }
      }
    },
    relabelSteps: (name, labels) => {
      const rules = manager.pools.get(name)?.config.relabelConfigs
      if (rules === undefined) return undefined
      let current: Labels | undefined = labels
      const steps = rules.map((rule) => {
        current = current === undefined ? undefined : compileRelabel([rule]).apply(current)
        const [shown = {}] = printRelabel([rule])
        return {
          rule: 'modulus' in shown ? { ...shown, modulus: Number(rule.modulus) } : shown,
          output: current?.toObject() ?? {},
          keep: current !== undefined,
        }
      })
      return steps satisfies RelabelStepsJson['steps']
    },
  }
}
