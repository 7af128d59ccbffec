import { numberOf, objectOf, textOf, type JsonObject } from '../lang/dashboard/json-value.ts'
import { localDay, localTime } from './logs-show.ts'
import { displayWidth, padRight, printable, truncate } from './printable.ts'
import { formatNs } from './span-duration.ts'
import type { Terminal } from './terminal.ts'

const GREY = 90
const RED = 31
const HEADINGS = ['TRACE', 'BEGAN', 'TOOK', 'SPANS', 'ERRORS', 'ROOT'] as const
const ERRORS = 4
/** Figures stand at the right of their columns. */
const FIGURES: ReadonlySet<number> = new Set([2, 3, 4])

/** The traces that a search found, a row each. Ends with a newline. */
export function showFoundTraces(
  found: readonly JsonObject[],
  { columns, color, nowMs }: Pick<Terminal, 'columns' | 'color' | 'nowMs'>,
): string {
  const today = localDay(new Date(nowMs()))
  const rows = found.map((trace) => cellsOf(trace, today))
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...rows.map((row) => displayWidth(row[at] ?? ''))),
  )
  const paint = (code: number, text: string): string =>
    color ? `\u001b[${code}m${text}\u001b[0m` : text
  const format = (row: readonly string[]): string[] =>
    row.map((cell, at) => {
      const width = widths[at] ?? 0
      return FIGURES.has(at) ? cell.padStart(width) : padRight(cell, width)
    })
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const lines = rows.map((row) => {
    const cells = format(row)
    const root = truncate(row[HEADINGS.length - 1] ?? '', Math.max(20, columns - before))
    if (row[ERRORS] !== '') cells[ERRORS] = paint(RED, cells[ERRORS] ?? '')
    return [...cells.slice(0, -1), root].join('  ')
  })
  return `${[paint(GREY, format(HEADINGS).join('  ').trimEnd()), ...lines].join('\n')}\n`
}

function cellsOf(trace: JsonObject, today: string): string[] {
  const stats = Object.values(objectOf(trace['serviceStats'])).map(objectOf)
  const sum = (key: string): number =>
    stats.reduce((total, one) => total + (numberOf(one[key]) ?? 0), 0)
  const service = textOf(trace['rootServiceName']) ?? ''
  const name = textOf(trace['rootTraceName']) ?? ''
  const durationMs = numberOf(trace['durationMs']) ?? 0
  const errors = sum('errorCount')
  return [
    printable((textOf(trace['traceID']) ?? '').padStart(32, '0')).slice(0, 40),
    beginOf(textOf(trace['startTimeUnixNano']) ?? '', today),
    // Answers have whole milliseconds.
    durationMs === 0 ? '<1 ms' : formatNs(BigInt(Math.round(durationMs)) * 1_000_000n),
    String(sum('spanCount') || ''),
    errors === 0 ? '' : String(errors),
    printable(`${service}: ${name}`),
  ]
}

/** Without the day where it is today. */
function beginOf(startNs: string, today: string): string {
  if (!/^[0-9]{1,20}$/.test(startNs)) return '-'
  const date = new Date(Number(BigInt(startNs) / 1_000_000n))
  const day = localDay(date)
  return day === today ? localTime(date) : `${day} ${localTime(date)}`
}
