import { Option, type Command } from 'commander'
import { LISTENER_NAMES, loadConfig, type ListenerName, type StartFlags } from '../config.ts'
import { describeHostFlags } from '../collect/host/flags.ts'
import { isLogFormat, isLogLevel, LOG_FORMATS, LOG_LEVELS, createLog, type Log } from '../self/log.ts'
import { VERSION } from '../self/version.ts'
import { start, type Vedette } from '../start.ts'
import { formatFault } from '../yaml/fault.ts'
import type { Exit } from './program.ts'
import { untilSignal } from './signals.ts'

type Options = Readonly<Record<string, string | boolean | string[] | undefined>>

/** `vedette start`: the server. */
export function addStart(program: Command, exit: Exit): void {
  const command = program
    .command('start')
    .description('run the server; without configuration it watches this host and itself')
    .option('--config <path>', 'a vedette.yml, a prometheus.yml, or a folder that holds the usual files')
    .option('--data <folder>', 'where everything is stored (default: data)')
    .option('--storage.tsdb.retention.time <duration>', 'how long samples are kept (default: 15d)')
    .option('--storage.tsdb.retention.size <bytes>', 'how much is kept, e.g. 10GB')
    .option('--storage.max-series <number>', 'most series known at once; further ones are refused')
    .option('--memory.budget <bytes>', 'memory of the whole program (default: 450MiB)')
    .option('--clickhouse.url <url>', 'store in this ClickHouse instead of the built-in engine')
    .option('--query.lookback-delta <duration>', 'how old the last sample of a series may be (default: 5m)')
    .option('--query.timeout <duration>', 'how long a query may take (default: 2m)')
    .option('--query.max-samples <number>', 'samples that one query may hold (default: 50000000)')
    .option('--query.max-concurrency <number>', 'queries at the same time (default: 20)')
    .option('--web.enable-lifecycle', 'allow /-/reload and /-/quit')
    .option('--web.enable-admin-api', 'allow deleting series over the API')
    .option('--enable-feature <names...>', "Prometheus's feature flags")
    .addOption(new Option('--log.level <level>', 'what is logged').choices([...LOG_LEVELS]).default('info'))
    .addOption(new Option('--log.format <format>', 'how it is logged').choices([...LOG_FORMATS]).default('logfmt'))
  for (const name of LISTENER_NAMES) {
    command.addOption(new Option(`--listen.${name} <host:port|off>`, `where the ${name} listener is`))
  }
  addHostOptions(command)
  command.action(async (options: Options) => {
    exit.code = await runStart(options)
  })
}

/** node_exporter's flags, which are many: accepted here, listed in docs/host-metrics.md. */
function addHostOptions(command: Command): void {
  const known = new Set(command.options.map((option) => option.long))
  for (const flag of describeHostFlags()) {
    const long = `--${flag.name}`
    if (known.has(long)) continue
    command.addOption(new Option(`${long} [value]`, flag.help).hideHelp())
    known.add(long)
  }
}

async function runStart(options: Options): Promise<number> {
  const flags = toFlags(options)
  const load = () => loadConfig({ flags, env: process.env })
  const loaded = load()
  if (!loaded.ok) {
    for (const fault of loaded.faults) process.stderr.write(`${formatFault(fault)}\n`)
    return 1
  }
  const log = createLog({ ...levelOf(options), ...formatOf(options) })
  for (const warning of loaded.warnings) log.warn(formatFault(warning))
  let quit: () => void = () => undefined
  const asked = new Promise<void>((resolve) => (quit = resolve))
  const signaled = untilSignal()
  const server = await start({ config: loaded.config, load, log, flags: shownFlags(options), onQuit: () => quit() })
  process.on('SIGHUP', () => void server.reload())
  try {
    await Promise.race([announce(server, loaded.config.prometheus.scrapeConfigs.length, log), signaled, asked])
    await Promise.race([signaled, asked])
    return 0
  } finally {
    await server.stop()
  }
}

async function announce(server: Vedette, jobs: number, log: Log): Promise<void> {
  await server.ready
  log.info('ready', { version: VERSION, jobs, prometheus: server.prometheusUrl })
  if (process.stdout.isTTY !== true && process.env['VEDETTE_ANNOUNCE'] === undefined) return
  const url = server.prometheusUrl ?? ''
  process.stdout.write(`
  Vedette ${VERSION} is watching ${jobs} ${jobs === 1 ? 'job' : 'jobs'}.

    Prometheus API   ${url}
    what is scraped  ${url}/api/v1/targets
    a first look     bin/vedette query 'sum by (mode) (rate(node_cpu_seconds_total[1m]))'

`)
}

function toFlags(options: Options): StartFlags {
  const text = (name: string): string | undefined => {
    const value = options[name]
    return typeof value === 'string' ? value : undefined
  }
  const listen: Partial<Record<ListenerName, string>> = {}
  for (const name of LISTENER_NAMES) {
    const value = text(`listen.${name}`)
    if (value !== undefined) listen[name] = value
  }
  const host = new Map<string, string | boolean>()
  for (const [name, value] of Object.entries(options)) {
    if (!/^(?:collector|no-collector|path)\./.test(name)) continue
    if (typeof value === 'string' || typeof value === 'boolean') host.set(name, value)
  }
  return dropUndefined({
    config: text('config'),
    data: text('data'),
    listen,
    retentionTime: text('storage.tsdb.retention.time'),
    retentionSize: text('storage.tsdb.retention.size'),
    memoryBudget: text('memory.budget'),
    clickhouseUrl: text('clickhouse.url'),
    queryLookbackDelta: text('query.lookbackDelta'),
    queryTimeout: text('query.timeout'),
    queryMaxSamples: text('query.maxSamples'),
    queryMaxConcurrency: text('query.maxConcurrency'),
    webEnableLifecycle: options['web.enableLifecycle'] === true,
    webEnableAdminApi: options['web.enableAdminApi'] === true,
    host,
    enableFeature: Array.isArray(options['enableFeature']) ? options['enableFeature'] : [],
  })
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function dropUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>
}

function shownFlags(options: Options): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(options)) if (value !== undefined) out[name] = String(value)
  return out
}

function levelOf(options: Options): { level?: (typeof LOG_LEVELS)[number] } {
  const level = String(options['log.level'])
  return isLogLevel(level) ? { level } : {}
}

function formatOf(options: Options): { format?: (typeof LOG_FORMATS)[number] } {
  const format = String(options['log.format'])
  return isLogFormat(format) ? { format } : {}
}
