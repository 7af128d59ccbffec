import {
  BRACE_OPEN,
  HASH,
  NEWLINE,
  QUOTE,
  SPACE,
  endOfMetricName,
} from '../prometheus-text/char-class.ts'
import { FAMILY_TYPES } from '../prometheus-text/page.ts'
import { foundAt, PageFault } from '../prometheus-text/page-fault.ts'
import { parseExemplarLabels } from '../prometheus-text/parse-series.ts'
import type { ReadContext } from '../prometheus-text/read-context.ts'
import { scanBraces, scanQuoted } from '../prometheus-text/scan-series.ts'

const KEYWORDS = ['TYPE', 'HELP', 'UNIT'] as const
const TYPE = 0
const HELP = 1
const UNIT = 2
const NO_EOF = 'the page does not end with # EOF'

/**
 * Reads a page in OpenMetrics 1.0 (or 0.0.1) text format into the context's page, by the rules of Prometheus
 * (model/textparse/openmetricsparse.go): the grammar is strict, blanks and all, but families are not checked for what belongs to
 * their type; see check.ts for that. `_created` lines are series like others. Throws a `PageFault`.
 */
export function readOpenMetricsPage(context: ReadContext): void {
  const { bytes } = context
  const end = bytes.length
  let at = 0
  while (at < end) {
    if (bytes[at] !== HASH) {
      at = readRow(context, at)
      continue
    }
    if (bytes[at + 1] !== SPACE) throw new PageFault(at, 'expected a blank after "#"')
    if (context.matches(at + 2, 'EOF')) {
      const after = at + 5
      if (after < end - 1 || (after === end - 1 && bytes[after] !== NEWLINE)) {
        throw new PageFault(after, 'unexpected data after # EOF')
      }
      return
    }
    at = readMetadata(context, at)
  }
  throw new PageFault(end, NO_EOF)
}

/** Where the line ends that holds `at`; the line must end. */
function endOfLine(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at)
  if (newline === -1) throw new PageFault(bytes.length, NO_EOF)
  return newline
}

/** Reads `# TYPE|HELP|UNIT name text` and returns where the next line begins. */
function readMetadata(context: ReadContext, start: number): number {
  const { bytes } = context
  const kind = KEYWORDS.findIndex((word) => context.matches(start + 2, `${word} `))
  if (kind === -1) {
    throw new PageFault(start, 'a line that begins with "#" is # TYPE, # HELP, # UNIT or # EOF')
  }
  const end = endOfLine(bytes, start)
  const nameStart = start + 7
  const isQuoted = bytes[nameStart] === QUOTE
  const nameEnd = isQuoted
    ? scanQuoted(bytes, nameStart, end, false)
    : endOfMetricName(bytes, nameStart, end)
  if (nameEnd === nameStart) {
    throw new PageFault(
      nameStart,
      `expected a metric name after ${KEYWORDS[kind]}, got ${foundAt(bytes, nameStart)}`,
    )
  }
  if (bytes[nameEnd] !== SPACE) {
    throw new PageFault(
      nameEnd,
      `expected a blank and a text after the metric name, got ${foundAt(bytes, nameEnd)}`,
    )
  }
  const quote = isQuoted ? 1 : 0
  const textStart = nameEnd + 1
  context.checkUtf8(nameStart, end, 'the metadata')
  if (kind === TYPE) context.type = readType(context, textStart, end)
  if (kind === UNIT) checkUnit(bytes, nameStart, nameEnd - quote, textStart, end)
  const page = context.page
  page.addMetadata(kind === HELP ? 1 : kind, nameStart + quote, nameEnd - quote, textStart, end)
  return end + 1
}

function readType(context: ReadContext, start: number, end: number): number {
  const type = FAMILY_TYPES.findIndex((word) => {
    return word.length === end - start && context.matches(start, word)
  })
  if (type !== -1) return type
  throw new PageFault(start, `the type of a metric is one of ${FAMILY_TYPES.join(', ')}`)
}

