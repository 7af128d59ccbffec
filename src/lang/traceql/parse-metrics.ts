import type {
  CompareOp,
  Field,
  MetricsAggregate,
  MetricsCompare,
  MetricsFilter,
  MetricsName,
  MetricsSecondStage,
  MetricsTop,
} from './ast.ts'
import type { Cursor } from './cursor.ts'
import type { Token } from './lex.ts'
import { parseFieldName } from './parse-field.ts'
import { parseFilter } from './parse-filter.ts'

const DEFAULT_TOP = 10

/** What `min_over_time` and its like need: a field, a field and quantiles, or nothing. */
const OPERANDS: ReadonlyMap<string, 'none' | 'field' | 'quantiles'> = new Map<
  MetricsName,
  'none' | 'field' | 'quantiles'
>([
  ['rate', 'none'],
  ['count_over_time', 'none'],
  ['min_over_time', 'field'],
  ['max_over_time', 'field'],
  ['avg_over_time', 'field'],
  ['sum_over_time', 'field'],
  ['histogram_over_time', 'field'],
  ['quantile_over_time', 'quantiles'],
])

function isMetricsName(name: string): name is MetricsName {
  return OPERANDS.has(name)
}

/** The first stage of a metrics query, where one begins here. */
export function acceptMetricsAggregate(
  cursor: Cursor,
): MetricsAggregate | MetricsCompare | undefined {
  const token = cursor.peek()
  if (token.kind !== 'word') return undefined
  if (token.text === 'compare') return parseCompare(cursor)
  return isMetricsName(token.text) ? parseAggregate(cursor, token.text) : undefined
}

function parseAggregate(cursor: Cursor, name: MetricsName): MetricsAggregate {
  const { start } = cursor.take()
  const needs = OPERANDS.get(name)
  cursor.expect('(')
  const field = needs === 'none' ? undefined : parseFieldName(cursor)
  const quantiles: number[] = []
  if (needs === 'quantiles') {
    cursor.expect(',')
    do quantiles.push(parseNumber(cursor))
    while (cursor.accept(','))
  }
  cursor.expect(')')
  const by = cursor.accept('by') ? parseFields(cursor) : []
  return { kind: 'metrics_aggregate', name, field, quantiles, by, start, end: cursor.takenEnd }
}

function parseNumber(cursor: Cursor): number {
  const token = cursor.acceptKind('float') ?? cursor.acceptKind('int')
  return token ? Number(token.text) : cursor.stop('FLOAT', 'INTEGER')
}

/** `(field, field)` */
export function parseFields(cursor: Cursor): readonly Field[] {
  cursor.expect('(')
  const fields = [parseFieldName(cursor)]
  while (cursor.accept(',')) fields.push(parseFieldName(cursor))
  cursor.expect(')')
  return fields
}

function parseCompare(cursor: Cursor): MetricsCompare {
  const { start } = cursor.take()
  cursor.expect('(')
  const selection = parseFilter(cursor)
  const numbers: bigint[] = []
  while (numbers.length < 3 && cursor.accept(','))
    numbers.push(BigInt(cursor.expectKind('int').text))
  if (numbers.length === 2) cursor.stop(',')
  cursor.expect(')')
  const [topN, startNs = 0n, endNs = 0n] = numbers
  return {
    kind: 'metrics_compare',
    selection,
    topN: topN === undefined ? DEFAULT_TOP : Number(topN),
    startNs,
    endNs,
    start,
    end: cursor.takenEnd,
  }
}

/** `topk(10)`, `bottomk(10)` */
function parseTop(cursor: Cursor): MetricsTop {
  const name = cursor.accept('topk') ? 'topk' : cursor.expect('bottomk') && 'bottomk'
  const start = cursor.takenEnd - name.length
  cursor.expect('(')
  const count = Number(cursor.expectKind('int').text)
  cursor.expect(')')
  return { kind: 'metrics_top', name, count, start, end: cursor.takenEnd }
}

export const COMPARE_OPS: readonly CompareOp[] = ['=', '!=', '<', '<=', '>', '>=']

/** The comparison that this token is, if it is one. */
function compareOpOf({ kind, text }: Token): CompareOp | undefined {
  return kind === 'symbol' ? COMPARE_OPS.find((op) => op === text) : undefined
}

/** What follows the first stage: `| topk(10)`, `> 5`, as often as it comes. `parseNumber` reads the number of a comparison. */
export function parseSecondStages(
  cursor: Cursor,
  parseFilterNumber: () => number,
): readonly MetricsSecondStage[] {
  const stages: MetricsSecondStage[] = []
  for (;;) {
    const op = compareOpOf(cursor.peek())
    if (op !== undefined) {
      const { start } = cursor.take()
      const value = parseFilterNumber()
      const filter: MetricsFilter = {
        kind: 'metrics_filter',
        op,
        value,
        start,
        end: cursor.takenEnd,
      }
      stages.push(filter)
    } else if (cursor.accept('|')) {
      stages.push(parseTop(cursor))
    } else return stages
  }
}
