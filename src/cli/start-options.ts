import { Option, type Command } from 'commander'
import { LISTENER_NAMES, type StartFlags, type VedetteConfig } from '../config.ts'
import type { FlagArguments } from '../collect/host/flag-reader.ts'
import { joinStartFlags } from '../flags-section.ts'
import { formatDurationMs } from '../model/duration.ts'
import { LOG_FORMATS, LOG_LEVELS } from '../self/log.ts'

/** What was given to `start`, by the name of the flag without its dashes. */
export type GivenFlags = ReadonlyMap<string, unknown>

/** Declares the options of `start`, grouped for `--help`. */
export function addStartOptions(command: Command): void {
  command
    .optionsGroup('What to watch:')
    .option(
      '--config <path>',
      'a vedette.yml, a prometheus.yml, or a folder that holds them (default: this host and itself)',
    )
    .option(
      '--promtail <path|host|off>',
      'which logs are read: those of a promtail file, or of this host (default without --config)',
    )
    .option('--enable-feature <names...>', "features of Prometheus's flag of this name, by comma")
    .option('--help-host', 'list the flags of node_exporter for the metrics of this host')
    .optionsGroup('Where to keep it:')
    .option('--data <folder>', 'the data directory (default: data)')
    .option('--storage.tsdb.retention.time <duration>', 'how long samples are kept (default: 15d)')
    .option(
      '--storage.tsdb.retention.size <size>',
      'how much is kept, e.g. 10GB (default: no bound)',
    )
    .option(
      '--storage.max-series <number>',
      'most series known at once (default: what a third of --memory.budget holds)',
    )
    .option(
      '--storage.max-pending-bytes <size>',
      'most samples that wait for the disk (default: 64MiB)',
    )
    .option(
      '--storage.min-free-bytes <size>',
      'what must stay free on the disk (default: 5%, 1GiB to 10GiB)',
    )
    .option('--clickhouse.url <url>', 'keep it in this ClickHouse instead')
    .option('--memory.budget <size>', 'memory of the whole program (default: 450MiB)')
    .option(
      '--disk.budget <size>',
      'most that the data directory may take, e.g. 20GB (default: no bound)',
    )
  addQueryOptions(command)
  command
    .optionsGroup('Where to answer:')
    .option(
      '--listen.prometheus <host:port|off>',
      'the API of Prometheus (default: 127.0.0.1:9090)',
    )
    .option('--web.external-url <url>', 'under which people reach this API; stands in alerts')
    .option('--web.enable-lifecycle', 'allow POST /-/reload and /-/quit')
    .option('--web.enable-admin-api', 'allow deleting series over the API')
    .option('--web.config.file <path>', "TLS of this API, as in Prometheus's file of this flag")
    .optionsGroup('Log:')
    .addOption(
      new Option('--log.level <level>', 'what is logged').choices([...LOG_LEVELS]).default('info'),
    )
    .addOption(
      new Option('--log.format <format>', 'how it is logged')
        .choices([...LOG_FORMATS])
        .default('logfmt'),
    )
  addOtherListeners(command)
}

/** The help would be longer than a screen with them; docs/command-line.md has them all. */
function addOtherListeners(command: Command): void {
  for (const name of LISTENER_NAMES) {
    if (name === 'prometheus') continue
    command.addOption(
      new Option(`--listen.${name} <host:port|off>`, `the listener ${name}`).hideHelp(),
    )
  }
}

