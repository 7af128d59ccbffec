import { InvalidArgumentError, Option, type Command } from 'commander'
import { runLogs, type LogsOptions } from './logs-query.ts'
import { addLogsReplay } from './logs-replay.ts'
import { logsUrlOption } from './logs-url.ts'
import { untilSignal } from './signals.ts'
import { ownTerminal } from './terminal.ts'

/** `vedette logs` and `vedette logs replay`. */
export function addLogs(program: Command): void {
  const logs = program
    .command('logs')
    .helpCommand(false)
    .summary('show, search and follow logs in LogQL')
    .description(
      'Shows the lines of a LogQL query, oldest first, or draws the answer of a metric query. Without a query it shows all lines.',
    )
    .argument('[logql]', 'the query, in quotes')
    .optionsGroup('When:')
    .option('--since <duration>', 'how far back to look', '1h')
    .option('--from <time>', 'where to begin, instead of --since')
    .option('--to <time>', 'where to end (default: now)')
    .option('-n, --limit <lines>', 'the newest so many lines; 0 for all', readLimit, 200)
    .option('-f, --follow', 'go on with new lines as they come, until Ctrl-C', false)
    .optionsGroup('How:')
    .addOption(
      new Option('-o, --output <form>', 'how to show a line')
        .choices(['table', 'raw', 'json'])
        .default('table'),
    )
    .option(
      '--labels <names>',
      'labels to show before each line, by comma (default: those that differ)',
      readNames,
    )
    .optionsGroup('Where:')
    .addOption(logsUrlOption())
    .addHelpText('after', EXAMPLES)
    .action(
      async (
        query: string | undefined,
        options: Omit<LogsOptions, 'isLimitGiven'>,
        command: Command,
      ) => {
        const isLimitGiven = command.getOptionValueSource('limit') !== 'default'
        const ended = options.follow ? untilSignal() : new Promise(() => undefined)
        await runLogs(query, { ...options, isLimitGiven }, ownTerminal(), ended)
      },
    )
  addLogsReplay(logs)
}

const EXAMPLES = `
A <time> is 2026-01-31T12:00:00Z, 1769860800 (Unix seconds), -1h (an hour ago) or now.

Examples:
  vedette logs '{unit="ssh.service"} |= "Failed"' --since 24h
  vedette logs -f
  vedette logs '{job="varlogs"} | json | status >= 500' --labels filename,status
  vedette logs '{job="docker"}' --from -2h --to -1h --limit 0 -o raw > docker.log
  vedette logs 'sum by (level) (count_over_time({job="docker"} | json [1m]))'
  vedette logs replay app.log --config promtail.yml --dry-run`

function readLimit(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text))
    throw new InvalidArgumentError('It must be a number, or 0 for all.')
  return Number(text)
}

function readNames(text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0) throw new InvalidArgumentError('It must be names of labels, by comma.')
  return names
}
