import type {
  Aggregate,
  AggregateName,
  ArithmeticOp,
  CompareOp,
  MetricsExpression,
  MetricsPipeline,
  Pipeline,
  PipelineStage,
  ScalarExpression,
  ScalarFilter,
  Span,
  SpansetExpression,
  SpansetOp,
  Static,
} from './ast.ts'
import type { Cursor } from './cursor.ts'
import type { Token } from './lex.ts'
import { parseField } from './parse-field.ts'
import { parseFilter } from './parse-filter.ts'
import {
  acceptMetricsAggregate,
  COMPARE_OPS,
  parseFields,
  parseSecondStages,
} from './parse-metrics.ts'
import { foldNumbers, negate, type NumberValue } from './scalar-value.ts'

/**
 * What a text outside of braces is. The operators are the same for span sets, numbers and series; which are meant is known once both
 * sides are read.
 */
export type Piped =
  | { readonly kind: 'spanset'; readonly expression: SpansetExpression }
  | { readonly kind: 'scalar'; readonly expression: ScalarExpression }
  | { readonly kind: 'number'; readonly value: NumberValue; readonly span: Span }
  | { readonly kind: 'stage'; readonly stage: PipelineStage }
  | { readonly kind: 'metrics'; readonly expression: MetricsExpression }
  | { readonly kind: 'stages'; readonly pipeline: Pipeline }

type Op = SpansetOp | CompareOp | ArithmeticOp

const PRECEDENCE: ReadonlyMap<string, number> = new Map<Op, number>([
  ['&&', 1],
  ['||', 1],
  ...COMPARE_OPS.map((op): [Op, number] => [op, 2]),
  ...(['>>', '<<', '~', '!>', '!<', '!>>', '!<<', '!~'] as const).map((op): [Op, number] => [
    op,
    2,
  ]),
  ...(['&>', '&<', '&>>', '&<<', '&~'] as const).map((op): [Op, number] => [op, 2]),
  ['+', 3],
  ['-', 3],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['^', 6],
])
const COMPARING = 2
const POWER = 6
const NS_PER_S = 1e9
const AGGREGATES: readonly AggregateName[] = ['count', 'max', 'min', 'avg', 'sum']
const ARITHMETIC: readonly ArithmeticOp[] = ['+', '-', '*', '/', '%', '^']

/** Stages with `|` between them, up to the end, a closing parenthesis or hints. Never a bare span set or stage: those are `stages`. */
export function parsePiped(cursor: Cursor): Piped {
  const first = parseBinary(cursor, 1)
  if (first.kind === 'metrics') return continueMetrics(cursor, first.expression)
  if (first.kind === 'scalar' || first.kind === 'number') return first
  const stages = [toStage(cursor, first)]
  const { start } = stages[0] ?? cursor.peek()
  while (cursor.accept('|')) {
    const pipeline = (): Pipeline => ({ kind: 'pipeline', stages, start, end: cursor.takenEnd })
    const before = pipeline()
    const aggregate = acceptMetricsAggregate(cursor)
    if (aggregate) {
      const second = parseSecondStages(cursor, () => parseFilterNumber(cursor))
      const end = cursor.takenEnd
      const expression: MetricsPipeline = {
        ...{ kind: 'metrics_pipeline', pipeline: before, aggregate, stages: second, start, end },
      }
      return { kind: 'metrics', expression }
    }
    if (cursor.isAt('coalesce')) {
      stages.push(parseCoalesce(cursor))
      continue
    }
    const next = parseBinary(cursor, 1)
    if (next.kind === 'scalar' && next.expression.kind === 'aggregate') {
      stages.push(next.expression)
      return { kind: 'scalar', expression: pipeline() }
    }
    stages.push(toStage(cursor, next))
  }
  return { kind: 'stages', pipeline: { kind: 'pipeline', stages, start, end: cursor.takenEnd } }
}

/** What may follow arithmetic between series: `| topk(10)` and comparisons behind it. */
function continueMetrics(cursor: Cursor, expression: MetricsExpression): Piped {
  const second = parseSecondStages(cursor, () => parseFilterNumber(cursor))
  if (second.length === 0) return { kind: 'metrics', expression }
  const all = { stages: [...expression.stages, ...second], end: cursor.takenEnd }
  return { kind: 'metrics', expression: { ...expression, ...all } }
}

/** What stands alone as a stage of a pipeline. */
function toStage(cursor: Cursor, piped: Piped): PipelineStage {
  switch (piped.kind) {
    case 'spanset':
      return piped.expression
    case 'stage':
      return piped.stage
    case 'stages':
      return piped.pipeline
    default:
      return cursor.stop()
  }
}

