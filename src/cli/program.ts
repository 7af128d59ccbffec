import { Command, CommanderError } from 'commander'
import { splitHostArguments } from '../collect/host/host-arguments.ts'
import type { FlagArguments } from '../collect/host/flag-reader.ts'
import { VERSION } from '../self/version.ts'
import { addAgent } from './agent-verb.ts'
import { addArchive } from './archive-verb.ts'
import { addAlerts } from './alerts-verb.ts'
import { addRules } from './backtest-verb.ts'
import { addCapacity } from './capacity-verb.ts'
import { addBackup } from './backup-verb.ts'
import { addCheck } from './check.ts'
import { addCompletion } from './completion.ts'
import { addDashboards } from './dashboards.ts'
import { addDemo } from './demo-verb.ts'
import { addDeploy } from './deploy-verb.ts'
import { describeFailure } from './describe-failure.ts'
import { addDowngrade } from './downgrade-verb.ts'
import { addDoctor } from './doctor-verb.ts'
import { addEngine } from './engine.ts'
import { addHealth } from './health-verb.ts'
import { addImport } from './import-verb.ts'
import { addInstall } from './install-verb.ts'
import { addLoad } from './load-verb.ts'
import { addLogs } from './logs-verb.ts'
import { translateMonitoring } from './monitoring-verb.ts'
import { addMove } from './move-verb.ts'
import { addPacks } from './packs-verb.ts'
import { addQuery } from './query-verb.ts'
import { addServiceVerbs } from './service-verbs.ts'
import { addSilence } from './silence-verb.ts'
import { addStart } from './start-verb.ts'
import { addStatus } from './status-verb.ts'
import { addTest } from './rule-tests.ts'
import { addToken } from './token.ts'
import { addTraces } from './trace-verb.ts'
import { addTry } from './try-verb.ts'
import { UsageError } from './usage-error.ts'
import { addUser } from './user.ts'

/** How verbs answer: they set the exit code of the process here. */
export interface Exit {
  code: number
}

/** Runs one command line; resolves to the exit code: 0 well, 1 a failure, 2 a command line that makes no sense. */
export async function runProgram(given: readonly string[]): Promise<number> {
  const exit: Exit = { code: 0 }
  // Who runs several programs behind one name calls ours `monitoring`.
  const args = given[0] === 'monitoring' ? translateMonitoring(given.slice(1)) : given
  const { host, rest } =
    args[0] === 'start' || args[0] === 'agent'
      ? splitHostArguments(args)
      : { host: NO_FLAGS, rest: args }
  try {
    const program = buildProgram(exit, host)
    if (rest.length === 0) {
      program.outputHelp()
      return 0
    }
    await program.parseAsync(rest, { from: 'user' })
    return exit.code
  } catch (thrown) {
    if (thrown instanceof CommanderError) return codeOf(thrown, rest)
    process.stderr.write(`vedette: ${describeFailure(thrown)}\n`)
    return thrown instanceof UsageError ? 2 : 1
  }
}

const NO_FLAGS: FlagArguments = new Map()

/** Prometheus's flags that have another name here; those not listed here or by `start --help` have no meaning here. */
const PROMETHEUS_FLAGS: Readonly<Record<string, string>> = {
  '--config.file': '--config',
  '--storage.tsdb.path': '--data',
  '--web.listen-address': '--listen.prometheus',
}

function codeOf(thrown: CommanderError, args: readonly string[]): number {
  if (thrown.exitCode === 0) return 0
  const hint = thrown.code === 'commander.unknownOption' ? hintOf(args) : ''
  if (hint !== '') process.stderr.write(`(${hint})\n`)
  return 2
}

function hintOf(args: readonly string[]): string {
  const names = args.map((arg) => arg.split('=')[0] ?? '')
  const known = names.find((name) => PROMETHEUS_FLAGS[name] !== undefined)
  if (known !== undefined) return `${known} of Prometheus is ${PROMETHEUS_FLAGS[known]} here`
  if (args[0] !== 'query') return ''
  return "an expression that begins with - goes last, behind a bare --: vedette query --instant -- '-up'"
}

export function buildProgram(exit: Exit, host: FlagArguments = NO_FLAGS): Command {
  const program = new Command('vedette')
    .description(
      'The whole monitoring stack in one program. Today: metrics, alerting, dashboards. It scrapes this machine and what a\n' +
        'prometheus.yml names, answers PromQL on the port of Prometheus, alerts as Alertmanager does, and shows it all on port 3000.',
    )
    .version(`vedette ${VERSION}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ getOutHelpWidth: helpWidth, getErrHelpWidth: helpWidth })
    .showHelpAfterError('(vedette --help lists the verbs; vedette VERB --help explains one)')
    .showSuggestionAfterError(true)
    .addHelpText('after', EXAMPLES)
  program.commandsGroup('The server:')
  addStart(program, exit, host)
  addAgent(program, exit, host)
  addEngine(program)
  addImport(program, exit)
  addDoctor(program, exit)
  addTry(program, exit)
  addInstall(program)
  addDeploy(program)
  addBackup(program, exit)
  addMove(program)
  addArchive(program)
  addDowngrade(program)
  addServiceVerbs(program)
  program.commandsGroup('Asking it:')
  addQuery(program)
  addLogs(program)
  addTraces(program)
  addStatus(program, exit)
  addCapacity(program, exit)
  addHealth(program, exit)
  program.commandsGroup('Alerts:')
  addAlerts(program, exit)
  addSilence(program)
  addRules(program, exit)
  program.commandsGroup('Dashboards:')
  addDashboards(program, exit)
  addPacks(program)
  program.commandsGroup('Who may ask:')
  addUser(program)
  addToken(program)
  program.commandsGroup('Trying it:')
  addDemo(program)
  addLoad(program, exit)
  program.commandsGroup('Tools:')
  addCheck(program, exit)
  addTest(program, exit)
  addCompletion(program)
  program
    .command('version')
    .description('print the version')
    .action(() => void process.stdout.write(`vedette ${VERSION} (node ${process.version})\n`))
  return program
}

/** Lines longer than a hand's breadth are hard to read. */
function helpWidth(): number {
  return Math.min(110, process.stdout.columns ?? 110)
}

const EXAMPLES = `
Examples:
  vedette start                                    watch this host, no configuration needed
  vedette start --config /etc/prometheus           take over an existing Prometheus configuration
  vedette query 'sum by (mode) (rate(node_cpu_seconds_total[1m]))'
  vedette status
  vedette check config prometheus.yml

VEDETTE_URL names the server that query and status ask (default: http://127.0.0.1:9090).
Exit codes: 0 well, 1 a failure (or a target is down, a file is wrong), 2 a command line that makes no sense.`
