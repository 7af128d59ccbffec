import { scanBrackets, type OpenBracket } from '../scan-brackets.ts'

/** What may stand at a place of a query; `from` is where the word begins that is being typed. */
export type CompletionPlace =
  | { readonly kind: 'none' }
  /** A function, an aggregation or a selector. */
  | { readonly kind: 'expression'; readonly from: number }
  /** In the braces, or behind `by`; `selector` holds the conditions that are whole already. */
  | { readonly kind: 'label'; readonly from: number; readonly selector: string | undefined }
  | {
      readonly kind: 'value'
      readonly from: number
      readonly label: string
      readonly selector: string | undefined
      /** False right after the operator, before the quote. */
      readonly isQuoted: boolean
    }
  | { readonly kind: 'duration'; readonly from: number }
  /** Behind a bar: a parser, a format, a filter by a label. */
  | { readonly kind: 'stage'; readonly from: number }
  /** Behind a selector or a stage: what a line goes through next. */
  | { readonly kind: 'pipe'; readonly from: number }

const GROUPINGS: ReadonlySet<string> = new Set([
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'],
])
const LABEL_AND_OPERATOR = /([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*$/
const STAGE_AT_END = /\|\s*(?:json|logfmt|unpack|decolorize)$/
const WHOLE_MATCHER = /[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`)/g

/** Finds out what a person is about to write at `at`, in a query that need not be whole. */
export function completionPlace(text: string, at: number): CompletionPlace {
  const before = text.slice(0, at)
  const { open: brackets, quoteAt, isComment } = scanBrackets(before)
  if (isComment) return { kind: 'none' }
  const open = brackets.at(-1)
  if (quoteAt >= 0) return placeInString(before, quoteAt, open)
  const from = at - (/\w*$/.exec(before)?.[0].length ?? 0)
  if (open?.bracket === '{') return placeInBraces(before, from, open)
  if (open?.bracket === '[') return { kind: 'duration', from }
  if (open?.bracket === '(' && GROUPINGS.has(open.word)) {
    return { kind: 'label', from, selector: firstSelector(text) }
  }
  return placeOutside(before.slice(0, from), from)
}

function placeInString(
  before: string,
  quoteAt: number,
  open: OpenBracket | undefined,
): CompletionPlace {
  if (open?.bracket !== '{') return { kind: 'none' }
  const label = LABEL_AND_OPERATOR.exec(before.slice(0, quoteAt))?.[1]
  if (label === undefined) return { kind: 'none' }
  const selector = wholeMatchers(before.slice(open.at, quoteAt))
  return { kind: 'value', from: quoteAt + 1, label, selector, isQuoted: true }
}

function placeInBraces(before: string, from: number, open: OpenBracket): CompletionPlace {
  const selector = wholeMatchers(before.slice(open.at, from))
  const label = LABEL_AND_OPERATOR.exec(before.slice(0, from))?.[1]
  if (label !== undefined) return { kind: 'value', from, label, selector, isQuoted: false }
  return /[{,]\s*$/.test(before.slice(0, from))
    ? { kind: 'label', from, selector }
    : { kind: 'none' }
}

/** The conditions that are whole in a piece of a selector, as a selector. */
function wholeMatchers(piece: string): string | undefined {
  const found = piece.match(WHOLE_MATCHER) ?? []
  return found.length === 0 ? undefined : `{${found.join(',')}}`
}

function firstSelector(text: string): string | undefined {
  const at = text.indexOf('{')
  return at < 0 ? undefined : wholeMatchers(text.slice(at, text.indexOf('}', at) + 1))
}

function placeOutside(head: string, from: number): CompletionPlace {
  const trimmed = head.trimEnd()
  if (trimmed.endsWith('|')) return { kind: 'stage', from }
  const last = trimmed.at(-1) ?? ''
  if (last === '' || '(+-*/%^,'.includes(last)) return { kind: 'expression', from }
  // A selector, a text, or the name of a stage is whole: a stage or a filter comes next.
  if (last === '}' || last === '"' || last === '`') return { kind: 'pipe', from }
  return STAGE_AT_END.test(trimmed) ? { kind: 'pipe', from } : { kind: 'none' }
}
