import type { AggregateOp } from './ast.ts'

/** What a word of the language is, when it is not a plain name. Words are recognised in any case. */
export type WordKind = 'operator' | 'aggregator' | 'keyword' | 'preprocessor' | 'number'

const AGGREGATE_OPS: ReadonlySet<string> = new Set<AggregateOp>([
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
])

export function isAggregateOp(word: string): word is AggregateOp {
  return AGGREGATE_OPS.has(word)
}

const OPERATORS = ['and', 'or', 'unless', 'atan2']

const KEYWORDS = [
  'offset',
  'smoothed',
  'anchored',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'fill',
  'fill_left',
  'fill_right',
  'bool',
]

const PREPROCESSORS = ['start', 'end', 'step', 'range', 'max_of', 'min_of']

/** Every reserved word in lower case. */
export const WORDS: ReadonlyMap<string, WordKind> = new Map<string, WordKind>([
  ...OPERATORS.map((word) => [word, 'operator'] as const),
  ...[...AGGREGATE_OPS].map((word) => [word, 'aggregator'] as const),
  ...KEYWORDS.map((word) => [word, 'keyword'] as const),
  ...PREPROCESSORS.map((word) => [word, 'preprocessor'] as const),
  ['inf', 'number'],
  ['nan', 'number'],
])

/** Reserved words that may not be a metric name. */
export const NEVER_METRIC_NAMES: ReadonlySet<string> = new Set([
  'atan2',
  'bool',
  'ignoring',
  'on',
  'group_left',
  'group_right',
])

/** Reserved words that may not stand unquoted in a list of labels. */
export const NEVER_LABEL_NAMES: ReadonlySet<string> = new Set(['without'])

/** The words of duration expressions; inside brackets they are the only ones. */
export const DURATION_WORDS: ReadonlySet<string> = new Set(['step', 'range', 'max_of', 'min_of'])
