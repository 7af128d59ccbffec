import { Option, type Command } from 'commander'
import { runQuery, type QueryOptions } from './query.ts'

export const DEFAULT_URL = 'http://127.0.0.1:9090'

/** `vedette query`. */
export function addQuery(program: Command): void {
  program
    .command('query')
    .description('ask a server and draw the answer in the terminal')
    .argument('<promql>', 'the expression, in quotes')
    .option('--url <url>', 'the server', process.env['VEDETTE_URL'] ?? DEFAULT_URL)
    .option('--instant', 'only the value now, as a table', false)
    .option('--range <duration>', 'how far back the chart reaches', '15m')
    .option('--start <time>', 'Unix seconds or RFC 3339')
    .option('--end <time>', 'Unix seconds or RFC 3339; the time of an instant query')
    .option('--step <duration>', 'distance of the points; by default as the width of the terminal needs')
    .addOption(new Option('-o, --output <form>', 'how to show it').choices(['chart', 'table', 'json']).default('chart'))
    .action(async (query: string, options: QueryOptions) => {
      await runQuery(query, options, {
        columns: process.stdout.columns ?? 100,
        rows: process.stdout.rows ?? 30,
        color: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
        nowMs: Date.now,
        write: (text) => void process.stdout.write(text),
      })
    })
}
