import { InvalidArgumentError, Option, type Command } from 'commander'
import { Load } from '../demo/drive-load.ts'
import { SCENARIOS, type Scenario } from '../demo/scenario.ts'
import { parseDurationMs } from '../model/duration.ts'
import { ownProgramName } from './announce.ts'
import type { Exit } from './program.ts'
import { readHttpUrl } from './read-address.ts'
import { describeLoad, LoadLine } from './show-load.ts'
import { untilSignal } from './signals.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface LoadVerbOptions {
  readonly url: string
  readonly scenario: Scenario
  readonly concurrency: number
  readonly duration: string
  readonly rate?: number
}

const DEMO_URL = 'http://127.0.0.1:8080'

/** `vedette load`: drives the demonstration. */
export function addLoad(program: Command, exit: Exit): void {
  program
    .command('load')
    .summary('send requests to the demonstration')
    .description(
      'Sends requests to a service that "vedette demo" runs, and shows how fast they are answered. Exit code 1 when\n' +
        'requests had no answer; answers that a scenario asks for, 500 among them, are no failure. Ctrl-C ends it.',
    )
    .option('--url <url>', 'the service', DEMO_URL)
    .addOption(
      new Option('--scenario <name>', 'what to ask for').choices(SCENARIOS).default('normal'),
    )
    .option('--concurrency <n>', 'requests under way at the same time', readCount, 8)
    .option('--duration <duration>', 'how long', '60s')
    .option('--rate <n>', 'most requests a second (default: as many as are answered)', readCount)
    .addHelpText(
      'after',
      `
Examples:
  vedette load --scenario slow --concurrency 50 --duration 5m
  vedette load --rate 20`,
    )
    .action(async (options: LoadVerbOptions) => {
      exit.code = await runLoad(options, ownTerminal(), untilSignal())
    })
}

function readCount(text: string): number {
  const count = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > 10_000)
    throw new InvalidArgumentError('It must be a number from 1 to 10000.')
  return count
}

/** Runs a load until its time is over or `ended` resolves; resolves to the exit code. */
export async function runLoad(
  options: LoadVerbOptions,
  terminal: Terminal,
  ended: Promise<unknown>,
): Promise<number> {
  const url = readHttpUrl(options.url, '--url', DEMO_URL)
  const durationMs = parseDurationMs(options.duration)
  if (durationMs === undefined || durationMs === 0 || durationMs > 2 ** 31 - 1) {
    throw new UsageError(
      `--duration: must be a duration such as 60s or 5m, not ${JSON.stringify(options.duration)}`,
    )
  }
  const stop = new AbortController()
  void ended.then(() => stop.abort())
  const load = new Load({
    ...{ url, durationMs, scenario: options.scenario, concurrency: options.concurrency },
    ...{ rate: options.rate, signal: stop.signal },
  })
  const line = new LoadLine(terminal, () => load.result())
  try {
    const result = await load.run()
    line.end()
    terminal.write(describeLoad(result, ownProgramName()))
    return result.failures > 0 || result.requests === 0 ? 1 : 0
  } finally {
    line.end()
  }
}
