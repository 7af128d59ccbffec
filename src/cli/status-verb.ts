import type { Command } from 'commander'
import type { Exit } from './program.ts'
import { urlOption } from './query-verb.ts'
import { runStatus } from './status.ts'
import { ownTerminal } from './terminal.ts'

/** `vedette status`. */
export function addStatus(program: Command, exit: Exit): void {
  program
    .command('status')
    .summary('what runs, what is watched, what is wrong')
    .description(
      'Shows what a server runs, watches and misses. Exit code 1 when it is not ready or a target is down.',
    )
    .addOption(urlOption())
    .action(async ({ url }: { url: string }) => {
      exit.code = await runStatus(url, ownTerminal())
    })
}
