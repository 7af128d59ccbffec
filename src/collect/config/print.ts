import { formatDurationMs } from '../../model/duration.ts'
import { formatBytes } from '../../yaml/bytes.ts'
import { printYaml } from '../../yaml/print.ts'
import { DEFAULT_GLOBAL, type GlobalConfig } from './global.ts'
import { DEFAULT_TRANSLATION, type OtlpTranslation } from '../../formats/otlp/translation.ts'
import { printHttp } from '../../outbound/print-http-client.ts'
import { printDiscovery } from './print-discovery.ts'
import { nonZero, pick } from '../../yaml/plain.ts'
import { printRelabel } from './print-relabel.ts'
import { printRemoteRead, printRemoteWrite } from './print-remote.ts'
import type { AlertmanagerConfig } from './alerting.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import type { ScrapeConfig } from './scrape-config.ts'
import type { ScrapeLimits } from './scrape-settings.ts'
import type { PlainRecord, PlainValue } from '../../yaml/section.ts'
import type { StorageConfig } from './storage.ts'

/** Written on one line, as Prometheus does. */
const FLOW_KEYS: ReadonlySet<string> = new Set(['source_labels'])

/**
 * The configuration in force as YAML, as Prometheus shows it on /api/v1/status/config: every default filled in, keys in
 * the order of its structures, secrets as `<secret>`. Jobs of `scrape_config_files` stay in their files.
 */
export function printPrometheusConfig(config: PrometheusConfig, file: string): string {
  const own = config.scrapeConfigs.filter((job) => job.file === file)
  return printYaml(
    {
      global: printGlobal(config.global),
      ...some('runtime', pick({ gogc: config.gogc })),
      ...some(
        'alerting',
        pick({
          alert_relabel_configs: printRelabel(config.alerting.alertRelabelConfigs),
          alertmanagers: config.alerting.alertmanagers.map(printAlertmanager),
        }),
      ),
      ...pick({
        rule_files: config.ruleFiles.map((rule) => rule.pattern),
        scrape_config_files: config.scrapeConfigFiles,
        scrape_configs: own.map(printJob),
      }),
      ...some('storage', printStorage(config.storage)),
      ...pick({
        tracing: config.tracing,
        remote_write: config.remoteWrite.map(printRemoteWrite),
        remote_read: config.remoteRead.map(printRemoteRead),
      }),
      otlp: printOtlp(config.otlp),
    },
    FLOW_KEYS,
  )
}

function some(name: string, section: PlainRecord): PlainRecord {
  return pick({ [name]: section })
}

function printGlobal(global: GlobalConfig): PlainRecord {
  return {
    scrape_interval: formatDurationMs(global.intervalMs),
    scrape_timeout: formatDurationMs(global.timeoutMs),
    ...pick({ scrape_protocols: global.scrapeProtocols }),
    evaluation_interval: formatDurationMs(global.evaluationIntervalMs),
    ...pick({
      rule_query_offset: nonZero(global.ruleQueryOffsetMs, formatDurationMs),
      query_log_file: global.queryLogFile,
      scrape_failure_log_file: global.scrapeFailureLogFile,
      external_labels: global.externalLabels,
      ...printLimits(global),
    }),
    metric_name_validation_scheme: global.metricNameValidation,
    ...pick({ metric_name_escaping_scheme: global.metricNameEscaping }),
    ...printHistograms(global, DEFAULT_GLOBAL),
    extra_scrape_metrics: global.extraScrapeMetrics,
  }
}

function printLimits(limits: ScrapeLimits): Record<string, PlainValue | undefined> {
  const count = (value: number): number | undefined => nonZero(value, (n) => n)
  return {
    body_size_limit: nonZero(limits.bodySizeLimitBytes, formatBytes),
    sample_limit: count(limits.sampleLimit),
    target_limit: count(limits.targetLimit),
    label_limit: count(limits.labelLimit),
    label_name_length_limit: count(limits.labelNameLengthLimit),
    label_value_length_limit: count(limits.labelValueLengthLimit),
    keep_dropped_targets: count(limits.keepDroppedTargets),
  }
}

type Histograms = Pick<
  GlobalConfig,
  'scrapeNativeHistograms' | 'convertClassicHistogramsToNhcb' | 'alwaysScrapeClassicHistograms'
>

/** Switches that differ from what would hold without them. */
function printHistograms(own: Histograms, outer: Histograms): PlainRecord {
  const changed = (value: boolean, inherited: boolean): boolean | undefined =>
    value === inherited ? undefined : value
  return pick({
    scrape_native_histograms: own.scrapeNativeHistograms,
    always_scrape_classic_histograms: changed(
      own.alwaysScrapeClassicHistograms,
      outer.alwaysScrapeClassicHistograms,
    ),
    convert_classic_histograms_to_nhcb: changed(
      own.convertClassicHistogramsToNhcb,
      outer.convertClassicHistogramsToNhcb,
    ),
  })
}

