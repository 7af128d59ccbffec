import { FUNCTIONS } from '../../../../src/lang/promql/functions.ts'
import { isAggregateOp, WORDS } from '../../../../src/lang/promql/words.ts'

/** What may stand at a place of a query; `from` is where the word begins that is being typed. */
export type CompletionPlace =
  | { readonly kind: 'none' }
  | { readonly kind: 'expression'; readonly from: number; readonly typed: string }
  | { readonly kind: 'label'; readonly from: number; readonly metric: string | undefined }
  | {
      readonly kind: 'value'
      readonly from: number
      readonly metric: string | undefined
      readonly label: string
      /** False right after the operator, before the quote. */
      readonly isQuoted: boolean
    }
  | { readonly kind: 'duration'; readonly from: number }

interface Open {
  readonly bracket: '(' | '{' | '['
  /** The word in front of it. */
  readonly word: string
  readonly at: number
}

const GROUPINGS: ReadonlySet<string> = new Set([
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'],
])
const WORD = /[a-zA-Z_:][\w:]*$/

/** Finds out what a person is about to write at `at`, in a query that need not be whole. */
export function completionPlace(text: string, at: number): CompletionPlace {
  const scanned = scan(text.slice(0, at))
  if (scanned.isComment) return { kind: 'none' }
  const open = scanned.open.at(-1)
  const before = text.slice(0, at)
  if (scanned.quoteAt >= 0) return placeInString(before, scanned.quoteAt, open)
  const word = WORD.exec(before)?.[0] ?? ''
  const from = at - word.length
  if (open?.bracket === '{') return placeInBraces(before, from, open)
  if (open?.bracket === '[')
    return { kind: 'duration', from: at - (/[\w]*$/.exec(before)?.[0].length ?? 0) }
  if (open?.bracket === '(' && GROUPINGS.has(open.word)) {
    return { kind: 'label', from, metric: firstMetric(text) }
  }
  // A number, or a duration such as 5m, is not the beginning of a name.
  if (/(?:^|[^\w:])\d[\w.]*$/.test(before)) return { kind: 'none' }
  return { kind: 'expression', from, typed: word }
}

/** Which brackets are open at the end of a text, and whether it ends within a string or a comment. */
function scan(text: string): { open: Open[]; quoteAt: number; isComment: boolean } {
  const open: Open[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    if (char === '#') {
      const end = text.indexOf('\n', i)
      if (end < 0) return { open, quoteAt: -1, isComment: true }
      i = end
    } else if (char === '"' || char === "'" || char === '`') {
      const end = endOfString(text, i)
      if (end < 0) return { open, quoteAt: i, isComment: false }
      i = end
    } else if (char === '(' || char === '{' || char === '[') {
      const word = /([a-zA-Z_:][\w:]*)\s*$/.exec(text.slice(0, i))?.[1] ?? ''
      open.push({ bracket: char, word, at: i })
    } else if (char === ')' || char === '}' || char === ']') open.pop()
  }
  return { open, quoteAt: -1, isComment: false }
}

/** The index of the closing quote, or -1. */
function endOfString(text: string, start: number): number {
  const quote = text[start]
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote !== '`') i += 1
    else if (text[i] === quote) return i
  }
  return -1
}

const LABEL_AND_OPERATOR = /([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*$/

function placeInString(before: string, quoteAt: number, open: Open | undefined): CompletionPlace {
  if (open?.bracket !== '{') return { kind: 'none' }
  const label = LABEL_AND_OPERATOR.exec(before.slice(0, quoteAt))?.[1]
  if (label === undefined) return { kind: 'none' }
  const metric = metricOf(before, open)
  return { kind: 'value', from: quoteAt + 1, metric, label, isQuoted: true }
}

function placeInBraces(before: string, from: number, open: Open): CompletionPlace {
  const metric = metricOf(before, open)
  const label = LABEL_AND_OPERATOR.exec(before.slice(0, from))?.[1]
  if (label !== undefined) return { kind: 'value', from, metric, label, isQuoted: false }
  // Only after the brace or a comma does a name begin.
  return /[{,]\s*$/.test(before.slice(0, from)) ? { kind: 'label', from, metric } : { kind: 'none' }
}

function metricOf(before: string, open: Open): string | undefined {
  if (open.word !== '') return open.word
  return /__name__\s*=\s*"([^"\\]+)"/.exec(before.slice(open.at))?.[1]
}

/** The first name of a query that is a metric's, to know which labels there are to group by. */
function firstMetric(text: string): string | undefined {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|\{[^}]*\}|\[[^\]]*\]/g, ' ')
  const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)?/g
  const names = bare.replaceAll(grouping, ' ').match(/[a-zA-Z_:][\w:]*/g) ?? []
  return names.find((name) => !isReserved(name))
}

function isReserved(name: string): boolean {
  return FUNCTIONS.has(name) || isAggregateOp(name) || WORDS.has(name.toLowerCase())
}
