import type { AggregateOp, RangeOp, UnwrapConversion } from './ast.ts'

const RANGE_OPS: ReadonlySet<string> = new Set<RangeOp>([
  'count_over_time',
  'rate',
  'rate_counter',
  'bytes_over_time',
  'bytes_rate',
  'avg_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
  'stdvar_over_time',
  'stddev_over_time',
  'quantile_over_time',
  'first_over_time',
  'last_over_time',
  'absent_over_time',
])

const AGGREGATE_OPS: ReadonlySet<string> = new Set<AggregateOp>([
  'sum',
  'avg',
  'count',
  'max',
  'min',
  'stddev',
  'stdvar',
  'bottomk',
  'topk',
  'approx_topk',
  'sort',
  'sort_desc',
])

const CONVERSIONS: ReadonlySet<string> = new Set<UnwrapConversion>([
  'bytes',
  'duration',
  'duration_seconds',
])

export function isRangeOp(word: string): word is RangeOp {
  return RANGE_OPS.has(word)
}

export function isAggregateOp(word: string): word is AggregateOp {
  return AGGREGATE_OPS.has(word)
}

export function isConversion(word: string): word is UnwrapConversion {
  return CONVERSIONS.has(word)
}

/** Words that are functions where a parenthesis follows, and plain names elsewhere. */
export function isFunctionWord(word: string): boolean {
  return (
    RANGE_OPS.has(word) ||
    AGGREGATE_OPS.has(word) ||
    CONVERSIONS.has(word) ||
    word === 'vector' ||
    word === 'label_replace' ||
    word === 'ip'
  )
}

const KEYWORDS: ReadonlySet<string> = new Set([
  'by',
  'without',
  'bool',
  'offset',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'or',
  'and',
  'unless',
  'unwrap',
  'json',
  'regexp',
  'logfmt',
  'unpack',
  'pattern',
  'label_format',
  'line_format',
  'decolorize',
  'drop',
  'keep',
])

/** Words that are never names. */
export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word)
}

/** What a fault calls a word: Loki's grammar has names in capitals for functions, and the other words as they are. */
export function nameOfWord(word: string): string {
  if (CONVERSIONS.has(word)) return `${word.toUpperCase()}_CONV`
  return isFunctionWord(word) && word !== 'ip' && word !== 'label_replace'
    ? word.toUpperCase()
    : word
}
