import type { NameValidation } from '../../ingest/relabel.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { unlessZero } from '../../yaml/context.ts'

/** What `global` and each job can say of scraping; a job's value goes before the global one. */
export interface ScrapeLimits {
  /** Bytes after decompression; 0 is no limit. So for all of these. */
  readonly bodySizeLimitBytes: number
  readonly sampleLimit: number
  readonly targetLimit: number
  readonly labelLimit: number
  readonly labelNameLengthLimit: number
  readonly labelValueLengthLimit: number
  readonly keepDroppedTargets: number
}

export const NO_LIMITS: ScrapeLimits = {
  bodySizeLimitBytes: 0,
  sampleLimit: 0,
  targetLimit: 0,
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
  keepDroppedTargets: 0,
}

/** As in Prometheus, 0 means "not said": the outer value holds. */
export function readLimits(map: YamlMap, outer: ScrapeLimits): ScrapeLimits {
  const count = (name: string, fallback: number): number =>
    unlessZero(map.key(name).asInteger({ min: 0 })) ?? fallback
  const bodySize = map.key('body_size_limit')
  const bodySizeLimitBytes = bodySize.bytes() ?? 0
  if (bodySizeLimitBytes < 0) bodySize.error('must not be negative')
  return {
    bodySizeLimitBytes: unlessZero(bodySizeLimitBytes) ?? outer.bodySizeLimitBytes,
    sampleLimit: count('sample_limit', outer.sampleLimit),
    targetLimit: count('target_limit', outer.targetLimit),
    labelLimit: count('label_limit', outer.labelLimit),
    labelNameLengthLimit: count('label_name_length_limit', outer.labelNameLengthLimit),
    labelValueLengthLimit: count('label_value_length_limit', outer.labelValueLengthLimit),
    keepDroppedTargets: count('keep_dropped_targets', outer.keepDroppedTargets),
  }
}

export const SCRAPE_PROTOCOLS = [
  'PrometheusProto',
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const

export type ScrapeProtocol = (typeof SCRAPE_PROTOCOLS)[number]

/** Prometheus's order of preference when nothing is said and native histograms are off. */
export const DEFAULT_SCRAPE_PROTOCOLS: readonly ScrapeProtocol[] = SCRAPE_PROTOCOLS.slice(1)

/** A list of exposition formats by preference; undefined when the key is absent. */
export function readScrapeProtocols(node: YamlNode): readonly ScrapeProtocol[] | undefined {
  const items = node.asList()
  if (!items) return undefined
  if (items.length === 0) return node.error('must not be empty')
  const out: ScrapeProtocol[] = []
  for (const item of items) {
    const protocol = item.asOneOf(SCRAPE_PROTOCOLS)
    if (protocol === undefined) {
      if (item.isEmpty) item.error('must not be empty')
    } else if (out.includes(protocol)) item.error(`${protocol} stands twice`)
    else out.push(protocol)
  }
  return out.length === 0 ? undefined : out
}

export const ESCAPING_SCHEMES = ['allow-utf-8', 'underscores', 'dots', 'values'] as const

/** How names outside the classic characters are asked for from a target. */
export type EscapingScheme = (typeof ESCAPING_SCHEMES)[number]

export const VALIDATION_SCHEMES: readonly NameValidation[] = ['utf8', 'legacy']

export interface ScrapeTiming {
  readonly intervalMs: number
  readonly timeoutMs: number
}

/**
 * Interval and timeout: a timeout that is set must not pass the interval, one that is inherited is cut to it
 * (config.go, GlobalConfig.UnmarshalYAML and ScrapeConfig.Validate).
 */
export function readTiming(map: YamlMap, outer: ScrapeTiming): ScrapeTiming {
  const intervalMs = unlessZero(map.key('scrape_interval').durationMs()) ?? outer.intervalMs
  const timeout = map.key('scrape_timeout')
  const timeoutMs = unlessZero(timeout.durationMs()) ?? Math.min(outer.timeoutMs, intervalMs)
  if (timeoutMs > intervalMs) timeout.error(`exceeds scrape_interval ${intervalMs}ms`)
  return { intervalMs, timeoutMs: Math.min(timeoutMs, intervalMs) }
}

/** Which forms of a histogram are taken. */
export interface HistogramSettings {
  readonly scrapeNativeHistograms: boolean
  readonly convertClassicHistogramsToNhcb: boolean
  readonly alwaysScrapeClassicHistograms: boolean
}

export const NO_NATIVE_HISTOGRAMS: HistogramSettings = {
  scrapeNativeHistograms: false,
  convertClassicHistogramsToNhcb: false,
  alwaysScrapeClassicHistograms: false,
}

export function readHistogramSettings(map: YamlMap, outer: HistogramSettings): HistogramSettings {
  const flag = (name: string): boolean | undefined => map.key(name).asBool()
  const convert = map.key('convert_classic_histograms_to_nhcb')
  const convertClassicHistogramsToNhcb = convert.asBool()
  if (convertClassicHistogramsToNhcb === true) {
    convert.warnAtKey('not supported yet; classic histograms stay classic')
  }
  return {
    scrapeNativeHistograms: flag('scrape_native_histograms') ?? outer.scrapeNativeHistograms,
    convertClassicHistogramsToNhcb:
      convertClassicHistogramsToNhcb ?? outer.convertClassicHistogramsToNhcb,
    alwaysScrapeClassicHistograms:
      flag('always_scrape_classic_histograms') ?? outer.alwaysScrapeClassicHistograms,
  }
}
