import { Command, CommanderError } from 'commander'
import { messageOf } from '../model/problem.ts'
import { VERSION } from '../self/version.ts'
import { addCheck } from './check.ts'
import { addCompletion } from './completion.ts'
import { addEngine } from './engine.ts'
import { addQuery } from './query-verb.ts'
import { addStart } from './start-verb.ts'
import { addStatus } from './status-verb.ts'

/** How verbs answer: they set the exit code of the process here. */
export interface Exit {
  code: number
}

/** Runs one command line; resolves to the exit code: 0 well, 1 a failure, 2 a command line that makes no sense. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const exit: Exit = { code: 0 }
  const program = buildProgram(exit)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    process.stderr.write(`vedette: ${messageOf(thrown)}\n`)
    return 1
  }
  return exit.code
}

export function buildProgram(exit: Exit): Command {
  const program = new Command('vedette')
    .description('The whole monitoring stack in one program: it watches this machine, stores metrics durably and answers PromQL.')
    .version(`vedette ${VERSION}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .showHelpAfterError('(vedette --help lists the verbs)')
    .addHelpText(
      'after',
      `
Examples:
  vedette start                                    watch this host, no configuration needed
  vedette start --config /etc/prometheus           take over an existing Prometheus configuration
  vedette query 'sum by (mode) (rate(node_cpu_seconds_total[1m]))'
  vedette check config prometheus.yml
  vedette status`,
    )
  addStart(program, exit)
  addQuery(program)
  addStatus(program, exit)
  addCheck(program, exit)
  addEngine(program)
  program
    .command('version')
    .description('print the version')
    .action(() => void process.stdout.write(`vedette ${VERSION} (node ${process.version})\n`))
  addCompletion(program)
  return program
}
