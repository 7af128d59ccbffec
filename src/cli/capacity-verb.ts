import { InvalidArgumentError, Option, type Command } from 'commander'
import { parseDurationMs } from '../model/duration.ts'
import { createApiClient } from './api-client.ts'
import { readCapacity } from './capacity.ts'
import type { Exit } from './program.ts'
import { urlOption } from './query-verb.ts'
import { showCapacity } from './show-capacity.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface CapacityOptions {
  readonly window: string
  readonly tables: number
  readonly output: 'text' | 'json'
  readonly url: string
}

/** `vedette capacity`. */
export function addCapacity(program: Command, exit: Exit): void {
  program
    .command('capacity')
    .summary('how PostgreSQL grows, and when its disk is full')
    .description(
      'Shows the size of the databases and of the tables that change most, how fast they grow, and in how many days the disk of each\n' +
        'PostgreSQL server is full, by what a server has stored. Exit code 1 when no PostgreSQL is watched.',
    )
    .option('--window <duration>', 'how much of the past it goes by', '7d')
    .option('--tables <count>', 'most tables of a server', readCount, 10)
    .addOption(
      new Option('-o, --output <form>', 'how to show it').choices(['text', 'json']).default('text'),
    )
    .addOption(urlOption())
    .action(async (options: CapacityOptions) => {
      exit.code = await runCapacity(options, ownTerminal())
    })
}

function readCount(text: string): number {
  if (!/^(?:0|[1-9][0-9]{0,3})$/.test(text))
    throw new InvalidArgumentError('It must be a number from 0 to 9999.')
  return Number(text)
}

/** Resolves to the exit code. */
export async function runCapacity(options: CapacityOptions, terminal: Terminal): Promise<number> {
  const windowMs = parseDurationMs(options.window)
  if (windowMs === undefined || windowMs <= 0)
    throw new UsageError(`--window must be a duration such as 12h or 7d, not ${options.window}`)
  const client = createApiClient(options.url)
  const nowMs = terminal.nowMs()
  try {
    const servers = await readCapacity(client, windowMs, nowMs)
    if (options.output === 'json') terminal.write(`${JSON.stringify(servers, undefined, 2)}\n`)
    else if (servers.length > 0) terminal.write(showCapacity(servers, options.tables, nowMs))
    if (servers.length === 0) terminal.remark(NONE)
    return servers.length === 0 ? 1 : 0
  } finally {
    await client.close()
  }
}

const NONE =
  'No PostgreSQL is watched, or none has answered within the window; docs/collect/postgres.md says how it is switched on.\n'
