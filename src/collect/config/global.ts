import type { NameValidation } from '../../ingest/relabel.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readPath, unlessZero, warnUnsupported, type ReadContext } from '../../yaml/context.ts'
import { readExternalLabels } from './external-labels.ts'
import {
  ESCAPING_SCHEMES,
  NO_LIMITS,
  NO_NATIVE_HISTOGRAMS,
  readHistogramSettings,
  readLimits,
  readScrapeProtocols,
  readTiming,
  VALIDATION_SCHEMES,
  type EscapingScheme,
  type HistogramSettings,
  type ScrapeLimits,
  type ScrapeProtocol,
  type ScrapeTiming,
} from './scrape-settings.ts'

/** `global:` with Prometheus's defaults filled in. */
export interface GlobalConfig extends ScrapeTiming, ScrapeLimits, HistogramSettings {
  readonly evaluationIntervalMs: number
  readonly ruleQueryOffsetMs: number
  /** Undefined when not said: then it depends on the job. */
  readonly scrapeProtocols: readonly ScrapeProtocol[] | undefined
  readonly externalLabels: Readonly<Record<string, string>>
  readonly queryLogFile: string | undefined
  readonly scrapeFailureLogFile: string | undefined
  readonly metricNameValidation: NameValidation
  readonly metricNameEscaping: EscapingScheme | undefined
  readonly extraScrapeMetrics: boolean
}

const DEFAULT_INTERVAL_MS = 60_000

export const DEFAULT_GLOBAL: GlobalConfig = {
  ...NO_LIMITS,
  ...NO_NATIVE_HISTOGRAMS,
  intervalMs: DEFAULT_INTERVAL_MS,
  timeoutMs: 10_000,
  evaluationIntervalMs: DEFAULT_INTERVAL_MS,
  ruleQueryOffsetMs: 0,
  scrapeProtocols: undefined,
  externalLabels: {},
  queryLogFile: undefined,
  scrapeFailureLogFile: undefined,
  metricNameValidation: 'utf8',
  metricNameEscaping: undefined,
  extraScrapeMetrics: false,
}

/** Reads `global:` (config.go, GlobalConfig). */
export function readGlobal(node: YamlNode, context: ReadContext): GlobalConfig {
  const map = node.asMap()
  if (!map) return DEFAULT_GLOBAL
  const validation = map.key('metric_name_validation_scheme').asOneOf(VALIDATION_SCHEMES) ?? 'utf8'
  const queryLog = map.key('query_log_file')
  const failureLog = map.key('scrape_failure_log_file')
  warnUnsupported(queryLog, context, 'queries are not logged to a file')
  warnUnsupported(failureLog, context, 'failed scrapes show on the targets API')
  const config: GlobalConfig = {
    ...readTiming(map, DEFAULT_GLOBAL),
    ...readLimits(map, DEFAULT_GLOBAL),
    ...readHistogramSettings(map, DEFAULT_GLOBAL),
    evaluationIntervalMs:
      unlessZero(map.key('evaluation_interval').durationMs()) ?? DEFAULT_INTERVAL_MS,
    ruleQueryOffsetMs: map.key('rule_query_offset').durationMs() ?? 0,
    scrapeProtocols: readScrapeProtocols(map.key('scrape_protocols')),
    externalLabels: readExternalLabels(map.key('external_labels'), validation),
    queryLogFile: readPath(queryLog, context),
    scrapeFailureLogFile: readPath(failureLog, context),
    metricNameValidation: validation,
    metricNameEscaping: map.key('metric_name_escaping_scheme').asOneOf(ESCAPING_SCHEMES),
    extraScrapeMetrics: map.key('extra_scrape_metrics').asBool() ?? false,
  }
  map.finish()
  return config
}
