import { hostname as ownHostname } from 'node:os'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { Option, type Command } from 'commander'
import type { FlagArguments } from '../collect/host/flag-reader.ts'
import { LISTENER_NAMES, loadConfig, type ListenerName, type LoadedConfig } from '../config.ts'
import { messageOf, Problem } from '../model/problem.ts'
import { createLog, isLogFormat, isLogLevel, LOG_FORMATS, LOG_LEVELS } from '../self/log.ts'
import { VERSION } from '../self/version.ts'
import { startAgent } from '../start-agent.ts'
import type { AgentSettings } from '../start-agent-queues.ts'
import { formatFault, type ConfigFault } from '../yaml/fault.ts'
import { parseBytes } from '../yaml/bytes.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'
import { readHostPort, readHttpUrl } from './read-address.ts'
import { untilSignal } from './signals.ts'
import { UsageError } from './usage-error.ts'

/** What was given, by the names that commander has for options. */
interface AgentOptions {
  readonly server?: string
  readonly tokenFile?: string
  readonly caFile?: string
  readonly hostname?: string
  readonly config?: string
  readonly promtail?: string
  readonly data?: string
  readonly 'queue.maxSize'?: string
  readonly 'listen.agent': string
  readonly 'log.level': string
  readonly 'log.format': string
  readonly [flag: string]: unknown
}

const DEFAULT_DATA = 'agent-data'
const DEFAULT_LISTEN = '127.0.0.1:9098'
const MIN_QUEUE_BYTES = 16 * 1024 * 1024

/** Listeners that an agent has, too: what programs send to. */
const RECEIVERS: readonly ListenerName[] = [
  ...(['otlp-grpc', 'otlp-http', 'zipkin', 'jaeger-grpc', 'jaeger-http', 'jaeger-udp'] as const),
  ...(['pushgateway', 'syslog'] as const),
]

/** `vedette agent`: collects on this host for a server elsewhere. */
export function addAgent(program: Command, exit: Exit, host: FlagArguments): void {
  const command = program
    .command('agent')
    .summary('collect on this host for a server elsewhere; it keeps nothing but what waits')
    .description(
      'Watches this host, scrapes, reads logs and receives OpenTelemetry as the server does, and forwards all of it to a\n' +
        'server. What the server cannot take now waits on disk. Runs until SIGTERM or Ctrl-C; SIGHUP reads the configuration again.',
    )
    .optionsGroup('The server:')
    .option('--server <url>', 'the address of its Prometheus API, such as https://HOST:9090')
    .option('--token-file <path>', 'a file with a token that may write metrics, logs and traces')
    .option('--ca-file <path>', "a file with the certificate that has signed the server's")
    .optionsGroup('What to watch:')
    .option(
      '--config <path>',
      'a vedette.yml, a prometheus.yml, or a folder that holds them (default: this host)',
    )
    .option('--promtail <path|host|off>', 'which logs are read (default without --config: host)')
    .option('--hostname <name>', "what this host is called (default: the system's name)")
    .optionsGroup('What waits:')
    .option('--data <folder>', `where it waits (default: ${DEFAULT_DATA})`)
    .option('--queue.max-size <size>', 'how much may wait (default: 2GiB, at most half the disk)')
    .optionsGroup('Where to answer:')
    .option(
      '--listen.agent <host:port|off>',
      "/metrics and /-/ready of the agent's own",
      DEFAULT_LISTEN,
    )
  for (const name of RECEIVERS) {
    const isShown = name.startsWith('otlp')
    const option = new Option(`--listen.${name} <host:port|off>`, `the receiver ${name}`)
    command.addOption(isShown ? option : option.hideHelp())
  }
  command
    .optionsGroup('Log:')
    .addOption(
      new Option('--log.level <level>', 'what is logged').choices([...LOG_LEVELS]).default('info'),
    )
    .addOption(
      new Option('--log.format <format>', 'how it is logged')
        .choices([...LOG_FORMATS])
        .default('logfmt'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: AgentOptions) => {
      exit.code = await runAgent(options, host)
    })
}

const EXAMPLES = `
Examples:
  vedette token create web-1 --agent > token          on the server
  vedette agent --server https://monitoring.example.org:9090 --token-file token
  vedette agent --server http://10.0.0.5:9090 --token-file token --config /etc/vedette

docs/agent.md says more.`