/** A family's name ends with `_` and its unit. */
function checkUnit(
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  unitStart: number,
  unitEnd: number,
): void {
  const size = unitEnd - unitStart
  if (size === 0) return
  let isSuffix = nameEnd - nameStart > size && bytes[nameEnd - size - 1] === 0x5f
  for (let i = 1; i <= size && isSuffix; i++) isSuffix = bytes[nameEnd - i] === bytes[unitEnd - i]
  if (!isSuffix) throw new PageFault(unitStart, 'the unit is not the suffix of the metric name')
}

/** Reads `series value [timestamp] [# exemplar]` and returns where the next line begins. */
function readRow(context: ReadContext, start: number): number {
  const { bytes, page } = context
  const row = page.nextRow()
  const seriesEnd = context.readSeries(start, row)
  let at = readNumber(context, seriesEnd, page.values, row, 'a value after the series')
  if (isExemplarAt(bytes, at) || bytes[at] === NEWLINE) context.finishRow(row)
  else {
    at = readNumber(context, at, page.timestampsMs, row, 'a timestamp in seconds')
    context.finishRowAt(row, toMilliseconds(page.timestampsMs[row] as number, at))
  }
  if (isExemplarAt(bytes, at)) at = readExemplar(context, at, row)
  if (at >= bytes.length) throw new PageFault(at, NO_EOF)
  if (bytes[at] !== NEWLINE) {
    throw new PageFault(at, `expected the end of the line, got ${foundAt(bytes, at)}`)
  }
  return at + 1
}

/** Reads one blank and a number. */
function readNumber(
  context: ReadContext,
  at: number,
  into: Float64Array,
  index: number,
  what: string,
): number {
  const { bytes } = context
  if (at >= bytes.length) throw new PageFault(at, NO_EOF)
  if (bytes[at] !== SPACE) {
    throw new PageFault(at, `expected a blank and ${what}, got ${foundAt(bytes, at)}`)
  }
  return context.readFloat(at + 1, into, index, endOfToken, what)
}

function endOfToken(bytes: Uint8Array, at: number): number {
  let i = at
  while (i < bytes.length && bytes[i] !== SPACE && bytes[i] !== NEWLINE) i++
  return i
}

/** Seconds to whole milliseconds, cut as Prometheus cuts them. `at` is where the number ended. */
function toMilliseconds(seconds: number, at: number): number {
  if (!Number.isFinite(seconds)) throw new PageFault(at, 'a timestamp is a finite number')
  return Math.trunc(seconds * 1000)
}

function isExemplarAt(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === SPACE &&
    bytes[at + 1] === HASH &&
    bytes[at + 2] === SPACE &&
    bytes[at + 3] === BRACE_OPEN
  )
}

const EXEMPLAR_VALUE = 0
const EXEMPLAR_SECONDS = 1

/** Reads ` # {labels} value [timestamp]` and returns where it ends. */
function readExemplar(context: ReadContext, start: number, row: number): number {
  const { bytes, page } = context
  const brace = start + 3
  const labelsEnd = scanBraces(bytes, brace + 1, bytes.length, 'openmetrics', 'exemplar')
  context.checkUtf8(brace, labelsEnd, 'the exemplar')
  const numbers = new Float64Array(2)
  let at = readNumber(context, labelsEnd, numbers, EXEMPLAR_VALUE, 'a value of the exemplar')
  let timestampMs = page.timestampsMs[row] as number
  if (bytes[at] === SPACE) {
    at = readNumber(context, at, numbers, EXEMPLAR_SECONDS, 'a timestamp of the exemplar')
    timestampMs = toMilliseconds(numbers[EXEMPLAR_SECONDS] as number, at)
  }
  const labels = parseExemplarLabels(bytes, brace, labelsEnd)
  page.exemplars.push({ row, labels, value: numbers[EXEMPLAR_VALUE] as number, timestampMs })
  return at
}