function parseBinary(cursor: Cursor, least: number): Piped {
  let left = cursor.nested(() => parseOperand(cursor))
  for (;;) {
    const token = cursor.peek()
    const precedence = precedenceOf(token)
    if (precedence < least) return left
    const op = opOf(token)
    if (op === undefined) return left
    cursor.take()
    cursor.countOperator()
    const next = precedence === POWER ? precedence : precedence + 1
    const right = cursor.nested(() => parseBinary(cursor, next))
    left = combine(cursor, token, op, left, right)
  }
}

function precedenceOf({ kind, text }: Token): number {
  return kind === 'symbol' ? (PRECEDENCE.get(text) ?? 0) : 0
}

function opOf({ text }: Token): Op | undefined {
  for (const op of PRECEDENCE.keys()) if (op === text && isOp(op)) return op
  return undefined
}

function isOp(text: string): text is Op {
  return PRECEDENCE.has(text)
}

function isArithmetic(op: Op): op is ArithmeticOp {
  return ARITHMETIC.some((each) => each === op)
}

function isComparison(op: Op): op is CompareOp {
  return COMPARE_OPS.some((each) => each === op)
}

function isSpansetOp(op: Op): op is SpansetOp {
  return !isArithmetic(op) && !['=', '!=', '<=', '>='].includes(op)
}

function combine(cursor: Cursor, at: Token, op: Op, left: Piped, right: Piped): Piped {
  const l = asSpanset(left)
  const r = asSpanset(right)
  if (l && r && isSpansetOp(op)) {
    const span = { start: l.start, end: r.end }
    return {
      kind: 'spanset',
      expression: { kind: 'spanset_operation', op, left: l, right: r, ...span },
    }
  }
  const known = isArithmetic(op)
    ? combineNumbers(cursor, op, left, right)
    : isComparison(op)
      ? compare(cursor, op, left, right)
      : undefined
  return known ?? cursor.fail(at, `syntax error: unexpected ${at.text}`)
}

/** Only filters, what is combined of them, and pipelines in parentheses can be combined. */
function asSpanset(piped: Piped): SpansetExpression | undefined {
  if (piped.kind === 'spanset') return piped.expression
  return piped.kind === 'stages' ? piped.pipeline : undefined
}

function combineNumbers(
  cursor: Cursor,
  op: ArithmeticOp,
  left: Piped,
  right: Piped,
): Piped | undefined {
  if (left.kind === 'number' && right.kind === 'number') {
    const span = { start: left.span.start, end: right.span.end }
    const value = foldNumbers(op, left.value, right.value)
    if (typeof value === 'string') return cursor.fail(span, value)
    return { kind: 'number', value, span }
  }
  if (left.kind === 'metrics' || right.kind === 'metrics')
    return combineSeries(cursor, op, left, right)
  const l = asScalar(left)
  const r = asScalar(right)
  if (!l || !r) return undefined
  const span = { start: l.start, end: r.end }
  return {
    kind: 'scalar',
    expression: { kind: 'scalar_operation', op, left: l, right: r, ...span },
  }
}

function combineSeries(
  cursor: Cursor,
  op: ArithmeticOp,
  left: Piped,
  right: Piped,
): Piped | undefined {
  if (op === '%' || op === '^') return undefined
  const l = asSeries(cursor, left)
  const r = asSeries(cursor, right)
  if (l === undefined || r === undefined) return undefined
  const start = typeof l === 'number' ? spanOf(left).start : l.start
  const end = cursor.takenEnd
  return {
    kind: 'metrics',
    expression: { kind: 'metrics_operation', op, left: l, right: r, stages: [], start, end },
  }
}

function asSeries(cursor: Cursor, piped: Piped): MetricsExpression | number | undefined {
  if (piped.kind === 'metrics') return piped.expression
  if (piped.kind !== 'number') return undefined
  if (piped.value.type !== 'duration') return Number(piped.value.value)
  return cursor.fail(piped.span, 'duration cannot be used as a scalar operand in metric arithmetic')
}

function spanOf(piped: Piped): Span {
  switch (piped.kind) {
    case 'number':
      return piped.span
    case 'stage':
      return piped.stage
    case 'stages':
      return piped.pipeline
    default:
      return piped.expression
  }
}

function compare(cursor: Cursor, op: CompareOp, left: Piped, right: Piped): Piped | undefined {
  if (left.kind === 'metrics') {
    if (right.kind !== 'number') return undefined
    const span = { start: right.span.start, end: cursor.takenEnd }
    const filter = { kind: 'metrics_filter', op, value: filterValue(right.value), ...span } as const
    const { expression } = left
    return {
      kind: 'metrics',
      expression: { ...expression, stages: [...expression.stages, filter], end: span.end },
    }
  }
  const l = asScalar(left)
  const r = asScalar(right)
  if (!l || !r || (left.kind === 'number' && (right.kind === 'number' || r.kind === 'pipeline')))
    return undefined
  const stage: ScalarFilter = {
    ...{ kind: 'scalar_filter', op, left: l, right: r, start: l.start, end: r.end },
  }
  return { kind: 'stage', stage }
}

