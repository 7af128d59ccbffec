import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import type { MetricType } from '../../model/samples.ts'
import { FamilyTable } from './family-table.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import type { ServerResult } from './scrape-server.ts'

/** What the collector remembers from page to page. */
export interface PageState {
  scrapes: number
}

export interface ServerPart {
  readonly label: string
  /** Undefined: it did not answer in time. */
  readonly result: ServerResult | undefined
  readonly more: readonly MetricFamily[]
}

/** Families of the scrape itself, for the table in the documentation. */
export const SCRAPE_FAMILIES = {
  pg_up: 'Whether the server let us in.',
  pg_exporter_last_scrape_error: 'Whether something of the last scrape could not be read.',
  pg_exporter_last_scrape_duration_seconds: 'How long the last scrape took.',
  pg_exporter_scrapes_total: 'Scrapes so far.',
  pg_exporter_user_queries_load_error: 'Whether a file of custom queries could not be read.',
  pg_scrape_collector_duration_seconds: 'How long a collector took.',
  pg_scrape_collector_success: 'Whether a collector succeeded.',
} as const

/**
 * The page of all servers. With one server its series have the labels of postgres_exporter; with several, those of the scrape itself
 * have the label `server` too, so that one that is down is seen beside the others.
 */
export function scrapePage(
  parts: readonly ServerPart[],
  settings: PostgresSettings,
  { scrapes, seconds }: PageState & { readonly seconds: number },
): MetricFamily[] {
  const table = new FamilyTable()
  const { constantLabels } = settings
  const put = (name: keyof typeof SCRAPE_FAMILIES, type: MetricType, metric: Metric): void =>
    table.add({ name, help: SCRAPE_FAMILIES[name], type }, metric)
  for (const { label, result, more } of parts) {
    const server = parts.length === 1 ? [] : ['server', label]
    const labels = [...server, ...constantLabels]
    put('pg_up', 'gauge', { labels, value: result?.isUp === true ? 1 : 0 })
    const hasErrors = result?.hasErrors !== false
    put('pg_exporter_last_scrape_error', 'gauge', { labels, value: hasErrors ? 1 : 0 })
    for (const [collector, { seconds: took, isWell }] of result?.collectors ?? []) {
      const own = [...server, 'collector', collector]
      put('pg_scrape_collector_duration_seconds', 'gauge', { labels: own, value: took })
      put('pg_scrape_collector_success', 'gauge', { labels: own, value: isWell ? 1 : 0 })
    }
    table.addAll(result?.families ?? [])
    table.addAll(more)
  }
  const labels = constantLabels
  put('pg_exporter_last_scrape_duration_seconds', 'gauge', { labels, value: seconds })
  put('pg_exporter_scrapes_total', 'counter', { labels, value: scrapes })
  for (const { path, hash } of settings.queryFiles) {
    const own = [...constantLabels, 'filename', path, 'hashsum', hash]
    put('pg_exporter_user_queries_load_error', 'gauge', { labels: own, value: 0 })
  }
  return table.families()
}
