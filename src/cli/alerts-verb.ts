import type { Command } from 'commander'
import type { WhyJson } from '../contract/alert-why.ts'
import type { AlertGroupJson, GettableAlertJson, TestAlertJson } from '../contract/alertmanager.ts'
import { formatAlertMatcher } from '../lang/alert-matchers/print.ts'
import {
  alertmanagerUrlOption,
  createAlertmanagerClient,
  type AlertmanagerClient,
} from './alertmanager-client.ts'
import { readMatcherArguments } from './matcher-arguments.ts'
import { ownName } from './own-name.ts'
import type { Exit } from './program.ts'
import { showAlertList, showDeliveries, showWhy } from './show-alerts.ts'
import { ownTerminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface Place {
  readonly 'alertmanager.url': string
}

/** `vedette alerts`, `vedette alert …` and `vedette test-alert`. */
export function addAlerts(program: Command, exit: Exit): void {
  program
    .command('alerts [matcher...]')
    .summary('what fires, and what is silenced')
    .description(
      'Lists the alerts that fire. A matcher is NAME=VALUE, NAME!=, NAME=~REGEX, NAME!~REGEX, or an alert’s name.',
    )
    .addOption(alertmanagerUrlOption())
    .option('-o, --output <format>', 'table or json', 'table')
    .action(async (texts: string[], options: Place & { output: string }) => {
      const alerts = await asking(options, (client) =>
        client.call<GettableAlertJson[]>('GET', `/api/v2/alerts${filterOf(texts)}`),
      )
      const isJson = options.output === 'json'
      write(isJson ? json(alerts) : showAlertList(alerts, ownTerminal()))
    })
  const alert = program
    .command('alert')
    .summary('why one alert was told or not; who takes care of it')
  addWhy(alert)
  addAcknowledge(alert)
  addTestAlert(program, exit)
}

function addWhy(alert: Command): void {
  alert
    .command('why <matcher...>')
    .summary('why people were, or were not, told about an alert')
    .description(
      'Tells the story of an alert: what its rule said, which way it went, what inhibited, silenced or muted it, and each\n' +
        'attempt to tell people with the answer.',
    )
    .addOption(alertmanagerUrlOption())
    .option('--from <time>', 'RFC 3339, or Unix seconds (default: a day before --to)')
    .option('--to <time>', 'RFC 3339, or Unix seconds (default: now)')
    .option('-o, --output <format>', 'text or json', 'text')
    .addHelpText('after', WHY_EXAMPLES)
    .action(async (texts: string[], options: Place & WhyOptions) => {
      const range = [
        ...(options.from === undefined ? [] : [`&from=${encodeURIComponent(options.from)}`]),
        ...(options.to === undefined ? [] : [`&to=${encodeURIComponent(options.to)}`]),
      ].join('')
      const why = await asking(options, (client) =>
        client.call<WhyJson>('GET', `/api/vedette/alerts/why${filterOf(texts)}${range}`),
      )
      write(options.output === 'json' ? json(why) : showWhy(why, ownTerminal()))
    })
}

interface WhyOptions {
  readonly from?: string
  readonly to?: string
  readonly output: string
}

const WHY_EXAMPLES = `
Examples:
  vedette alert why DiskSpaceLow
  vedette alert why alertname=HighLatency instance=api-1 --from 2026-05-01T00:00:00Z`

function addAcknowledge(alert: Command): void {
  alert
    .command('ack <matcher...>')
    .summary('say that somebody takes care of it: it is not told again until it is over')
    .description(
      'Acknowledges the alerts that fire and have these labels. Unlike a silence it ends by itself: when an alert is over, that is\n' +
        'told, and when it fires again, that is told too.',
    )
    .addOption(alertmanagerUrlOption())
    .option('--by <name>', 'who says so', ownName())
    .option('--assign <name>', 'who works on it', '')
    .option('--comment <text>', 'what others should know', '')
    .action(async (texts: string[], options: Place & AckOptions) => {
      await asking(options, async (client) => {
        for (const each of await firing(client, texts)) {
          await client.call('POST', '/api/vedette/acknowledgements', {
            fingerprint: each.fingerprint,
            createdBy: options.by,
            assignee: options.assign,
            comment: options.comment,
          })
          write(`acknowledged ${describe(each)}\n`)
        }
      })
    })
  alert
    .command('unack <matcher...>')
    .summary('take an acknowledgement back')
    .addOption(alertmanagerUrlOption())
    .action(async (texts: string[], options: Place) => {
      await asking(options, async (client) => {
        for (const each of await firing(client, texts)) {
          if (!each.status.mutedBy.some((by) => by.startsWith('acknowledged by '))) continue
          await client.call('DELETE', `/api/vedette/acknowledgements/${each.fingerprint}`)
          write(`no longer acknowledged: ${describe(each)}\n`)
        }
      })
    })
}

interface AckOptions {
  readonly by: string
  readonly assign: string
  readonly comment: string
}

function addTestAlert(program: Command, exit: Exit): void {
  program
    .command('test-alert')
    .summary('send a test alert and say what was delivered where')
    .description(
      'Sends a test alert the way that real ones go (routing, templates, receivers) at once, and says what each receiver answered.\n' +
        'Exit code 1 when one of them failed, or when no receiver was found.',
    )
    .addOption(alertmanagerUrlOption())
    .option('--severity <severity>', 'the label severity', 'warning')
    .option('--receiver <name>', 'send to this receiver, whatever the routes say')
    .option('--label <name=value...>', 'further labels')
    .option('--summary <text>', 'the annotation summary', 'This is a test alert of Vedette.')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (options: Place & TestOptions) => {
      const labels = {
        alertname: 'VedetteTestAlert',
        severity: options.severity,
        instance: 'test',
        ...readLabels(options.label ?? []),
      }
      const outcome = await asking(options, (client) =>
        client.call<TestAlertJson>('POST', '/api/vedette/test-alert', {
          labels,
          annotations: {
            summary: options.summary,
            description: 'Somebody wanted to know whether alerts arrive. Nothing is to be done.',
          },
          ...(options.receiver === undefined ? {} : { receiver: options.receiver }),
        }),
      )
      write(options.output === 'json' ? json(outcome) : showDeliveries(outcome, ownTerminal()))
      const deliveries = outcome.routes.flatMap((route) => route.deliveries)
      if (deliveries.length === 0 || deliveries.some(({ ok }) => !ok)) exit.code = 1
    })
}

