import type {
  BacktestAlertJson,
  BacktestJson,
  BacktestNotificationJson,
} from '../contract/alert-backtest.ts'
import { formatDurationMs } from '../model/duration.ts'
import { drawBar, type BarCell } from './backtest-bar.ts'
import { displayWidth, padRight, printable, truncate } from './printable.ts'
import { chooseTimeTicks } from './time-scale.ts'

export interface ShowBacktestOptions {
  readonly columns: number
  readonly color: boolean
  /** What must be added to UTC for the local clock. */
  readonly localOffsetMs: number
  /** How long it took. */
  readonly tookMs: number
}

const LOOKS: Readonly<Record<BarCell, { readonly sign: string; readonly code: number }>> = {
  quiet: { sign: '·', code: 90 },
  pending: { sign: '▒', code: 33 },
  firing: { sign: '█', code: 31 },
  toldOver: { sign: '◇', code: 32 },
  told: { sign: '◆', code: 91 },
}

const MOST_ALERTS = 200
const MOST_NOTIFICATIONS = 40
const LEAST_BAR = 16

/** One line of the picture: an alert, or a rule that had none. */
interface Row {
  readonly name: string
  readonly drawn: Pick<BacktestAlertJson, 'states' | 'sent'>
  /** Behind the line: when it first fired, how often, how long, how often somebody was told; or one word. */
  readonly cells: readonly string[]
}

