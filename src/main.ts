import { setFlagsFromString } from 'node:v8'
import { describeFailure } from './cli/describe-failure.ts'
import { runProgram } from './cli/program.ts'

// By itself V8 lets garbage grow to several times of what lives where the machine has much memory: a flood of pushes held 300 MiB.
setFlagsFromString('--heap-growing-percent=50')

process.on('uncaughtException', (thrown) => {
  process.stderr.write(`vedette: ${describeFailure(thrown)}\n`)
  process.exit(1)
})
// A reader that has gone away (`| head`, a closed terminal) is no reason to end a server, nor for a trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

process.exitCode = await runProgram(process.argv.slice(2))
