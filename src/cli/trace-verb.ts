import { InvalidArgumentError, Option, type Command } from 'commander'
import { ownTerminal } from './terminal.ts'
import { runTrace, type TraceOptions } from './trace-query.ts'
import { tracesUrlOption } from './traces-client.ts'
import { runTraces, type TracesOptions } from './traces-query.ts'

/** `vedette traces` and `vedette trace`. */
export function addTraces(program: Command): void {
  program
    .command('traces')
    .summary('find traces in TraceQL')
    .description(
      'Lists the traces that a TraceQL query finds, the newest first, or draws the series of a metrics query. Without a query it lists all.',
    )
    .argument('[traceql]', 'the query, in quotes', '{ }')
    .optionsGroup('When:')
    .option('--since <duration>', 'how far back to look', '1h')
    .option('--from <time>', 'where to begin, instead of --since')
    .option('--to <time>', 'where to end (default: now)')
    .option('-n, --limit <traces>', 'the newest so many traces', readLimit, 20)
    .optionsGroup('How:')
    .addOption(
      new Option('-o, --output <form>', 'how to show them')
        .choices(['table', 'json'])
        .default('table'),
    )
    .optionsGroup('Where:')
    .addOption(tracesUrlOption())
    .addHelpText('after', TRACES_EXAMPLES)
    .action((query: string, options: TracesOptions) => runTraces(query, options, ownTerminal()))
  program
    .command('trace')
    .summary('draw one trace')
    .description('Draws a trace: a row a span, with a bar that tells when it was.')
    .argument('<id>', 'the id of the trace')
    .option('--events', 'attributes and events of each span, too', false)
    .option('--json', 'the trace as OTLP has it, instead', false)
    .option('-n, --limit <spans>', 'most spans; 0 for all', readSpans, 500)
    .option('--width <columns>', 'as wide as this, instead of as the terminal', readWidth)
    .addOption(tracesUrlOption())
    .addHelpText('after', TRACE_EXAMPLES)
    .action((id: string, options: TraceOptions) => runTrace(id, options, ownTerminal()))
}

const TRACES_EXAMPLES = `
A <time> is 2026-01-31T12:00:00Z, 1769860800 (Unix seconds), -1h (an hour ago) or now.

Examples:
  vedette traces '{ resource.service.name = "api" && duration > 1s }'
  vedette traces '{ status = error } >> { span.db.system = "postgresql" }' --since 24h --limit 100
  vedette traces '{ } | rate() by (resource.service.name)'
  vedette traces '{ kind = server } | quantile_over_time(duration, .95) by (name)' --since 6h`

const TRACE_EXAMPLES = `
Examples:
  vedette trace 5b8efff798038103d269b633813fc60c
  vedette trace 5b8efff798038103d269b633813fc60c --events | less -R`

function readLimit(text: string): number {
  const limit = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > 1000) throw new InvalidArgumentError('It must be from 1 to 1000.')
  return limit
}

function readSpans(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text))
    throw new InvalidArgumentError('It must be a number, or 0 for all.')
  return Number(text)
}

function readWidth(text: string): number {
  const width = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (width < 40 || width > 1000) throw new InvalidArgumentError('It must be from 40 to 1000.')
  return width
}
