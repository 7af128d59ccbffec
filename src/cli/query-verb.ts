import { InvalidArgumentError, Option, type Command } from 'commander'
import { DEFAULT_URL } from './api-client.ts'
import { runQuery, type QueryOptions } from './query.ts'
import { ownTerminal } from './terminal.ts'

/** `--url`, for every verb that asks a server. */
export function urlOption(): Option {
  return new Option('--url <url>', 'the server; may hold user:password@ and a path')
    .env('VEDETTE_URL')
    .default(DEFAULT_URL)
}

/** `vedette query`. */
export function addQuery(program: Command): void {
  program
    .command('query')
    .summary('ask a server in PromQL and draw the answer')
    .description(
      'Asks a server in PromQL and draws the last 15 minutes (or as much as there is) as a chart in the terminal.\n' +
        'Without colours (NO_COLOR, a pipe) lines are drawn with letters instead.',
    )
    .argument('<promql>', 'the expression, in quotes')
    .optionsGroup('When:')
    .option('--range <duration>', 'how far back the chart reaches', '15m')
    .option('--start <time>', 'where it begins, instead of --range')
    .option('--end <time>', 'where it ends (default: now); with --instant the time asked for')
    .option('--step <duration>', 'distance of the points (default: as the width needs)')
    .option('--instant', 'the value at one time, as a table', false)
    .optionsGroup('How:')
    .addOption(
      new Option('-o, --output <form>', 'how to show it')
        .choices(['chart', 'table', 'json'])
        .default('chart'),
    )
    .option('--legend <lines>', 'most lines in the legend of a chart', readCount, 12)
    .optionsGroup('Where:')
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
A <time> is 2026-01-31T12:00:00Z, 1769860800 (Unix seconds), -1h (an hour ago) or now.

Examples:
  vedette query 'sum by (mode) (rate(node_cpu_seconds_total[1m]))'
  vedette query 'node_memory_MemAvailable_bytes' --range 6h
  vedette query 'up == 0' --instant
  vedette query 'node_load1' --start -2d --end -1d --step 5m -o table
  vedette query 'topk(5, scrape_duration_seconds)' --instant -o json`,
    )
    .action(
      async (query: string, options: Omit<QueryOptions, 'mayBeginLater'>, command: Command) => {
        const mayBeginLater =
          command.getOptionValueSource('range') === 'default' && options.start === undefined
        await runQuery(query, { ...options, mayBeginLater }, ownTerminal())
      },
    )
}

function readCount(text: string): number {
  if (!/^[1-9][0-9]{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be a number from 1 to 9999.')
  return Number(text)
}
