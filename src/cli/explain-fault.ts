import { displayWidth, printable } from './printable.ts'
import { UsageError } from './usage-error.ts'

/** Of a long line so much is shown before the place of a fault, and behind it. */
const BEFORE = 60
const AFTER = 40
const MOST_FAULTS = 5

/** What is wrong with a query, and where: offsets in UTF-16. */
export interface PlacedFault {
  readonly start: number
  readonly end: number
  readonly message: string
}

/** A `UsageError` that shows each fault with a caret below its place. */
export function faultsError(query: string, faults: readonly PlacedFault[]): UsageError {
  const shown = faults.slice(0, MOST_FAULTS).map((fault) => explainFault(query, fault))
  return new UsageError(shown.join('\n'))
}

function explainFault(query: string, fault: PlacedFault): string {
  const lineStart = query.lastIndexOf('\n', fault.start - 1) + 1
  const lineEnd = query.indexOf('\n', fault.start)
  const line = query.slice(lineStart, lineEnd < 0 ? undefined : lineEnd)
  const before = printable(line.slice(0, fault.start - lineStart))
  const behind = printable(line.slice(fault.start - lineStart))
  const shownBefore = before.length > BEFORE ? `…${before.slice(-BEFORE)}` : before
  const shownBehind = behind.length > AFTER ? `${behind.slice(0, AFTER)}…` : behind
  const marked = displayWidth(printable(query.slice(fault.start, fault.end)))
  const carets = '^'.repeat(Math.max(1, Math.min(marked, displayWidth(shownBehind))))
  return [
    printable(fault.message),
    '',
    `    ${shownBefore}${shownBehind}`,
    `    ${' '.repeat(displayWidth(shownBefore))}${carets}`,
  ].join('\n')
}
