import { displayWidth, padRight, printable } from './printable.ts'

/** Rows under headings, in columns as wide as they need. Ends with a newline. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [headings, ...rows.map((row) => row.map(printable))]
  const widths = headings.map((_, at) => Math.max(...all.map((row) => displayWidth(row[at] ?? ''))))
  return all
    .map((row) =>
      row
        .map((cell, at) => padRight(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** A time to the minute, in this machine's zone; `never` for none. */
export function formatMinute(timeMs: number | undefined): string {
  if (timeMs === undefined) return 'never'
  const date = new Date(timeMs)
  const local = new Date(timeMs - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16).replace('T', ' ')
}
