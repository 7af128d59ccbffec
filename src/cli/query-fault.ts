import { displayWidth, printable } from './printable.ts'

const PARSE_ERROR = /(?:^|: )([0-9]+):([0-9]+): parse error: (.+)$/s

/** Of a long line so much is shown before the place of the fault. */
const BEFORE = 60
const AFTER = 30

/**
 * The message of a server about an expression that it cannot parse, with the line of the expression and a caret below the place;
 * undefined when it is about something else. Prometheus counts lines from 1 and columns from 1 in bytes of UTF-8.
 */
export function explainQueryFault(query: string, message: string): string | undefined {
  const found = PARSE_ERROR.exec(message)
  const line = query.split('\n')[Number(found?.[1]) - 1]
  if (found === null || line === undefined) return undefined
  const bytes = Buffer.from(line, 'utf8')
  const before = bytes.subarray(0, Number(found[2]) - 1).toString('utf8')
  const shownBefore = shorten(before, BEFORE, 'start')
  const shownAfter = shorten(line.slice(before.length), AFTER, 'end')
  return [
    `parse error at ${found[1]}:${found[2]}: ${found[3]}`,
    '',
    `    ${shownBefore}${shownAfter}`,
    `    ${' '.repeat(displayWidth(shownBefore))}^`,
  ].join('\n')
}

function shorten(text: string, most: number, side: 'start' | 'end'): string {
  const shown = printable(text)
  if (shown.length <= most) return shown
  return side === 'start' ? `…${shown.slice(-most)}` : `${shown.slice(0, most)}…`
}
