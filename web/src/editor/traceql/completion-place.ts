import { scanTraceql, type OpenBracket } from './scan-traceql.ts'

/** What may stand at a place of a query; `from` is where the word begins that is being typed. */
export type CompletionPlace =
  | { readonly kind: 'none' }
  /** Where spans are selected: `{`. */
  | { readonly kind: 'spans'; readonly from: number }
  /** A name: an intrinsic or an attribute with its scope. */
  | { readonly kind: 'field'; readonly from: number }
  | {
      readonly kind: 'value'
      readonly from: number
      /** As it is written: `resource.service.name`. */
      readonly field: string
      /** The other conditions of the braces, as a query; undefined without any, and where they are alternatives. */
      readonly query: string | undefined
      /** False right after the operator, before the quote. */
      readonly isQuoted: boolean
    }
  /** Behind a name: how it is compared. */
  | { readonly kind: 'comparison'; readonly from: number }
  /** Behind a condition: how it goes on. */
  | { readonly kind: 'conjunction'; readonly from: number }
  /** Behind a bar. */
  | { readonly kind: 'stage'; readonly from: number }
  /** Behind a selection of spans, or a stage. */
  | { readonly kind: 'pipe'; readonly from: number }
  /** Behind the function of a metrics query. */
  | { readonly kind: 'grouping'; readonly from: number }

/** What a name may hold; quoted parts may hold everything. */
const FIELD = String.raw`(?:[^\s{}()=~!<>&|^,"+*/%]|"(?:[^"\\]|\\.)*")+`
const COMPARISON = '=~|!~|!=|>=|<=|=|>|<'
const FIELD_AND_COMPARISON = new RegExp(`(${FIELD})\\s*(?:${COMPARISON})\\s*$`)
const WHOLE_CONDITION = new RegExp(
  `${FIELD}\\s*(?:${COMPARISON})\\s*(?:"(?:[^"\\\\]|\\\\.)*"|\`[^\`]*\`|[^\\s{}()&|=~!<>"\`]+)`,
  'g',
)
/** A value is written: a string, a number, a duration, a word. */
const VALUE_AT_END = new RegExp(
  `(?:${COMPARISON})\\s*(?:"(?:[^"\\\\]|\\\\.)*"|\`[^\`]*\`|[^\\s{}()&|=~!<>"\`]+)$`,
)
const METRICS_WORDS: ReadonlySet<string> = new Set([
  ...['rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time'],
  ...['sum_over_time', 'quantile_over_time', 'histogram_over_time'],
])
/** Functions whose brackets hold names. */
const TAKES_FIELDS: ReadonlySet<string> = new Set([
  ...['by', 'select', 'min', 'max', 'avg', 'sum', ...METRICS_WORDS],
])

/** Finds out what a person is about to write at `at`, in a query that need not be whole. */
export function completionPlace(text: string, at: number): CompletionPlace {
  const before = text.slice(0, at)
  const { open: brackets, quoteAt, isComment } = scanTraceql(before)
  if (isComment) return { kind: 'none' }
  const braces = brackets.findLast(({ bracket }) => bracket === '{')
  if (quoteAt >= 0) return placeInString(text, at, quoteAt, braces)
  const typed = new RegExp(`${FIELD}$`).exec(before)?.[0] ?? ''
  const from = at - typed.length
  if (braces !== undefined) return placeInBraces(text, at, from, braces)
  const open = brackets.at(-1)
  if (open?.bracket === '(' && TAKES_FIELDS.has(open.word)) return placeOfName(before, from)
  return placeOutside(before.slice(0, from), from)
}

function placeInString(
  text: string,
  at: number,
  quoteAt: number,
  braces: OpenBracket | undefined,
): CompletionPlace {
  if (braces === undefined) return { kind: 'none' }
  const head = text.slice(braces.at + 1, quoteAt)
  const field = FIELD_AND_COMPARISON.exec(head)?.[1]
  if (field === undefined) return { kind: 'none' }
  const query = otherConditions(head, field, text.slice(at))
  return { kind: 'value', from: quoteAt + 1, field, query, isQuoted: true }
}

function placeInBraces(
  text: string,
  at: number,
  from: number,
  braces: OpenBracket,
): CompletionPlace {
  const head = text.slice(braces.at + 1, from)
  const field = FIELD_AND_COMPARISON.exec(head)?.[1]
  if (field !== undefined) {
    const query = otherConditions(head, field, text.slice(at))
    return { kind: 'value', from, field, query, isQuoted: false }
  }
  const trimmed = head.trimEnd()
  if (trimmed === '' || /(?:&&|\|\||[(!+*/%^-])$/.test(trimmed)) return { kind: 'field', from }
  if (VALUE_AT_END.test(trimmed) || trimmed.endsWith(')')) return { kind: 'conjunction', from }
  return { kind: 'comparison', from }
}

/**
 * What else is asked of the span, as a query of its own: the conditions around the one that is being written, so that only
 * values are offered that lead to something.
 */
function otherConditions(head: string, field: string, behind: string): string | undefined {
  const after = /^[^{}]*/.exec(behind)?.[0] ?? ''
  if (head.includes('||') || after.includes('||')) return undefined
  const before = head.slice(0, head.lastIndexOf(field))
  // What follows may begin with the rest of this value.
  const rest = after.includes('&&') ? after.slice(after.indexOf('&&')) : ''
  const found = [...(before.match(WHOLE_CONDITION) ?? []), ...(rest.match(WHOLE_CONDITION) ?? [])]
  return found.length === 0 ? undefined : `{ ${found.join(' && ')} }`
}

function placeOfName(before: string, from: number): CompletionPlace {
  return /[(,]\s*$/.test(before.slice(0, from)) ? { kind: 'field', from } : { kind: 'none' }
}

function placeOutside(head: string, from: number): CompletionPlace {
  const trimmed = head.trimEnd()
  if (trimmed === '') return { kind: 'spans', from }
  if (/(?:^|[^|])\|$/.test(trimmed)) return { kind: 'stage', from }
  if (/(?:&&|\|\||>>?|<<?|~|\()$/.test(trimmed)) return { kind: 'spans', from }
  const called = /(\w+)\s*\([^()]*\)$/.exec(trimmed)?.[1]
  if (called !== undefined && METRICS_WORDS.has(called)) return { kind: 'grouping', from }
  return /[})]$/.test(trimmed) ? { kind: 'pipe', from } : { kind: 'none' }
}