interface TestOptions {
  readonly severity: string
  readonly receiver?: string
  readonly label?: readonly string[]
  readonly summary: string
  readonly output: string
}

function readLabels(texts: readonly string[]): Record<string, string> {
  const entries = texts.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at <= 0) throw new UsageError(`--label: must be NAME=VALUE, not ${JSON.stringify(text)}`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
  return Object.fromEntries(entries)
}

async function firing(
  client: AlertmanagerClient,
  texts: readonly string[],
): Promise<readonly GettableAlertJson[]> {
  const alerts = await client.call<GettableAlertJson[]>('GET', `/api/v2/alerts${filterOf(texts)}`)
  if (alerts.length === 0) throw new UsageError('no alert with these labels fires')
  return alerts
}

/** `?filter=…&filter=…` */
function filterOf(texts: readonly string[]): string {
  const filters = readMatcherArguments(texts).map(
    (each) => `filter=${encodeURIComponent(formatAlertMatcher(each))}`,
  )
  return filters.length === 0 ? '' : `?${filters.join('&')}`
}

async function asking<T>(
  options: Place,
  work: (client: AlertmanagerClient) => Promise<T>,
): Promise<T> {
  const client = createAlertmanagerClient(options['alertmanager.url'])
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

function describe({ labels }: Pick<AlertGroupJson, 'labels'>): string {
  const { alertname = '', ...others } = labels
  const pairs = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${alertname} {${pairs.join(', ')}}`
}

function write(text: string): void {
  process.stdout.write(text)
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
