import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { GettableAlertJson, GettableSilenceJson } from '../contract/alertmanager.ts'
import { formatAlertMatcher } from '../lang/alert-matchers/print.ts'
import { parseDurationMs } from '../model/duration.ts'
import { matcher, type MatchOp, type Matcher } from '../model/matcher.ts'
import {
  alertmanagerUrlOption,
  createAlertmanagerClient,
  type AlertmanagerClient,
} from './alertmanager-client.ts'
import { readMatcherArguments } from './matcher-arguments.ts'
import { ownName } from './own-name.ts'
import { formatMinute, formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

interface Place {
  readonly 'alertmanager.url': string
}

/** `vedette silence add|list|expire`. */
export function addSilence(program: Command): void {
  const silence = program.command('silence').summary('keep alerts from being told for a while')
  silence
    .command('add [matcher...]')
    .summary('make a silence')
    .description(
      'Silences the alerts that have these labels, those that fire now and those to come. Without matchers it silences everything,\n' +
        'says how much that is, and asks.',
    )
    .addOption(alertmanagerUrlOption())
    .option('-d, --duration <duration>', 'how long, such as 2h or 1d', '1h')
    .option('-r, --reason <text>', 'why; others see it', '')
    .option('--by <name>', 'who makes it', ownName())
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action((texts: string[], options: Place & AddOptions) =>
      asking(options, (client) => add(client, texts, options)),
    )
  silence
    .command('list [matcher...]')
    .summary('list silences')
    .addOption(alertmanagerUrlOption())
    .option('--expired', 'those that have ended, too')
    .option('-o, --output <format>', 'table or json', 'table')
    .action((texts: string[], options: Place & ListOptions) =>
      asking(options, (client) => list(client, texts, options)),
    )
  silence
    .command('expire <id...>')
    .summary('end silences now')
    .addOption(alertmanagerUrlOption())
    .action((ids: string[], options: Place) =>
      asking(options, async (client) => {
        for (const id of ids) {
          await client.call('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`)
          process.stdout.write(`ended ${id}\n`)
        }
      }),
    )
}

const EXAMPLES = `
Examples:
  vedette silence add alertname=HighLatency instance=~"api-.*" --duration 2h --reason "upgrade"
  vedette silence add DiskSpaceLow -d 1d -r "new disk ordered"`

interface AddOptions {
  readonly duration: string
  readonly reason: string
  readonly by: string
  readonly yes?: boolean
}

interface ListOptions {
  readonly expired?: boolean
  readonly output: string
}

async function add(
  client: AlertmanagerClient,
  texts: readonly string[],
  { duration, reason, by, yes }: AddOptions,
): Promise<void> {
  const durationMs = parseDurationMs(duration)
  if (durationMs === undefined || durationMs <= 0)
    throw new UsageError(
      `--duration: must be a duration such as 2h or 1d, not ${JSON.stringify(duration)}`,
    )
  // Every alert has a name; a silence must not match the empty text.
  const matchers =
    texts.length === 0 ? [matcher('alertname', '=~', '.+')] : readMatcherArguments(texts)
  const filters = matchers.map((each) => `filter=${encodeURIComponent(formatAlertMatcher(each))}`)
  const alerts = await client.call<GettableAlertJson[]>(
    'GET',
    `/api/v2/alerts?${filters.join('&')}`,
  )
  const many = `${alerts.length} ${alerts.length === 1 ? 'alert that fires' : 'alerts that fire'}`
  if (texts.length === 0 && yes !== true) {
    const warning = `This silences everything for ${duration}: ${many} now, and whatever comes.`
    if (!(await confirm(warning))) {
      process.stdout.write('nothing was silenced\n')
      return
    }
  }
  const nowMs = Date.now()
  const { silenceID } = await client.call<{ silenceID: string }>('POST', '/api/v2/silences', {
    matchers: matchers.map(toJson),
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + durationMs).toISOString(),
    createdBy: by === '' ? 'vedette silence' : by,
    comment: reason === '' ? 'no reason was given' : reason,
  })
  process.stdout.write(`${silenceID}\n`)
  process.stderr.write(
    `silenced until ${formatMinute(nowMs + durationMs)}: ${many} now. End it with: vedette silence expire ${silenceID}\n`,
  )
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(`${question} Give matchers, or --yes to do it without being asked.`)
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await reader.question(`${question} Go on? [y/N] `)
    return /^y(?:es)?$/i.test(answer.trim())
  } finally {
    reader.close()
  }
}

async function list(
  client: AlertmanagerClient,
  texts: readonly string[],
  { expired, output }: ListOptions,
): Promise<void> {
  const filters = readMatcherArguments(texts).map(
    (each) => `filter=${encodeURIComponent(formatAlertMatcher(each))}`,
  )
  const query = [...filters, `expired=${expired === true}`].join('&')
  const silences = await client.call<GettableSilenceJson[]>('GET', `/api/v2/silences?${query}`)
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify(silences, undefined, 2)}\n`)
    return
  }
  if (silences.length === 0) {
    process.stdout.write('no silences\n')
    return
  }
  const rows = silences.map(({ id, matchers, status, endsAt, createdBy, comment }) => [
    id,
    status.state,
    formatMinute(Date.parse(endsAt)),
    matchers.map((each) => formatAlertMatcher({ ...each, op: opOf(each) })).join(' '),
    createdBy,
    comment,
  ])
  process.stdout.write(formatTable(['ID', 'STATE', 'ENDS', 'MATCHERS', 'BY', 'REASON'], rows))
}

function opOf({ isEqual, isRegex }: { isEqual: boolean; isRegex: boolean }): MatchOp {
  return isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
}

function toJson({ name, op, value }: Matcher) {
  return { name, value, isEqual: op === '=' || op === '=~', isRegex: op === '=~' || op === '!~' }
}

async function asking(
  options: Place,
  work: (client: AlertmanagerClient) => Promise<void>,
): Promise<void> {
  const client = createAlertmanagerClient(options['alertmanager.url'])
  try {
    await work(client)
  } finally {
    await client.close()
  }
}
