import type { NameValidation, RelabelConfig } from '../../ingest/relabel.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readPath, unlessEmpty, warnUnsupported, type ReadContext } from '../../yaml/context.ts'
import { checkStaticTargets, readDiscovery, type DiscoveryConfigs } from './discovery.ts'
import type { GlobalConfig } from './global.ts'
import { readHttpClient, type HttpClientConfig } from '../../outbound/http-client.ts'
import { readRelabelConfigs } from './relabel.ts'
import {
  DEFAULT_SCRAPE_PROTOCOLS,
  ESCAPING_SCHEMES,
  readHistogramSettings,
  readLimits,
  readScrapeProtocols,
  readTiming,
  SCRAPE_PROTOCOLS,
  VALIDATION_SCHEMES,
  type EscapingScheme,
  type HistogramSettings,
  type ScrapeLimits,
  type ScrapeProtocol,
  type ScrapeTiming,
} from './scrape-settings.ts'

/** One job, with everything that `global` gives it filled in. */
export interface ScrapeConfig extends ScrapeTiming, ScrapeLimits, HistogramSettings {
  readonly jobName: string
  /** The file that it stands in: that of `scrape_configs`, or one of `scrape_config_files`. */
  readonly file: string
  readonly honorLabels: boolean
  readonly honorTimestamps: boolean
  readonly trackTimestampsStaleness: boolean
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly scrapeProtocols: readonly ScrapeProtocol[]
  /** For a target that does not say what it sends; undefined refuses the page. */
  readonly fallbackScrapeProtocol: ScrapeProtocol | undefined
  readonly scrapeFailureLogFile: string | undefined
  readonly metricsPath: string
  readonly scheme: 'http' | 'https'
  readonly enableCompression: boolean
  readonly nativeHistogramBucketLimit: number
  readonly nativeHistogramMinBucketFactor: number
  readonly metricNameValidation: NameValidation
  readonly metricNameEscaping: EscapingScheme
  readonly extraScrapeMetrics: boolean
  readonly http: HttpClientConfig
  readonly discovery: DiscoveryConfigs
  readonly relabelConfigs: readonly RelabelConfig[]
  readonly metricRelabelConfigs: readonly RelabelConfig[]
}

/** Reads one item of `scrape_configs` (config.go, ScrapeConfig); undefined when it is not a mapping. */
export function readScrapeConfig(
  node: YamlNode,
  global: GlobalConfig,
  context: ReadContext,
): ScrapeConfig | undefined {
  if (node.isEmpty) node.error('an empty job')
  const map = node.asMap()
  if (!map) return undefined
  const jobName = map.key('job_name').asString() ?? ''
  if (jobName === '') {
    const place = map.key('job_name')
    if (place.isPresent) place.errorAtKey('must not be empty')
    else node.error('job_name must be set')
  }
  const names = readNames(map, global)
  const relabelConfigs = readRelabelConfigs(map.key('relabel_configs'), names.metricNameValidation)
  const config: ScrapeConfig = {
    jobName,
    file: node.file,
    ...readTiming(map, global),
    ...readLimits(map, global),
    ...readHistogramSettings(map, global),
    ...readNativeLimits(map),
    ...readRequest(map, global, context),
    ...names,
    honorLabels: map.key('honor_labels').asBool() ?? false,
    honorTimestamps: map.key('honor_timestamps').asBool() ?? true,
    trackTimestampsStaleness: map.key('track_timestamps_staleness').asBool() ?? false,
    extraScrapeMetrics: map.key('extra_scrape_metrics').asBool() ?? global.extraScrapeMetrics,
    http: readHttpClient(map, context),
    discovery: readDiscovery(map, context),
    relabelConfigs,
    metricRelabelConfigs: readRelabelConfigs(
      map.key('metric_relabel_configs'),
      names.metricNameValidation,
    ),
  }
  checkStaticTargets(map, relabelConfigs)
  map.finish(listWithoutDiscoveries)
  return config
}