/** One job as YAML, as `printPrometheusConfig` shows it. */
export function printScrapeConfig(job: ScrapeConfig): string {
  return printYaml(printJob(job), FLOW_KEYS)
}

function printJob(job: ScrapeConfig): PlainRecord {
  return {
    job_name: job.jobName,
    ...(job.honorLabels ? { honor_labels: true } : {}),
    honor_timestamps: job.honorTimestamps,
    track_timestamps_staleness: job.trackTimestampsStaleness,
    ...pick({ params: job.params }),
    scrape_interval: formatDurationMs(job.intervalMs),
    scrape_timeout: formatDurationMs(job.timeoutMs),
    scrape_protocols: job.scrapeProtocols,
    ...pick({ fallback_scrape_protocol: job.fallbackScrapeProtocol }),
    scrape_native_histograms: job.scrapeNativeHistograms,
    always_scrape_classic_histograms: job.alwaysScrapeClassicHistograms,
    convert_classic_histograms_to_nhcb: job.convertClassicHistogramsToNhcb,
    ...pick({ scrape_failure_log_file: job.scrapeFailureLogFile }),
    metrics_path: job.metricsPath,
    scheme: job.scheme,
    enable_compression: job.enableCompression,
    ...pick({
      ...printLimits(job),
      native_histogram_bucket_limit: nonZero(job.nativeHistogramBucketLimit, (n) => n),
      native_histogram_min_bucket_factor: nonZero(job.nativeHistogramMinBucketFactor, (n) => n),
    }),
    metric_name_validation_scheme: job.metricNameValidation,
    metric_name_escaping_scheme: job.metricNameEscaping,
    extra_scrape_metrics: job.extraScrapeMetrics,
    ...printHttp(job.http),
    ...pick({
      relabel_configs: printRelabel(job.relabelConfigs),
      metric_relabel_configs: printRelabel(job.metricRelabelConfigs),
      ...printDiscovery(job.discovery),
    }),
  }
}

function printAlertmanager(config: AlertmanagerConfig): PlainRecord {
  return {
    ...printHttp(config.http),
    ...pick({ sigv4: config.sigv4 }),
    scheme: config.scheme,
    ...pick({ path_prefix: config.pathPrefix }),
    timeout: formatDurationMs(config.timeoutMs),
    api_version: 'v2',
    ...pick({
      relabel_configs: printRelabel(config.relabelConfigs),
      alert_relabel_configs: printRelabel(config.alertRelabelConfigs),
      ...printDiscovery(config.discovery),
    }),
  }
}

function printStorage(storage: StorageConfig): PlainRecord {
  const format = <T>(value: number | undefined, print: (value: number) => T): T | undefined =>
    value === undefined ? undefined : print(value)
  return pick({
    tsdb: pick({
      out_of_order_time_window: nonZero(storage.outOfOrderTimeWindowMs, formatDurationMs),
      stale_series_compaction_threshold: nonZero(storage.staleSeriesCompactionThreshold, (n) => n),
      chunk_encoding: pick({ floats: storage.chunkEncodingFloats }),
      retention: pick({
        time: format(storage.retentionTimeMs, formatDurationMs),
        size: format(storage.retentionSizeBytes, formatBytes),
        percentage: storage.retentionPercentage,
      }),
    }),
    exemplars: pick({ max_exemplars: storage.maxExemplars }),
  })
}

function printOtlp(otlp: OtlpTranslation): PlainRecord {
  const yes = (value: boolean): true | undefined => (value ? true : undefined)
  const changed = (name: keyof OtlpTranslation, value: boolean): boolean | undefined =>
    DEFAULT_TRANSLATION[name] === value ? undefined : value
  return pick({
    promote_all_resource_attributes: yes(otlp.promoteAllResourceAttributes),
    promote_resource_attributes: otlp.promoteResourceAttributes,
    ignore_resource_attributes: otlp.ignoreResourceAttributes,
    translation_strategy: otlp.translationStrategy,
    keep_identifying_resource_attributes: yes(otlp.keepIdentifyingResourceAttributes),
    convert_histograms_to_nhcb: yes(otlp.convertHistogramsToNhcb),
    promote_scope_metadata: yes(otlp.promoteScopeMetadata),
    label_name_underscore_sanitization: changed(
      'labelNameUnderscoreSanitization',
      otlp.labelNameUnderscoreSanitization,
    ),
    label_name_preserve_multiple_underscores: changed(
      'labelNamePreserveMultipleUnderscores',
      otlp.labelNamePreserveMultipleUnderscores,
    ),
  })
}
