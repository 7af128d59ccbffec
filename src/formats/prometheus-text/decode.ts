import {
  BRACE_OPEN,
  HASH,
  NEWLINE,
  QUOTE,
  SPACE,
  TAB,
  endOfMetricName,
  skipBlanks,
} from './char-class.ts'
import { FAMILY_TYPES } from './page.ts'
import { foundAt, PageFault } from './page-fault.ts'
import type { ReadContext } from './read-context.ts'
import { scanQuoted } from './scan-series.ts'

/** What `# TYPE` may say here. `gauge_histogram` is what client libraries write, though Prometheus refuses it. */
const TYPE_WORDS: readonly (readonly [word: string, type: number])[] = [
  ['counter', FAMILY_TYPES.indexOf('counter')],
  ['gauge', FAMILY_TYPES.indexOf('gauge')],
  ['histogram', FAMILY_TYPES.indexOf('histogram')],
  ['summary', FAMILY_TYPES.indexOf('summary')],
  ['untyped', FAMILY_TYPES.indexOf('unknown')],
  ['gauge_histogram', FAMILY_TYPES.indexOf('gaugehistogram')],
]
/** ParseInt reads up to 2^63 - 1. */
const MAX_TIMESTAMP = 2 ** 63

/**
 * Reads a page in Prometheus's text format 0.0.4 or 1.0.0 into the context's page, by the rules of Prometheus itself
 * (model/textparse/promparse.go), which takes more than the format's description. Throws a `PageFault`.
 */
export function readTextPage(context: ReadContext): void {
  const { bytes } = context
  const end = bytes.length
  let at = 0
  while (at < end) {
    const byte = bytes[at]
    if (byte === NEWLINE || byte === SPACE || byte === TAB) at++
    else at = byte === HASH ? readComment(context, at) : readRow(context, at)
  }
}

/** Reads `series value [timestamp]` and returns where the line ends. */
function readRow(context: ReadContext, start: number): number {
  const { bytes, page } = context
  const end = bytes.length
  const row = page.nextRow()
  const seriesEnd = context.readSeries(start, row)
  let at = skipBlanks(bytes, seriesEnd, end)
  at = context.readFloat(at, page.values, row, endOfValue, 'a value after the series')
  at = skipBlanks(bytes, at, end)
  if (at >= end || bytes[at] === NEWLINE) {
    context.finishRow(row)
    return at
  }
  let timestampMs = 0
  const digits = at
  while (at < end) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) break
    timestampMs = timestampMs * 10 + digit
    at++
  }
  if (at === digits) {
    throw new PageFault(
      at,
      `expected a timestamp in whole milliseconds or the end of the line, got ${foundAt(bytes, at)}`,
    )
  }
  if (timestampMs >= MAX_TIMESTAMP) throw new PageFault(digits, 'the timestamp is out of range')
  at = skipBlanks(bytes, at, end)
  if (at < end && bytes[at] !== NEWLINE) {
    throw new PageFault(at, `expected the end of the line, got ${foundAt(bytes, at)}`)
  }
  context.finishRowAt(row, timestampMs)
  return at
}

function endOfValue(bytes: Uint8Array, at: number): number {
  let i = at
  for (; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === SPACE || byte === TAB || byte === NEWLINE || byte === BRACE_OPEN) break
  }
  return i
}

/** Reads `# HELP name text`, `# TYPE name type`, or any other comment, and returns where the line ends. */
function readComment(context: ReadContext, start: number): number {
  const { bytes } = context
  const newline = bytes.indexOf(NEWLINE, start)
  const end = newline === -1 ? bytes.length : newline
  const word = skipBlanks(bytes, start + 1, end)
  if (word === start + 1) return end
  const isHelp = context.matches(word, 'HELP')
  if (!isHelp && !context.matches(word, 'TYPE')) return end
  const nameStart = skipBlanks(bytes, word + 4, end)
  if (nameStart === word + 4) return end
  const isQuoted = bytes[nameStart] === QUOTE
  const nameEnd = isQuoted
    ? scanQuoted(bytes, nameStart, end, false)
    : endOfMetricName(bytes, nameStart, end)
  if (nameEnd === nameStart) {
    const keyword = isHelp ? 'HELP' : 'TYPE'
    throw new PageFault(
      nameStart,
      `expected a metric name after ${keyword}, got ${foundAt(bytes, nameStart)}`,
    )
  }
  const quote = isQuoted ? 1 : 0
  const textStart = Math.min(nameEnd + 1, end)
  context.checkUtf8(nameStart, end, isHelp ? 'the help text' : 'the metric name')
  if (!isHelp) context.type = readType(context, textStart, end)
  context.page.addMetadata(isHelp ? 1 : 0, nameStart + quote, nameEnd - quote, textStart, end)
  return end
}

function readType(context: ReadContext, start: number, end: number): number {
  for (const [word, type] of TYPE_WORDS) {
    if (end - start === word.length && context.matches(start, word)) return type
  }
  const words = TYPE_WORDS.map(([word]) => word).join(', ')
  throw new PageFault(start, `the type of a metric is one of ${words}`)
}