type Request = Pick<
  ScrapeConfig,
  | 'params'
  | 'scrapeProtocols'
  | 'fallbackScrapeProtocol'
  | 'scrapeFailureLogFile'
  | 'metricsPath'
  | 'scheme'
  | 'enableCompression'
>

function readRequest(map: YamlMap, global: GlobalConfig, context: ReadContext): Request {
  const failureLog = map.key('scrape_failure_log_file')
  warnUnsupported(failureLog, context, 'failed scrapes show on the targets API')
  return {
    params: readParams(map.key('params')),
    scrapeProtocols: readProtocols(map, global),
    fallbackScrapeProtocol: map.key('fallback_scrape_protocol').asOneOf(SCRAPE_PROTOCOLS),
    scrapeFailureLogFile: readPath(failureLog, context) ?? global.scrapeFailureLogFile,
    metricsPath: unlessEmpty(map.key('metrics_path').asString()) ?? '/metrics',
    scheme: map.key('scheme').asOneOf(['http', 'https']) ?? 'http',
    enableCompression: map.key('enable_compression').asBool() ?? true,
  }
}

function readProtocols(map: YamlMap, global: GlobalConfig): readonly ScrapeProtocol[] {
  const protocols = readScrapeProtocols(map.key('scrape_protocols')) ?? global.scrapeProtocols
  if (protocols) return protocols
  const isNative = map.key('scrape_native_histograms').asBool() ?? global.scrapeNativeHistograms
  return isNative ? SCRAPE_PROTOCOLS : DEFAULT_SCRAPE_PROTOCOLS
}

function readParams(node: YamlNode): Readonly<Record<string, readonly string[]>> {
  const entries = node.asMap()?.entries() ?? []
  return Object.fromEntries(entries.map((entry) => [entry.name, entry.asStrings() ?? []]))
}

type Names = Pick<ScrapeConfig, 'metricNameValidation' | 'metricNameEscaping'>

/** A scheme of its own decides the escaping, so that a legacy job does not inherit `allow-utf-8`. */
function readNames(map: YamlMap, global: GlobalConfig): Names {
  const validationNode = map.key('metric_name_validation_scheme')
  const escapingNode = map.key('metric_name_escaping_scheme')
  const own = validationNode.asOneOf(VALIDATION_SCHEMES)
  const metricNameValidation = own ?? global.metricNameValidation
  const natural = (validation: NameValidation): EscapingScheme =>
    validation === 'legacy' ? 'underscores' : 'allow-utf-8'
  const inherited =
    own === undefined
      ? (global.metricNameEscaping ?? natural(global.metricNameValidation))
      : natural(own)
  const metricNameEscaping = escapingNode.asOneOf(ESCAPING_SCHEMES) ?? inherited
  if (metricNameEscaping === 'allow-utf-8' && metricNameValidation === 'legacy') {
    const place = escapingNode.isPresent ? escapingNode : validationNode
    place.error('escaping scheme allow-utf-8 needs metric_name_validation_scheme utf8')
  }
  return { metricNameValidation, metricNameEscaping }
}

type NativeLimits = Pick<
  ScrapeConfig,
  'nativeHistogramBucketLimit' | 'nativeHistogramMinBucketFactor'
>

function readNativeLimits(map: YamlMap): NativeLimits {
  const factor = map.key('native_histogram_min_bucket_factor')
  const nativeHistogramMinBucketFactor = factor.asNumber() ?? 0
  if (!Number.isFinite(nativeHistogramMinBucketFactor)) factor.error('must be a finite number')
  return {
    nativeHistogramBucketLimit: map.key('native_histogram_bucket_limit').asInteger({ min: 0 }) ?? 0,
    nativeHistogramMinBucketFactor,
  }
}

/** Forty discoveries would bury the keys that a job usually has. */
export function listWithoutDiscoveries(allowed: readonly string[]): string {
  const own = allowed.filter((name) => !name.endsWith('_sd_configs') || name === 'file_sd_configs')
  return `${own.join(', ')} and other …_sd_configs`
}
