import type { KeptAlert } from '../alert/received/received-alerts.ts'
import { printable, truncate } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** A storm must not flood the console: the rest is counted, and `GET /alerts` has it. */
const MOST_SHOWN = 50

const RED = 31
const GREEN = 32
const YELLOW = 33
const GREY = 90

const HEADS = {
  firing: { mark: '▲', word: 'FIRING', color: RED },
  resolved: { mark: '✓', word: 'RESOLVED', color: GREEN },
  unknown: { mark: '?', word: 'UNKNOWN', color: YELLOW },
} as const

/** The alerts of one message to the webhook receiver, a readable block each. */
export function showAlerts(
  alerts: readonly KeptAlert[],
  { color, columns }: Pick<Terminal, 'color' | 'columns'>,
): string {
  const blocks = alerts.slice(0, MOST_SHOWN).map((alert) => showAlert(alert, { color, columns }))
  const more = alerts.length - blocks.length
  if (more > 0) blocks.push(`  and ${more} more alerts in the same message\n`)
  return `\n${blocks.join('\n')}`
}

function showAlert(
  alert: KeptAlert,
  { color, columns }: Pick<Terminal, 'color' | 'columns'>,
): string {
  const paint = (code: number, text: string): string =>
    color ? `\u001b[${code}m${text}\u001b[0m` : text
  const { mark, word, color: code } = HEADS[alert.status]
  const { alertname = 'an alert without a name', severity, ...others } = alert.labels
  const { summary, description, ...notes } = alert.annotations
  const when = alert.receivedAt.slice(0, 19).replace('T', ' ')
  const head = [
    `${mark} ${word}`,
    printable(alertname),
    ...(severity === undefined ? [] : [`[${printable(severity)}]`]),
  ]
  const line = (name: string, text: string): string =>
    `  ${paint(code, '│')} ${paint(GREY, name.padEnd(11))} ${truncate(printable(text), Math.max(20, columns - 16))}`
  const labels = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const told: (readonly [string, string])[] = [
    ['summary', summary ?? ''],
    ['description', description ?? ''],
    ['labels', labels.join(' ')],
    ...Object.entries(notes).map(([name, value]) => [printable(name), value] as const),
    ['since', alert.startsAt],
    ['receiver', alert.receiver],
    ['source', alert.generatorURL],
  ]
  const lines = told.filter(([, text]) => text !== '').map(([name, text]) => line(name, text))
  return [`  ${paint(code, head.join('  '))}  ${paint(GREY, `${when} UTC`)}`, ...lines, ''].join(
    '\n',
  )
}
