import type { LogEntry } from '../collect/tail/stages/entry.ts'
import type { MetricFamily } from '../model/metric-family.ts'
import {
  formatTime,
  isNothing,
  type Change,
  type StageChange,
  type StageTrace,
  type StageFigures,
} from './logs-replay-trace.ts'
import { padRight, printable, truncate } from './printable.ts'
import { seriesName } from './series-name.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'

const GREY = 90
const RED = 31
const GREEN = 32
const YELLOW = 33
const CYAN = 36
const BOLD = 1

/** Values that a stage extracted are shown so long. */
const VALUE_COLUMNS = 60
const MOST_METRICS = 20
const STAGE_COLUMNS = 27

type Look = Pick<Terminal, 'columns' | 'color'>

/** How lines go through a pipeline, for a person. */
export class ReplayView {
  readonly #look: Look

  constructor(look: Look) {
    this.#look = look
  }

  #paint(code: number, text: string): string {
    return this.#look.color ? `\u001b[${code}m${text}\u001b[0m` : text
  }

  #fit(text: string, indent: number): string {
    return truncate(printable(text), Math.max(30, this.#look.columns - indent))
  }

  /** One line, each stage, and what is stored. */
  showLine(
    number: number,
    line: string | undefined,
    changes: readonly StageChange[],
    stored: readonly LogEntry[],
  ): string {
    const heading =
      line === undefined
        ? `${this.#paint(BOLD, 'end of the file')}\n`
        : `${this.#paint(BOLD, `line ${number}`)}\n  ${this.#paint(GREY, this.#fit(line, 4))}\n`
    const stages = changes
      // What stages within a stage did is told there.
      .filter(({ number: own }) => !changes.some((other) => other.number.startsWith(`${own}.`)))
      .map((change) => this.#stage(change))
      .join('')
    const kept = stored
      .map((entry) => {
        const labels = seriesName(entry.labels.toObject())
        const metadata =
          entry.metadata.size === 0 ? '' : ` ${seriesName(entry.metadata.toObject())}`
        return (
          `  ${this.#paint(GREEN, '=> stored')} ${this.#paint(CYAN, this.#fit(labels + metadata, 14))}\n` +
          `     ${formatTime(entry.timestampNs)} ${this.#fit(entry.line, 38)}\n`
        )
      })
      .join('')
    return `${heading}${stages}${kept}\n`
  }

  #stage({ number, name, outcome, reason, lines, changes }: StageChange): string {
    const depth = number.split('.').length
    const title = padRight(`${'  '.repeat(depth)}${number} ${name}`, STAGE_COLUMNS)
    const found = groupExtracted(changes.filter((change) => !isNothing(change)))
    const rows = found.map((change) => this.#change(change))
    const missing = changes.filter(isNothing).map((change) => printable(change.name ?? ''))
    if (missing.length > 0) {
      const text = this.#fit(`no value for ${missing.join(', ')}`, STAGE_COLUMNS + 10)
      rows.push(`${padRight('extracted', 10)}${this.#paint(GREY, text)}`)
    }
    if (outcome === 'dropped') {
      rows.unshift(
        this.#paint(RED, `dropped (${printable(reason ?? '')}): the line goes no further`),
      )
    }
    if (outcome === 'held')
      rows.unshift(this.#paint(YELLOW, 'held back, to be joined with what follows'))
    if (outcome === 'joined' && lines !== undefined) {
      const [first, last] = lines
      const which =
        first === last ? `line ${first} goes on` : `lines ${first} to ${last} go on as one`
      rows.unshift(this.#paint(YELLOW, which))
    }
    if (rows.length === 0) rows.push(this.#paint(GREY, 'no change'))
    return rows.map((row, at) => `${at === 0 ? title : ' '.repeat(STAGE_COLUMNS)}${row}\n`).join('')
  }

  #change({ what, name, before, after }: Change): string {
    const kind = padRight(what, 10)
    const room = STAGE_COLUMNS + 14
    if (what === 'line') return `${kind}${this.#paint(YELLOW, this.#fit(after ?? '', room))}`
    if (what === 'time') {
      return `${kind}${this.#paint(YELLOW, after ?? '')} ${this.#paint(GREY, `(was ${before ?? ''})`)}`
    }
    const label = name === undefined ? '' : `${printable(name)}=`
    const show = (value: string): string => truncate(printable(value), VALUE_COLUMNS)
    if (before === undefined) {
      return `${kind}${this.#paint(GREEN, `+ ${this.#fit(`${label}${show(after ?? '')}`, room)}`)}`
    }
    if (after === undefined) {
      return `${kind}${this.#paint(RED, `- ${this.#fit(`${label}${show(before)}`, room)}`)}`
    }
    return `${kind}${this.#paint(YELLOW, `~ ${this.#fit(`${label}${show(after)}`, room)}`)} ${this.#paint(GREY, `(was ${show(before)})`)}`
  }

  /** What became of all lines. */
  showSummary(trace: StageTrace, counts: { linesIn: number; linesOut: number }): string {
    const { linesIn, linesOut } = counts
    const droppedCount = [...trace.dropped.values()].reduce((sum, count) => sum + count, 0)
    const joined = linesIn - linesOut - droppedCount
    const reasons = [...trace.dropped].map(([reason, count]) => `${printable(reason)} ${count}`)
    const parts = [
      `${linesIn} ${linesIn === 1 ? 'line' : 'lines'} in`,
      `${linesOut} out`,
      droppedCount === 0 ? 'none dropped' : `${droppedCount} dropped (${reasons.join(', ')})`,
      ...(joined > 0 ? [`${joined} joined to others`] : []),
    ]
    const rows = [...trace.figures.values()].map(rowOf)
    const headings = ['stage', 'in line', 'saw', 'changed', 'dropped']
    const table = rows.length === 0 ? '' : formatTable(headings, rows.sort(byNumber))
    return `${table}${this.#paint(BOLD, parts.join(', '))}\n`
  }

  /** What `metrics` stages counted. */
  showMetrics(families: readonly MetricFamily[]): string {
    const rows = families.flatMap((family) =>
      family.metrics.map(({ labels, suffix = '', value }) => [
        seriesName({ __name__: family.name + suffix, ...pairs(labels) }),
        String(value),
      ]),
    )
    if (rows.length === 0) return ''
    const more = rows.length > MOST_METRICS ? `… and ${rows.length - MOST_METRICS} more\n` : ''
    return `${formatTable(['metric', 'value'], rows.slice(0, MOST_METRICS))}${more}`
  }
}

function rowOf({ number, name, line, seen, changed, dropped }: StageFigures): string[] {
  const place = line === 0 ? '' : String(line)
  return [`${number} ${name}`, place, String(seen), String(changed), String(dropped)]
}

function byNumber([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function pairs(flat: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {}
  for (let i = 0; i < flat.length; i += 2) out[flat[i] ?? ''] = flat[i + 1] ?? ''
  return out
}

/** What a stage extracted stands behind what it changed of the line itself. */
function groupExtracted(changes: readonly Change[]): readonly Change[] {
  const order = ['line', 'time', 'label', 'metadata', 'extracted']
  return changes.toSorted((a, b) => order.indexOf(a.what) - order.indexOf(b.what))
}