/** Queries, rules and alerts. */
function addQueryOptions(command: Command): void {
  command
    .optionsGroup('Queries:')
    .option(
      '--query.lookback-delta <duration>',
      'how old the newest sample of a series may be (default: 5m)',
    )
    .option('--query.timeout <duration>', 'how long a query may take (default: 2m)')
    .option('--query.max-samples <number>', 'samples that one query may hold (default: 50000000)')
    .option('--query.max-concurrency <number>', 'queries at the same time (default: 20)')
    .optionsGroup('Rules:')
    .option(
      '--rules.alert.for-outage-tolerance <duration>',
      'an older state of alerts is not taken over by a start (default: 1h)',
    )
    .option(
      '--rules.alert.for-grace-period <duration>',
      'a waiting alert waits so long after a start at least (default: 10m)',
    )
    .option(
      '--rules.alert.resend-delay <duration>',
      'how long before an alert is told again (default: 1m)',
    )
    .option(
      '--rules.max-concurrent-evals <number>',
      'rules of a group evaluated at the same time, where they do not need each other (default: 4)',
    )
    .optionsGroup('Alerts:')
    .option(
      '--dispatch.start-delay <duration>',
      'so long after a start alerts gather before any is told (default: 0s)',
    )
    .option('--data.retention <duration>', 'how long expired silences are kept (default: 5d)')
    .option('--alerts.per-alertname-limit <number>', 'most alerts of one name (default: no bound)')
    .option('--silences.max-silences <number>', 'most silences (default: no bound)')
    .option('--silences.max-silence-size-bytes <number>', 'of one silence (default: no bound)')
}

/** The values of the options; commander stores them under names of its own. */
export function givenFlags(command: Command): GivenFlags {
  const given = new Map<string, unknown>()
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName())
    if (value !== undefined && option.long) given.set(option.long.slice(2), value)
  }
  return given
}

/** What the configuration wants to know of a command line. */
export function toStartFlags(given: GivenFlags, host: FlagArguments): StartFlags {
  const features = given.get('enable-feature')
  return {
    ...joinStartFlags({
      text: (name) => {
        const value = given.get(name)
        return typeof value === 'string' ? value : undefined
      },
      isOn: (name) => given.get(name) === true,
      features: Array.isArray(features) ? features.map(String) : [],
    }),
    host,
  }
}

/** The flags in force, from whatever they came, for `status/flags`; without secrets. */
export function flagsInForce(config: VedetteConfig, given: GivenFlags): Record<string, string> {
  const { retention, storage, query, listen, web, rules, alerting } = config
  const shown: Record<string, string> = {
    config: config.files.join(', '),
    data: config.dataFolder,
    promtail: config.tail?.file ?? (config.tail === undefined ? 'off' : 'host'),
    'storage.tsdb.retention.time': formatDurationMs(retention.timeMs),
    'storage.tsdb.retention.size': `${retention.sizeBytes}B`,
    'storage.max-series': String(storage.maxSeries),
    'storage.max-pending-bytes': String(storage.maxPendingBytes),
    'storage.min-free-bytes':
      storage.minFreeBytes === undefined ? 'auto' : String(storage.minFreeBytes),
    'memory.budget': `${config.memoryBudgetBytes}B`,
    'disk.budget': `${config.diskBudget?.budgetBytes ?? 0}B`,
    'clickhouse.url': config.clickhouse?.url ?? '',
    'query.lookback-delta': formatDurationMs(query.lookbackMs),
    'query.timeout': formatDurationMs(query.timeoutMs),
    'query.max-samples': String(query.maxSamples),
    'query.max-concurrency': String(query.maxConcurrency),
    'rules.alert.for-outage-tolerance': formatDurationMs(rules.settings.outageToleranceMs),
    'rules.alert.for-grace-period': formatDurationMs(rules.settings.forGracePeriodMs),
    'rules.alert.resend-delay': formatDurationMs(rules.settings.resendDelayMs),
    'rules.max-concurrent-evals': String(rules.settings.maxConcurrentEvals),
    'dispatch.start-delay': formatDurationMs(alerting.startDelayMs),
    'data.retention': formatDurationMs(alerting.retentionMs),
    'alerts.per-alertname-limit': String(alerting.maxAlertsPerName),
    'silences.max-silences': String(alerting.maxSilences),
    'silences.max-silence-size-bytes': String(alerting.maxSilenceBytes),
    'web.external-url': rules.externalUrl ?? '',
    'web.enable-lifecycle': String(web.lifecycle),
    'web.enable-admin-api': String(web.adminApi),
    'web.config.file':
      typeof given.get('web.config.file') === 'string' ? String(given.get('web.config.file')) : '',
    'enable-feature': [...config.features].join(','),
    'log.level': String(given.get('log.level')),
    'log.format': String(given.get('log.format')),
  }
  const { prometheus } = listen
  shown['listen.prometheus'] =
    prometheus === undefined ? 'off' : `${prometheus.host}:${prometheus.port}`
  return shown
}