async function runAgent(options: AgentOptions, host: FlagArguments): Promise<number> {
  const load = (): LoadedConfig => loadAgentConfig(options, host)
  const loaded = load()
  if (!loaded.ok) return refuse(loaded.faults)
  const { config, warnings } = loaded
  const settings = readSettings(options, config.agent)
  const level = options['log.level']
  const format = options['log.format']
  const log = createLog({
    ...(isLogLevel(level) ? { level } : {}),
    ...(isLogFormat(format) ? { format } : {}),
  })
  for (const warning of warnings) log.warn(formatFault(warning))
  const written = options['listen.agent']
  const listen = written === 'off' ? undefined : readHostPort(written, '--listen.agent')
  const ended = untilSignal()
  const agent = await startAgent({ config, load, settings, listen, log })
  process.on('SIGHUP', () => void agent.reload())
  log.info('ready', {
    ...{ version: VERSION, server: settings.server.origin, hostname: settings.hostname },
    ...{ jobs: config.prometheus.scrapeConfigs.length, data: config.dataFolder, url: agent.url },
  })
  log.info('stopping: what is not sent stays on disk', { reason: await ended })
  await agent.stop()
  log.info('stopped')
  return 0
}

function loadAgentConfig(options: AgentOptions, host: FlagArguments): LoadedConfig {
  const listen = Object.fromEntries(
    LISTENER_NAMES.flatMap((name): [string, string][] => {
      // What answers questions is nothing that an agent has.
      if (!RECEIVERS.includes(name)) return [[name, 'off']]
      const value = options[optionName(`listen.${name}`)]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
  const { config, promtail, data } = options
  const flags = {
    ...(config === undefined ? {} : { config }),
    ...(promtail === undefined ? {} : { promtail }),
    ...(data === undefined ? {} : { data }),
    ...{ listen, host },
  }
  const loaded = loadConfig({ flags, env: process.env })
  // Beside a server in the same folder: its default is another one.
  const isDefault =
    loaded.ok && data === undefined && loaded.config.dataFolder === path.resolve('data')
  if (!isDefault) return loaded
  return { ...loaded, config: { ...loaded.config, dataFolder: path.resolve(DEFAULT_DATA) } }
}

/** As commander does it: what stands behind a dash begins with a capital. */
function optionName(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function readSettings(
  options: AgentOptions,
  section: Extract<LoadedConfig, { ok: true }>['config']['agent'],
): AgentSettings {
  const given = options.server
  const server =
    given === undefined
      ? section.server
      : new URL(readHttpUrl(given, '--server', 'https://monitoring.example.org:9090'))
  if (server === undefined) {
    throw new UsageError(
      '--server is missing: the address of the Prometheus API of a Vedette server, such as https://monitoring.example.org:9090',
    )
  }
  const size = options['queue.maxSize']
  const maxQueueBytes = size === undefined ? section.maxQueueBytes : parseBytes(size)
  const isWrong = size !== undefined && maxQueueBytes === undefined
  if (isWrong || (maxQueueBytes !== undefined && maxQueueBytes < MIN_QUEUE_BYTES)) {
    throw new UsageError('--queue.max-size: must be a size from 16MiB on, such as 2GiB')
  }
  return {
    server,
    tokenFile: readable(options.tokenFile, '--token-file') ?? section.tokenFile,
    caFile: readable(options.caFile, '--ca-file') ?? section.caFile,
    hostname: options.hostname ?? section.hostname ?? ownHostname(),
    maxQueueBytes,
  }
}

/** A file that is not there at the start is a mistake; later it may be replaced at any time. */
function readable(file: string | undefined, flag: string): string | undefined {
  if (file === undefined) return undefined
  try {
    accessSync(file, constants.R_OK)
  } catch (thrown) {
    throw new Problem('not_found', `${flag}: ${file} cannot be read: ${messageOf(thrown)}`)
  }
  return path.resolve(file)
}

/** As `start` does: a wrong flag is a command line that makes no sense (2), a wrong file a failure (1). */
function refuse(faults: readonly ConfigFault[]): number {
  for (const fault of faults) process.stderr.write(`${printable(formatFault(fault))}\n`)
  process.stderr.write('vedette: not started: there are errors in flags and configuration\n')
  const errors = faults.filter(({ severity }) => severity === 'error')
  return errors.every(({ file }) => file.startsWith('--')) ? 2 : 1
}
