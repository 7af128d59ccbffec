import type { WhyJson, WhyRuleJson } from '../contract/alert-why.ts'
import type { GettableAlertJson, LabelSetJson, TestAlertJson } from '../contract/alertmanager.ts'
import { printable } from './printable.ts'
import { formatMinute, formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'

const RED = 31
const GREEN = 32
const YELLOW = 33
const GREY = 90

type Colors = Pick<Terminal, 'color'>

/** A line an alert, the newest first: its name, since when, what suppresses it, its labels. */
export function showAlertList(alerts: readonly GettableAlertJson[], terminal: Colors): string {
  if (alerts.length === 0) return 'no alert fires\n'
  const rows = alerts
    .toSorted((a, b) => Date.parse(b.startsAt) - Date.parse(a.startsAt))
    .map(({ labels, annotations, startsAt, status }) => [
      labels['alertname'] ?? '',
      labels['severity'] ?? '',
      formatMinute(Date.parse(startsAt)),
      describeState(status),
      describeLabels(labels),
      annotations['summary'] ?? '',
    ])
  const text = formatTable(['ALERT', 'SEVERITY', 'SINCE', 'STATE', 'LABELS', 'SUMMARY'], rows)
  return paintFirstLine(text, terminal)
}

function describeState({ silencedBy, inhibitedBy, mutedBy }: GettableAlertJson['status']): string {
  if (silencedBy.length > 0) return 'silenced'
  if (inhibitedBy.length > 0) return 'inhibited'
  return mutedBy.length > 0 ? (mutedBy[0] ?? '') : 'firing'
}

/** Labels besides the name and the severity, which have columns of their own. */
function describeLabels(labels: LabelSetJson): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'alertname' && name !== 'severity')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** The story of each alert, and what the rules say. */
export function showWhy(why: WhyJson, terminal: Colors): string {
  const blocks = why.alerts.map(({ labels, story, now }) => {
    const color = now.state === 'firing' ? RED : now.state === 'pending' ? YELLOW : GREEN
    const head = `${labels['alertname'] ?? 'an alert'}  ${describeLabels(labels)}`
    const lines = story.map((line) => `  ${printable(line)}`)
    return [paint(terminal, color, printable(head)), ...lines].join('\n')
  })
  if (why.more > 0) blocks.push(`and ${why.more} more alerts: name more labels to see them`)
  blocks.push(...why.rules.map((rule) => showRule(rule, terminal)))
  if (why.alerts.length === 0)
    blocks.unshift(
      why.rules.length === 0
        ? 'no such alert was pending or fired in that time, and no rule in force makes one'
        : 'no such alert was pending or fired in that time',
    )
  return `${blocks.join('\n\n')}\n`
}

function showRule(rule: WhyRuleJson, terminal: Colors): string {
  const lines = [
    paint(
      terminal,
      GREY,
      printable(`rule ${rule.alert} of the group ${rule.group} in ${rule.file}`),
    ),
    `  ${printable(rule.query)}  (for ${rule.for})`,
    `  ${rule.state}, health ${rule.health}, last evaluated ${rule.lastEvaluation ?? 'never'}`,
  ]
  if (rule.lastError !== '') lines.push(paint(terminal, RED, `  ${printable(rule.lastError)}`))
  const { comparison } = rule
  if (comparison !== undefined) {
    const { query, operator, threshold, values } = comparison
    if (values.length === 0)
      lines.push(`  ${printable(query)} has no value now: no series has these labels`)
    for (const { labels, value } of values.slice(0, 10)) {
      const shown = `${describeLabels(labels)}: ${value} ${operator} ${threshold}`
      lines.push(`  ${printable(shown)} is ${holds(value, operator, threshold)}`)
    }
  }
  return lines.join('\n')
}

function holds(value: number, operator: string, threshold: number): boolean {
  switch (operator) {
    case '>':
      return value > threshold
    case '<':
      return value < threshold
    case '>=':
      return value >= threshold
    case '<=':
      return value <= threshold
    case '==':
      return value === threshold
    default:
      return value !== threshold
  }
}

/** What each receiver answered to a test alert. */
export function showDeliveries({ routes }: TestAlertJson, terminal: Colors): string {
  const lines = routes.flatMap(({ path, receiver, suppressed, deliveries }) => [
    printable(path === '' ? `receiver ${receiver}` : `route ${path} to receiver ${receiver}`),
    ...(suppressed === undefined
      ? []
      : [
          paint(
            terminal,
            YELLOW,
            `  a real alert would not have been told: ${printable(suppressed)}`,
          ),
        ]),
    ...deliveries.map(({ integration, ok, answer }) =>
      paint(
        terminal,
        ok ? GREEN : RED,
        printable(`  ${ok ? '✓' : '✗'} ${integration}: ${ok ? 'delivered' : 'failed'}, ${answer}`),
      ),
    ),
    ...(deliveries.length === 0
      ? [paint(terminal, YELLOW, '  this receiver has no entries: nothing is delivered')]
      : []),
  ])
  return `${lines.join('\n')}\n`
}

function paintFirstLine(text: string, terminal: Colors): string {
  const end = text.indexOf('\n')
  return paint(terminal, GREY, text.slice(0, end)) + text.slice(end)
}

function paint({ color }: Colors, code: number, text: string): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text
}
