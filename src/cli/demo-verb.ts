import type { Command } from 'commander'
import { announceDemo } from './announce-demo.ts'
import { ownProgramName } from './announce.ts'
import { printable } from './printable.ts'
import { readHostPort, readHttpUrl } from './read-address.ts'
import { untilSignal } from './signals.ts'

interface DemoVerbOptions {
  readonly listen: string
  readonly endpoint: string
}

/** The same trouble is told this seldom. */
const REPEAT_MS = 30_000

/** `vedette demo`: an instrumented service to try everything with. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('a small instrumented service to try everything with')
    .description(
      'Runs a small HTTP service with three instrumented services inside (gateway, orders, payments with a pretend\n' +
        'database). They send traces, metrics and logs by OpenTelemetry to a server on this machine, until Ctrl-C.',
    )
    .option('--listen <host:port>', 'where the service listens', '127.0.0.1:8080')
    .option('--endpoint <url>', 'where to send to: OTLP over HTTP', 'http://127.0.0.1:4318')
    .addHelpText(
      'after',
      `
Example, with a server beside it (vedette start):
  vedette demo
  vedette load --scenario slow
  vedette traces '{ resource.service.name = "payments" && duration > 1s }'

docs/demo.md tells the whole story.`,
    )
    .action(runDemo)
}

async function runDemo(options: DemoVerbOptions): Promise<void> {
  const address = readHostPort(options.listen, '--listen')
  const endpoint = readHttpUrl(options.endpoint, '--endpoint', 'http://127.0.0.1:4318')
  // Here and not above: the SDK of OpenTelemetry is nothing that a server should load.
  const { startDemo } = await import('../demo/start-demo.ts')
  const ended = untilSignal()
  const demo = await startDemo({ ...address, endpoint, onTrouble: tellSeldom() })
  process.stdout.write(announceDemo({ url: demo.url, endpoint, program: ownProgramName() }))
  await ended
  await demo.stop()
}

/** Writes a trouble to standard error, the same one not twice in half a minute. */
function tellSeldom(): (message: string) => void {
  const told = new Map<string, number>()
  return (message) => {
    const text = printable(explainTrouble(message)).slice(0, 300)
    const nowMs = performance.now()
    if (nowMs - (told.get(text) ?? -REPEAT_MS) < REPEAT_MS) return
    if (told.size > 100) told.clear()
    told.set(text, nowMs)
    process.stderr.write(`vedette: cannot send: ${text}\n`)
  }
}

/** The SDK tells errors as JSON with a stack; a person wants the message. */
function explainTrouble(message: string): string {
  const said = /"message":"((?:[^"\\]|\\.)*)"/.exec(message)?.[1]
  const code = /"code":"([A-Z_]+)"/.exec(message)?.[1]
  if (code === 'ECONNREFUSED' || message.includes('ECONNREFUSED'))
    return 'nothing listens where --endpoint says; start a server with "vedette start"'
  return said ?? message
}
