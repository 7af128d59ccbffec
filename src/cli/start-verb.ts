import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { loadConfig, type VedetteConfig } from '../config.ts'
import { describeHostFlags } from '../collect/host/flags.ts'
import type { FlagArguments } from '../collect/host/flag-reader.ts'
import { createLog, isLogFormat, isLogLevel, type Log, type LogOptions } from '../self/log.ts'
import { VERSION } from '../self/version.ts'
import { start, type Vedette } from '../start.ts'
import { formatFault, type ConfigFault } from '../yaml/fault.ts'
import { announce, describeFirstAdmin, ownProgramName } from './announce.ts'
import { findAround } from './find-around.ts'
import { describeHostHelp } from './host-help.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'
import { withProgress } from './progress.ts'
import { showAlerts } from './show-alert.ts'
import { untilSignal } from './signals.ts'
import {
  addStartOptions,
  flagsInForce,
  givenFlags,
  toStartFlags,
  type GivenFlags,
} from './start-options.ts'
import { ownTerminal } from './terminal.ts'

/** `vedette start`: the server. `host` are the flags of node_exporter, which commander does not see. */
export function addStart(program: Command, exit: Exit, host: FlagArguments): void {
  const command = program
    .command('start')
    .summary('run the server; without configuration it watches this host and itself')
    .description(
      'Runs the server: it scrapes, receives, stores and answers, until it gets SIGTERM or Ctrl-C.\n' +
        'SIGHUP makes it read its configuration again. Flags go before what files say.',
    )
  addStartOptions(command)
  command.addHelpText('after', EXAMPLES).action(async () => {
    const given = givenFlags(command)
    if (given.get('help-host') === true) process.stdout.write(describeHostHelp(describeHostFlags()))
    else exit.code = await runStart(given, host)
  })
}

const EXAMPLES = `
A <duration> is 15s, 2m, 1h30m, 15d; a <size> is 512MB, 10GiB (KB and KiB are both 1024 bytes).

Examples:
  vedette start
  vedette start --config /etc/prometheus --data /var/lib/vedette
  vedette start --config vedette.yml --storage.tsdb.retention.time 90d --storage.tsdb.retention.size 20GB
  vedette start --no-collector.arp --path.rootfs /host
  vedette start --listen.prometheus 127.0.0.1:9999 --data other

docs/command-line.md and docs/configuration.md say more.`

async function runStart(given: GivenFlags, host: FlagArguments): Promise<number> {
  const flags = toStartFlags(given, host)
  const load = () => loadConfig({ flags, env: process.env })
  const loaded = load()
  if (!loaded.ok) return refuse(loaded.faults)
  const { config } = loaded
  const output = ownTerminal()
  let quit: () => void = () => undefined
  const asked = new Promise<string>((resolve) => (quit = () => resolve('/-/quit')))
  const ended = Promise.race([untilSignal(), asked])
  const isNew = !existsSync(path.join(config.dataFolder, 'engine'))
  const startedMs = performance.now()
  const { server, log, isReady } = await withProgress(waitingFor(config), async (progress) => {
    const own = createLog({ ...logOptionsOf(given), write: progress.writeLine })
    logStart(own, config, loaded.warnings)
    const running = await start({
      config,
      warnings: loaded.warnings,
      load,
      log: own,
      flags: flagsInForce(config, given),
      env: loaded.env,
      onFirstAdmin: (admin) => {
        const text = describeFirstAdmin(admin, ownProgramName())
        if (output.isInteractive) progress.writeLine(text)
        else output.write(text)
      },
      onQuit: () => quit(),
      onReceived: (alerts) => output.write(showAlerts(alerts, output)),
    })
    process.on('SIGHUP', () => void running.reload())
    return { server: running, log: own, isReady: await becomesReady(running, ended) }
  })
  try {
    if (isReady) {
      const { prometheusUrl, urls } = server
      const jobs = config.prometheus.scrapeConfigs.length
      log.info('ready', { version: VERSION, jobs, prometheus: prometheusUrl })
      const tookMs = performance.now() - startedMs
      const program = ownProgramName()
      const text = announce({
        config,
        prometheusUrl,
        uiUrl: urls.get('ui'),
        tookMs,
        isNew,
        found: await findAround(config),
        program,
      })
      if (given.get('log.format') !== 'json') process.stdout.write(text)
    }
    log.info('stopping: what was accepted is being stored', { reason: await ended })
    return 0
  } finally {
    await server.stop()
    log.info('stopped')
  }
}

/** False when the server is told to end before it is ready. One that will never be ready is stopped here. */
async function becomesReady(server: Vedette, ended: Promise<unknown>): Promise<boolean> {
  try {
    return await Promise.race([server.ready.then(() => true), ended.then(() => false)])
  } catch (thrown) {
    await server.stop()
    throw thrown
  }
}

function waitingFor({ clickhouse }: VedetteConfig): string {
  return clickhouse === undefined ? 'starting the engine' : `opening the store at ${clickhouse.url}`
}

function logStart(log: Log, config: VedetteConfig, warnings: readonly ConfigFault[]): void {
  if (config.files.length === 0) {
    log.info(
      'no configuration was given: the defaults hold, which watch this host and the server itself',
    )
  } else log.info('configuration loaded', { files: config.files.join(', ') })
  for (const warning of warnings) log.warn(formatFault(warning))
}

/** Says what is wrong. A wrong flag is a command line that makes no sense (2), a wrong file a failure (1). */
function refuse(faults: readonly ConfigFault[]): number {
  for (const fault of faults) process.stderr.write(`${printable(formatFault(fault))}\n`)
  const errors = faults.filter(({ severity }) => severity === 'error')
  const count = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`
  process.stderr.write(`vedette: not started: ${count} in flags and configuration\n`)
  return errors.every(({ file }) => file.startsWith('--')) ? 2 : 1
}

function logOptionsOf(given: GivenFlags): Pick<LogOptions, 'level' | 'format'> {
  const level = String(given.get('log.level'))
  const format = String(given.get('log.format'))
  return { ...(isLogLevel(level) ? { level } : {}), ...(isLogFormat(format) ? { format } : {}) }
}
