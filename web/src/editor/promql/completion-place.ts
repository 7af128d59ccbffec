import { FUNCTIONS } from '../../../../src/lang/promql/functions.ts'
import { isAggregateOp, WORDS } from '../../../../src/lang/promql/words.ts'
import { scanBrackets, type OpenBracket } from '../scan-brackets.ts'

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

const GROUPINGS: ReadonlySet<string> = new Set([
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'],
])
const WORD = /[a-zA-Z_:][\w:]*$/

/** Finds out what a person is about to write at `at`, in a query that need not be whole. */
export function completionPlace(text: string, at: number): CompletionPlace {
  const scanned = scanBrackets(text.slice(0, at))
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

const LABEL_AND_OPERATOR = /([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*$/

function placeInString(
  before: string,
  quoteAt: number,
  open: OpenBracket | undefined,
): CompletionPlace {
  if (open?.bracket !== '{') return { kind: 'none' }
  const label = LABEL_AND_OPERATOR.exec(before.slice(0, quoteAt))?.[1]
  if (label === undefined) return { kind: 'none' }
  const metric = metricOf(before, open)
  return { kind: 'value', from: quoteAt + 1, metric, label, isQuoted: true }
}

function placeInBraces(before: string, from: number, open: OpenBracket): CompletionPlace {
  const metric = metricOf(before, open)
  const label = LABEL_AND_OPERATOR.exec(before.slice(0, from))?.[1]
  if (label !== undefined) return { kind: 'value', from, metric, label, isQuoted: false }
  // Only after the brace or a comma does a name begin.
  return /[{,]\s*$/.test(before.slice(0, from)) ? { kind: 'label', from, metric } : { kind: 'none' }
}

function metricOf(before: string, open: OpenBracket): string | undefined {
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
