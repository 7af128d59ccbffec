import { describeFailure, runProgram } from './cli/program.ts'

process.on('uncaughtException', (thrown) => {
  process.stderr.write(`vedette: ${describeFailure(thrown)}\n`)
  process.exit(1)
})
// A reader that has gone away (`| head`, a closed terminal) is no reason to end a server, nor for a trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

process.exitCode = await runProgram(process.argv.slice(2))
