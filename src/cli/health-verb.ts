import { Option, type Command } from 'commander'
import { ApiError, createApiClient, type ApiClient } from './api-client.ts'
import type { Exit } from './program.ts'
import { printable } from './printable.ts'
import { urlOption } from './query-verb.ts'
import { ownTerminal, type Terminal } from './terminal.ts'

/** Exit codes for scripts; 2 is a command line that makes no sense, as everywhere. */
const READY = 0
const NOT_READY = 1
const UNREACHABLE = 3

interface HealthOptions {
  readonly url: string
  readonly output: 'text' | 'json'
}

/** `vedette health`: for scripts, health checks of containers and load balancers. */
export function addHealth(program: Command, exit: Exit): void {
  program
    .command('health')
    .summary('is it ready? for scripts')
    .description(
      'Asks a server whether it is ready and says so in one line. Exit code 0: ready; 1: it runs and is not ready; 3: nobody\n' +
        'answers there.',
    )
    .addOption(urlOption())
    .addOption(
      new Option('-o, --output <form>', 'how it is told')
        .choices(['text', 'json'] as const)
        .default('text' as const),
    )
    .action(async ({ url, output }: HealthOptions) => {
      exit.code = await runHealth(url, output, ownTerminal())
    })
}

/** Resolves to the exit code. */
async function runHealth(
  url: string,
  output: HealthOptions['output'],
  terminal: Terminal,
): Promise<number> {
  const client = createApiClient(url)
  try {
    const { code, reason } = await look(client)
    const state = code === READY ? 'ready' : code === NOT_READY ? 'not ready' : 'unreachable'
    if (output === 'json') terminal.write(`${JSON.stringify({ state, reason, url: client.url })}\n`)
    else terminal.write(`${state}${reason === '' ? '' : `: ${reason}`}\n`)
    return code
  } finally {
    await client.close()
  }
}

async function look(
  client: ApiClient,
): Promise<{ readonly code: number; readonly reason: string }> {
  try {
    const { status, text } = await client.get('/-/ready')
    if (status === 200) return { code: READY, reason: '' }
    const reason = printable(text.trim().replace(/^Service Unavailable: /, ''))
    return { code: status === 503 ? NOT_READY : UNREACHABLE, reason: `${status}: ${reason}` }
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown
    return { code: UNREACHABLE, reason: thrown.message }
  }
}
