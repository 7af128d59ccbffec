import type { Command } from 'commander'
import type { Exit } from './program.ts'
import { DEFAULT_URL } from './query-verb.ts'
import { runStatus } from './status.ts'

/** `vedette status`. */
export function addStatus(program: Command, exit: Exit): void {
  program
    .command('status')
    .description('what runs and what is watched; exit code 1 when a target is down')
    .option('--url <url>', 'the server', process.env['VEDETTE_URL'] ?? DEFAULT_URL)
    .action(async ({ url }: { url: string }) => {
      exit.code = await runStatus(url, (text) => void process.stdout.write(text))
    })
}
