import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  COMMA,
  EQUAL,
  NEWLINE,
  QUOTE,
  endOfLabelName,
  endOfMetricName,
  skipBlanks,
} from './char-class.ts'
import { foundAt, PageFault } from './page-fault.ts'

/**
 * Which of the two grammars holds: the text format allows blanks between tokens, line breaks within quotes, and labels that no
 * comma parts; OpenMetrics allows none of these (Prometheus, model/textparse/promlex.l and openmetricslex.l).
 */
export type Grammar = 'text' | 'openmetrics'

/**
 * Where the series that begins at `at` ends: `name`, `name{…}` or `{"name", …}`. Checks all of its grammar, so that
 * `parseSeries` need not. Throws a `PageFault`.
 */
export function scanSeries(bytes: Uint8Array, at: number, end: number, grammar: Grammar): number {
  if (bytes[at] === BRACE_OPEN) return scanBraces(bytes, at + 1, end, grammar, 'name inside')
  const nameEnd = endOfMetricName(bytes, at, end)
  if (nameEnd === at) {
    throw new PageFault(at, `expected a metric name or a comment, got ${foundAt(bytes, at)}`)
  }
  const next = grammar === 'text' ? skipBlanks(bytes, nameEnd, end) : nameEnd
  if (next >= end || bytes[next] !== BRACE_OPEN) return nameEnd
  return scanBraces(bytes, next + 1, end, grammar, 'name before')
}

/** What braces hold: labels and perhaps the metric name, labels only, or the labels of an exemplar. */
type Contents = 'name inside' | 'name before' | 'exemplar'

/** Reads from after the opening brace to after the closing one. */
export function scanBraces(
  bytes: Uint8Array,
  at: number,
  end: number,
  grammar: Grammar,
  contents: Contents,
): number {
  const isText = grammar === 'text'
  let isNameMissing = contents === 'name inside'
  let i = at
  for (;;) {
    if (isText) i = skipBlanks(bytes, i, end)
    if (bytes[i] === BRACE_CLOSE && i < end) {
      if (isNameMissing) throw new PageFault(i, 'the metric name is missing')
      return i + 1
    }
    const isQuoted = i < end && bytes[i] === QUOTE
    const nameStart = i
    i = isQuoted
      ? scanQuoted(bytes, i, end, contents !== 'exemplar')
      : endOfLabelName(bytes, i, end)
    if (i === nameStart || (isQuoted && i === nameStart + 2)) {
      throw new PageFault(i, `expected a label name, got ${foundAt(bytes, nameStart)}`)
    }
    if (isText) i = skipBlanks(bytes, i, end)
    const next = i < end ? bytes[i] : undefined
    if (isQuoted && contents !== 'exemplar' && (next === COMMA || next === BRACE_CLOSE)) {
      if (!isNameMissing) throw new PageFault(nameStart, 'the metric name is there already')
      isNameMissing = false
      if (next === COMMA) i++
      continue
    }
    i = scanValue(bytes, i, end, isText)
    if (bytes[i] === COMMA && i < end) i++
    else if (!isText && bytes[i] !== BRACE_CLOSE) {
      throw new PageFault(i, `expected a comma or a closing brace, got ${foundAt(bytes, i)}`)
    }
  }
}

/** Reads `="value"` and the blanks after it. */
function scanValue(bytes: Uint8Array, at: number, end: number, isText: boolean): number {
  if (at >= end || bytes[at] !== EQUAL) {
    throw new PageFault(at, `expected "=" after the label name, got ${foundAt(bytes, at)}`)
  }
  const quote = isText ? skipBlanks(bytes, at + 1, end) : at + 1
  if (quote >= end || bytes[quote] !== QUOTE) {
    throw new PageFault(quote, `expected a label value in quotes, got ${foundAt(bytes, quote)}`)
  }
  const valueEnd = scanQuoted(bytes, quote, end, isText)
  return isText ? skipBlanks(bytes, valueEnd, end) : valueEnd
}

/** From an opening quote to after the closing one; a backslash takes the next character with it. */
export function scanQuoted(
  bytes: Uint8Array,
  at: number,
  end: number,
  allowsNewline: boolean,
): number {
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) i++
    if (byte === NEWLINE && !allowsNewline) break
  }
  throw new PageFault(at, 'the closing quote is missing')
}
