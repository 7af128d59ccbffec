import type {
  Extraction,
  LabelFilter,
  LabelFormat,
  LineFilter,
  LineFilterOp,
  LineFilterTerm,
  LogExpr,
  MatcherNode,
  NamedLabel,
  Selector,
  Stage,
  Unwrap,
} from './ast.ts'
import type { Cursor } from './cursor.ts'
import { isMatchOp, parseLabelFilter, parseMatcherAfter } from './parse-filter.ts'
import { isConversion } from './words.ts'

/** `{…}` */
export function parseSelector(cursor: Cursor): Selector {
  const { start } = cursor.expect('{')
  const matchers: MatcherNode[] = []
  if (cursor.accept('}')) return { matchers, start, end: cursor.takenEnd }
  if (!cursor.isAtKind('identifier')) cursor.stop('IDENTIFIER', '}')
  for (;;) {
    const name = cursor.expectKind('identifier')
    matchers.push(parseMatcherAfter(cursor, name.text, name.start))
    if (!cursor.accept(',')) break
  }
  cursor.expect('}', '}', ',')
  return { matchers, start, end: cursor.takenEnd }
}

/** Stages as long as there are some; ends before `| unwrap`, where that is asked for. */
export function parseStages(cursor: Cursor): { stages: Stage[]; unwrap: Unwrap | undefined } {
  const stages: Stage[] = []
  for (;;) {
    if (isLineFilterOp(cursor.peek().word)) {
      stages.push(parseLineFilter(cursor))
      continue
    }
    const pipe = cursor.accept('|')
    if (!pipe) return { stages, unwrap: undefined }
    if (cursor.isAt('unwrap')) return { stages, unwrap: parseUnwrap(cursor, pipe.start) }
    stages.push(parseStage(cursor, pipe.start))
  }
}

export function parseLog(cursor: Cursor): LogExpr {
  const selector = parseSelector(cursor)
  const { stages, unwrap } = parseStages(cursor)
  if (unwrap) {
    cursor.addFault(unwrap, 'syntax error: unexpected unwrap', true)
  }
  return { kind: 'log', selector, stages, start: selector.start, end: cursor.takenEnd }
}

function isLineFilterOp(word: string): word is LineFilterOp {
  return ['|=', '!=', '|~', '!~', '|>', '!>'].includes(word)
}

function parseLineFilter(cursor: Cursor): LineFilter {
  const { start, word } = cursor.take()
  const op = isLineFilterOp(word) ? word : cursor.stop()
  const terms: [LineFilterTerm, ...LineFilterTerm[]] = [parseTerm(cursor)]
  while (cursor.accept('or')) {
    cursor.countOperator()
    terms.push(parseTerm(cursor))
  }
  return { kind: 'line_filter', op, terms, start, end: cursor.takenEnd }
}

function parseTerm(cursor: Cursor): LineFilterTerm {
  if (!cursor.accept('ip')) {
    return { text: cursor.expectKind('string', 'STRING', 'ip').text, isIp: false }
  }
  cursor.expect('(')
  const { text } = cursor.expectKind('string')
  cursor.expect(')')
  return { text, isIp: true }
}

/** What stands behind a `|`. */
function parseStage(cursor: Cursor, start: number): Stage {
  if (cursor.isAtKind('identifier') || cursor.isAt('(')) {
    const filter = parseLabelFilter(cursor)
    return { kind: 'label_filter', filter, start, end: cursor.takenEnd }
  }
  const { word } = cursor.peek()
  switch (word) {
    case 'json': {
      cursor.take()
      const extractions = parseExtractions(cursor)
      return { kind: 'json', extractions, start, end: cursor.takenEnd }
    }
    case 'logfmt':
      return parseLogfmt(cursor, start)
    case 'regexp':
    case 'pattern': {
      cursor.take()
      const { text } = cursor.expectKind('string')
      return { kind: word, text, start, end: cursor.takenEnd }
    }
    case 'unpack':
    case 'decolorize':
      cursor.take()
      return { kind: word, start, end: cursor.takenEnd }
    case 'line_format': {
      cursor.take()
      const { text } = cursor.expectKind('string')
      return { kind: 'line_format', template: text, start, end: cursor.takenEnd }
    }
    case 'label_format': {
      cursor.take()
      const formats = parseList(cursor, parseLabelFormat)
      return { kind: 'label_format', formats, start, end: cursor.takenEnd }
    }
    case 'drop':
    case 'keep': {
      cursor.take()
      const labels = parseList(cursor, parseNamedLabel)
      return { kind: word, labels, start, end: cursor.takenEnd }
    }
    default:
      return cursor.stop()
  }
}

function parseList<T>(cursor: Cursor, parseItem: (cursor: Cursor) => T): T[] {
  const items = [parseItem(cursor)]
  while (cursor.accept(',')) items.push(parseItem(cursor))
  return items
}

function parseLogfmt(cursor: Cursor, start: number): Stage {
  cursor.take()
  let strict = false
  let keepEmpty = false
  for (;;) {
    const flag = cursor.acceptKind('flag')
    if (!flag) break
    if (flag.word === '--strict') strict = true
    else keepEmpty = true
  }
  const extractions = parseExtractions(cursor)
  return { kind: 'logfmt', strict, keepEmpty, extractions, start, end: cursor.takenEnd }
}

function parseExtractions(cursor: Cursor): Extraction[] {
  return cursor.isAtKind('identifier') ? parseList(cursor, parseExtraction) : []
}

function parseExtraction(cursor: Cursor): Extraction {
  const name = cursor.expectKind('identifier')
  const expression = cursor.accept('=') ? cursor.expectKind('string').text : name.text
  return { label: name.text, expression, start: name.start, end: cursor.takenEnd }
}

function parseLabelFormat(cursor: Cursor): LabelFormat {
  const name = cursor.expectKind('identifier')
  cursor.expect('=')
  const from = cursor.acceptKind('identifier')
  const span = { name: name.text, start: name.start }
  if (from) return { ...span, from: from.text, end: cursor.takenEnd }
  const { text } = cursor.expectKind('string', 'IDENTIFIER', 'STRING')
  return { ...span, template: text, end: cursor.takenEnd }
}

function parseNamedLabel(cursor: Cursor): NamedLabel {
  const { text, start } = cursor.expectKind('identifier')
  if (!isMatchOp(cursor.peek().word)) return { name: text, start, end: cursor.takenEnd }
  const matcher = parseMatcherAfter(cursor, text, start)
  return { name: text, matcher, start, end: cursor.takenEnd }
}

/** `unwrap …` and the label filters behind it; the `|` before it is taken. */
function parseUnwrap(cursor: Cursor, start: number): Unwrap {
  cursor.take()
  const { word } = cursor.peek()
  const conversion = isConversion(word) ? word : undefined
  if (conversion !== undefined) {
    cursor.take()
    cursor.expect('(')
  }
  const label = cursor.expectKind('identifier').text
  if (conversion !== undefined) cursor.expect(')')
  const filters: LabelFilter[] = []
  while (cursor.accept('|')) filters.push(parseLabelFilter(cursor))
  const unwrap = { label, filters, start, end: cursor.takenEnd }
  return conversion === undefined ? unwrap : { ...unwrap, conversion }
}