/** A line an alert, with what happened to it over time, a legend, and what was sent. */
export function showBacktest(result: BacktestJson, options: ShowBacktestOptions): string {
  const more = Math.max(0, result.alerts.length - MOST_ALERTS)
  return [
    describeRun(result, options),
    '',
    ...drawRows(result, options),
    ...(more > 0 ? [`and ${more} more alerts: -o json has them all`] : []),
    '',
    drawLegend(result.notifications !== undefined, options),
    ...describeFailures(result, options),
    ...describeNotifications(result, options),
    ...result.warnings.map((warning) => printable(`warning: ${warning}`)),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function drawRows(result: BacktestJson, options: ShowBacktestOptions): readonly string[] {
  const span = { startMs: Date.parse(result.from), endMs: Date.parse(result.to) }
  const isTold = result.notifications !== undefined
  const headings = ['FIRST FIRED', 'TIMES', 'FOR', ...(isTold ? ['TOLD'] : [])]
  const rows = listRows(result, options)
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map(({ cells }) => (i > 0 ? (cells[i] ?? '').length : 0))),
  )
  const cellWidth = widths.reduce((sum, width) => sum + width + 2, 0)
  const widest = Math.max(5, ...rows.map(({ name }) => displayWidth(name)))
  const nameWidth = Math.min(
    widest,
    Math.max(8, Math.min(options.columns - cellWidth - LEAST_BAR - 2, options.columns >> 1)),
  )
  const barWidth = Math.max(LEAST_BAR, options.columns - nameWidth - cellWidth - 2)
  const line = (name: string, bar: string, cells: readonly string[]): string => {
    const shown = cells.map((cell, i) =>
      i === 0 ? padRight(cell, widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    )
    return [padRight(truncate(name, nameWidth), nameWidth), bar, ...shown].join('  ').trimEnd()
  }
  return [
    paint(
      line('ALERT', padRight(drawTicks(span, options, barWidth), barWidth), headings),
      options.color,
      90,
    ),
    ...rows.map(({ name, drawn, cells }) =>
      line(name, paintBar(drawBar(drawn, span, barWidth), options), cells),
    ),
  ]
}

/** Alerts first, then the rules that had none. */
function listRows(result: BacktestJson, options: ShowBacktestOptions): readonly Row[] {
  const active = new Set(result.alerts.map(({ rule }) => rule))
  const quiet = result.rules.flatMap(({ alert, failures }, index): Row[] => {
    if (active.has(index)) return []
    const cells = [failures === undefined ? 'never' : 'failed']
    return [{ name: printable(alert), drawn: { states: [], sent: [] }, cells }]
  })
  return [
    ...result.alerts.slice(0, MOST_ALERTS).map((alert) => ({
      name: nameOf(alert, result),
      drawn: alert,
      cells: describeOutcome(alert, result, options),
    })),
    ...quiet,
  ]
}

function describeRun(
  { from, to, rules, evaluations }: BacktestJson,
  options: ShowBacktestOptions,
): string {
  const spanMs = Date.parse(to) - Date.parse(from)
  const range = `${minuteOf(from, options)} to ${minuteOf(to, options)} (${formatDurationMs(spanMs)})`
  const took = `${(options.tookMs / 1000).toFixed(1)} s`
  return `${count(rules.length, 'alerting rule')}, ${range}: ${count(evaluations, 'evaluation')} in ${took}`
}

/** The name of the alert and the labels that tell it from others of its rule. */
function nameOf({ labels, rule }: BacktestAlertJson, { alerts }: BacktestJson): string {
  const { alertname = '', ...others } = labels
  const same = alerts.filter((each) => each.rule === rule)
  const apart = Object.entries(others).filter(
    ([name, value]) => same.length === 1 || same.some((each) => each.labels[name] !== value),
  )
  // Of a lone alert the severity says nothing that its rule does not.
  const shown = apart.filter(([name]) => name !== 'severity')
  return printable([alertname, ...shown.map(([name, value]) => `${name}=${value}`)].join(' '))
}

function describeOutcome(
  { states, sent, withheld }: BacktestAlertJson,
  { to, notifications }: BacktestJson,
  options: ShowBacktestOptions,
): readonly string[] {
  const firing = states.filter(({ state }) => state === 'firing')
  const [first] = firing
  if (first === undefined) return states.length === 0 ? ['over before'] : ['pending only']
  const totalMs = firing.reduce(
    (sum, span) => sum + Date.parse(span.to ?? to) - Date.parse(span.from),
    0,
  )
  const cells = [
    minuteOf(first.from, options).slice(5),
    `${firing.length}×`,
    roundDuration(totalMs),
  ]
  if (notifications === undefined) return cells
  if (sent.length > 0) return [...cells, `${sent.length}×`]
  const reasons = new Set(withheld.flatMap(({ reason }) => WITHHELD_WORDS[reason] ?? []))
  return [...cells, [...reasons].join(', ') || 'no']
}

const WITHHELD_WORDS: Readonly<Record<string, string>> = {
  inhibition: 'inhibited',
  mute_time_interval: 'muted',
  active_time_interval: 'muted',
}

function describeFailures(
  { rules }: BacktestJson,
  options: ShowBacktestOptions,
): readonly string[] {
  return rules.flatMap(({ alert, failures }) => {
    if (failures === undefined) return []
    const { count: times, firstAt, error } = failures
    const text = `${alert} could not be evaluated ${times === 1 ? 'once' : `${times} times`}, first at ${minuteOf(firstAt, options)}: ${error}`
    return [paint(printable(text), options.color, 31)]
  })
}

function describeNotifications(
  { notifications, alerts }: BacktestJson,
  options: ShowBacktestOptions,
): readonly string[] {
  if (notifications === undefined) {
    return ['', 'Who would have been told? --alertmanager FILE replays its routes, too.']
  }
  if (notifications.length === 0) return ['', 'Nobody would have been told anything.']
  const names = new Map(alerts.map((each) => [each.fingerprint, each.labels['alertname'] ?? '']))
  const shown = notifications.slice(0, MOST_NOTIFICATIONS)
  const more = notifications.length - shown.length
  const receivers = shown.map(({ receiver, integration }) =>
    printable(`${receiver}/${integration}`),
  )
  const width = Math.max(...receivers.map(displayWidth))
  return [
    '',
    `${count(notifications.length, 'notification')} would have been sent:`,
    ...shown.map((each, i) => {
      const isOver = each.status === 'resolved'
      const { sign, code } = LOOKS[isOver ? 'toldOver' : 'told']
      const at = localText(each.at, options).slice(5, 19)
      const receiver = padRight(receivers[i] ?? '', width)
      const what = describeAlerts(each, names)
      return `${at}  ${paint(sign, options.color, code)} ${receiver}  ${padRight(each.status, 8)}  ${what}  (${each.reason})`
    }),
    ...(more > 0 ? [`and ${more} more: -o json has them all`] : []),
  ]
}

function describeAlerts(
  { firing, resolved }: BacktestNotificationJson,
  names: ReadonlyMap<string, string>,
): string {
  const all = [...new Set([...firing, ...resolved].map((each) => names.get(each) ?? each))]
  const shown = all.slice(0, 3).join(', ') + (all.length > 3 ? ', …' : '')
  const counts = [
    ...(firing.length > 0 ? [`${firing.length} firing`] : []),
    ...(resolved.length > 0 ? [`${resolved.length} resolved`] : []),
  ]
  return printable(`${shown}: ${counts.join(', ')}`)
}

function drawTicks(
  span: { readonly startMs: number; readonly endMs: number },
  { localOffsetMs }: ShowBacktestOptions,
  columns: number,
): string {
  let line = ''
  for (const { at, text } of chooseTimeTicks({ ...span, localOffsetMs }, columns)) {
    const column = Math.round(at * (columns - 1))
    const label = `╷${text}`
    if (column + label.length > columns || (line !== '' && column <= line.length)) continue
    line = line.padEnd(column) + label
  }
  return line
}

function drawLegend(isTold: boolean, { color }: ShowBacktestOptions): string {
  const words: readonly (readonly [BarCell, string])[] = [
    ['quiet', 'quiet'],
    ['pending', 'pending'],
    ['firing', 'firing'],
    ...(isTold
      ? ([
          ['told', 'somebody is told'],
          ['toldOver', 'told that it is over'],
        ] as const)
      : []),
  ]
  return words
    .map(([cell, word]) => `${paint(LOOKS[cell].sign, color, LOOKS[cell].code)} ${word}`)
    .join('   ')
}

/** Neighbours of one colour share one code. */
function paintBar(cells: readonly BarCell[], { color }: ShowBacktestOptions): string {
  let out = ''
  for (let i = 0; i < cells.length;) {
    const cell = cells[i] ?? 'quiet'
    let end = i
    while (cells[end] === cell) end++
    out += paint(LOOKS[cell].sign.repeat(end - i), color, LOOKS[cell].code)
    i = end
  }
  return out
}

/** Two units say enough. */
function roundDuration(durationMs: number): string {
  const unitMs = durationMs >= 86_400_000 ? 3_600_000 : durationMs >= 3_600_000 ? 60_000 : 1000
  return formatDurationMs(Math.round(durationMs / unitMs) * unitMs)
}

function minuteOf(time: string, options: ShowBacktestOptions): string {
  return localText(time, options).slice(0, 16)
}

/** `2026-01-31 12:00:00` of the local clock. */
function localText(time: string, { localOffsetMs }: ShowBacktestOptions): string {
  return new Date(Date.parse(time) + localOffsetMs).toISOString().slice(0, 19).replace('T', ' ')
}

function count(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`
}

function paint(text: string, color: boolean, code: number): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text
}