function asScalar(piped: Piped): ScalarExpression | undefined {
  if (piped.kind === 'scalar') return piped.expression
  if (piped.kind !== 'number') return undefined
  const literal: Static = { kind: 'static', value: piped.value, ...piped.span }
  return literal
}

/** The number that series are compared with: durations count in seconds. */
function parseFilterNumber(cursor: Cursor): number {
  const { start, end } = cursor.peek()
  const piped = parseBinary(cursor, COMPARING + 1)
  return piped.kind === 'number'
    ? filterValue(piped.value)
    : cursor.fail({ start, end }, 'syntax error: series can only be compared with a number')
}

function filterValue(value: NumberValue): number {
  return value.type === 'duration' ? Number(value.value) / NS_PER_S : Number(value.value)
}

function parseOperand(cursor: Cursor): Piped {
  if (cursor.isAt('{')) return { kind: 'spanset', expression: parseFilter(cursor) }
  if (cursor.accept('(')) return parseGroup(cursor)
  if (cursor.isAt('-')) return parseNegative(cursor)
  return (
    acceptNumber(cursor) ??
    acceptAggregate(cursor) ??
    acceptGroupBy(cursor) ??
    acceptSelect(cursor) ??
    cursor.stop()
  )
}

/** What stands in parentheses: one span set stays one, several stages become a pipeline that can be combined. */
function parseGroup(cursor: Cursor): Piped {
  const inner = parsePiped(cursor)
  cursor.expect(')')
  if (inner.kind !== 'stages') return inner
  const { pipeline } = inner
  const [only] = pipeline.stages
  const isOne = pipeline.stages.length === 1 && only !== undefined
  return isOne && isSpansetExpression(only) ? { kind: 'spanset', expression: only } : inner
}

function isSpansetExpression(stage: PipelineStage): stage is SpansetExpression {
  return ['spanset_filter', 'spanset_operation', 'pipeline'].includes(stage.kind)
}

/** Outside of braces a minus binds closest, and only to numbers. */
function parseNegative(cursor: Cursor): Piped {
  const minus = cursor.take()
  const piped = cursor.nested(() => parseOperand(cursor))
  if (piped.kind !== 'number') return cursor.fail(minus, 'syntax error: unexpected -')
  const span = { start: minus.start, end: cursor.takenEnd }
  return { kind: 'number', value: negate(piped.value), span }
}

function acceptNumber(cursor: Cursor): Piped | undefined {
  const token = cursor.peek()
  const value = numberOf(token)
  if (value === undefined) return undefined
  cursor.take()
  return { kind: 'number', value, span: { start: token.start, end: token.end } }
}

function numberOf({ kind, text, durationNs }: Token): NumberValue | undefined {
  switch (kind) {
    case 'int':
      return { type: 'int', value: BigInt(text) }
    case 'float':
      return { type: 'float', value: Number(text) }
    case 'duration':
      return { type: 'duration', value: durationNs }
    default:
      return undefined
  }
}

function acceptAggregate(cursor: Cursor): Piped | undefined {
  const { kind, text, start } = cursor.peek()
  const name = kind === 'word' ? AGGREGATES.find((each) => each === text) : undefined
  if (name === undefined) return undefined
  cursor.take()
  cursor.expect('(')
  const operand = name === 'count' ? undefined : parseField(cursor)
  cursor.expect(')')
  const expression: Aggregate = { kind: 'aggregate', name, operand, start, end: cursor.takenEnd }
  return { kind: 'scalar', expression }
}

function acceptGroupBy(cursor: Cursor): Piped | undefined {
  const by = cursor.accept('by')
  if (!by) return undefined
  cursor.expect('(')
  const expression = parseField(cursor)
  cursor.expect(')')
  const span = { start: by.start, end: cursor.takenEnd }
  return { kind: 'stage', stage: { kind: 'group_by', expression, ...span } }
}

function acceptSelect(cursor: Cursor): Piped | undefined {
  const select = cursor.accept('select')
  if (!select) return undefined
  const fields = parseFields(cursor)
  const span = { start: select.start, end: cursor.takenEnd }
  return { kind: 'stage', stage: { kind: 'select', fields, ...span } }
}

function parseCoalesce(cursor: Cursor): PipelineStage {
  const { start } = cursor.take()
  cursor.expect('(')
  cursor.expect(')')
  return { kind: 'coalesce', start, end: cursor.takenEnd }
}
