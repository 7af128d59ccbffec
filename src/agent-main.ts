import { setFlagsFromString } from 'node:v8'
import { Command, CommanderError } from 'commander'
import { splitHostArguments } from './collect/host/host-arguments.ts'
import { addAgent } from './cli/agent-verb.ts'
import { describeFailure } from './cli/describe-failure.ts'
import { UsageError } from './cli/usage-error.ts'

// An agent has 120 MB: garbage is collected sooner than in a server, and the parser of HTTP, which is WebAssembly, is compiled in the
// simple way (the other takes 30 MiB for a moment, to parse a few answers a minute faster).
setFlagsFromString('--heap-growing-percent=25')
setFlagsFromString('--liftoff-only')

process.on('uncaughtException', (thrown) => {
  process.stderr.write(`vedette: ${describeFailure(thrown)}\n`)
  process.exit(1)
})
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

process.exitCode = await runAgentProgram(process.argv.slice(2))

/** `vedette agent …` without all that a server and the other verbs need, which would take half of the memory that an agent has. */
async function runAgentProgram(given: readonly string[]): Promise<number> {
  const exit = { code: 0 }
  const { host, rest } = splitHostArguments(given)
  const program = new Command('vedette')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
  addAgent(program, exit, host)
  try {
    await program.parseAsync(rest, { from: 'user' })
    return exit.code
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    process.stderr.write(`vedette: ${describeFailure(thrown)}\n`)
    return thrown instanceof UsageError ? 2 : 1
  }
}
