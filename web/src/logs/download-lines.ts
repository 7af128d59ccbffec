import { stripAnsi } from './ansi.ts'
import { labelsOf, type LogLine } from './log-line.ts'

export const FORMATS = ['txt', 'json', 'csv'] as const
export type DownloadFormat = (typeof FORMATS)[number]

const MIME: Readonly<Record<DownloadFormat, string>> = {
  txt: 'text/plain',
  json: 'application/json',
  csv: 'text/csv',
}

/** Lines as a file: for people, for programs, for spreadsheets. */
export function encodeLines(lines: readonly LogLine[], format: DownloadFormat): string {
  switch (format) {
    case 'txt':
      return lines.map((line) => `${isoTime(line)} ${stripAnsi(line.text)}\n`).join('')
    case 'json': {
      const rows = lines.map((line) => ({
        timestamp: line.timestampNs,
        line: line.text,
        labels: labelsOf(line),
      }))
      return `${JSON.stringify(rows, undefined, 1)}\n`
    }
    case 'csv':
      return encodeCsv(lines)
    default:
      return format satisfies never
  }
}

/** Saves lines as a file of the person's machine. */
export function saveLines(lines: readonly LogLine[], format: DownloadFormat): void {
  const url = URL.createObjectURL(new Blob([encodeLines(lines, format)], { type: MIME[format] }))
  const link = document.createElement('a')
  link.href = url
  link.download = `logs-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${format}`
  link.click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** RFC 3339 with nine digits of the fraction. */
function isoTime({ timestampNs, timeMs }: LogLine): string {
  const second = new Date(timeMs).toISOString().slice(0, 19)
  return `${second}.${timestampNs.slice(-9).padStart(9, '0')}Z`
}

function encodeCsv(lines: readonly LogLine[]): string {
  const names = [...new Set(lines.flatMap((line) => Object.keys(labelsOf(line))))].sort()
  const rows = lines.map((line) => {
    const labels = labelsOf(line)
    return [isoTime(line), line.timestampNs, ...names.map((name) => labels[name] ?? ''), line.text]
  })
  const all = [['time', 'timestamp_ns', ...names, 'line'], ...rows]
  return all.map((cells) => `${cells.map(encodeCell).join(',')}\r\n`).join('')
}

/** RFC 4180; and what a spreadsheet would take for a formula is made a text. */
function encodeCell(text: string): string {
  const plain = stripAnsi(text)
  const safe = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
