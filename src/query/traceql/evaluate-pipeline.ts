import type {
  Aggregate,
  GroupBy,
  Pipeline,
  PipelineStage,
  ScalarFilter,
  SpansetOperation,
} from '../../lang/traceql/ast.ts'
import { printField, printScalar } from '../../lang/traceql/print.ts'
import { Problem } from '../../model/problem.ts'
import { compileCondition, compileField } from './evaluate-field.ts'
import { compareValues, type FieldValue, isEqual, keyOf, toFloat } from './field-value.ts'
import { relate } from './structure.ts'
import type { TraceView } from './trace-view.ts'

/** Some spans of one trace, and what was found out about them on the way: `by(.a)` and `count()` with their values. */
export interface Spanset {
  /** Rows of the trace. */
  readonly rows: Int32Array
  readonly attributes: readonly SpansetAttribute[]
}

export interface SpansetAttribute {
  readonly name: string
  /** Undefined: the spans of a group that lack what it groups by. */
  readonly value: FieldValue | undefined
}

/** Evaluates a pipeline on one trace after the other. */
export type PipelineEvaluator = (trace: TraceView) => readonly Spanset[]

type StageEvaluator = (trace: TraceView, spansets: readonly Spanset[]) => readonly Spanset[]

/**
 * Prepares a pipeline that was parsed and checked. It begins with all spans of a trace as one span set; span sets without spans are
 * dropped. The meaning is Tempo's (pkg/traceql/ast_execute.go). Evaluation throws a `Problem` of code `bad_data` where operators between
 * span sets meet several of them.
 */
export function compilePipeline(pipeline: Pipeline): PipelineEvaluator {
  const evaluate = compileStages(pipeline)
  return (trace) => {
    const rows = Int32Array.from({ length: trace.length }, (_, row) => row)
    return evaluate(trace, [{ rows, attributes: [] }])
  }
}

function compileStages({ stages }: Pipeline): StageEvaluator {
  const evaluators = stages.map(compileStage)
  return (trace, spansets) => {
    let current = spansets
    for (const evaluate of evaluators) {
      if (current.length === 0) break
      current = evaluate(trace, current)
    }
    return current
  }
}

function compileStage(stage: PipelineStage): StageEvaluator {
  switch (stage.kind) {
    case 'spanset_filter': {
      const holds = compileCondition(stage.condition)
      return (trace, spansets) =>
        spansets.flatMap((one) =>
          keep(
            one,
            one.rows.filter((row) => holds(trace, row)),
          ),
        )
    }
    case 'spanset_operation':
      return compileOperation(stage)
    case 'pipeline':
      return compileStages(stage)
    case 'scalar_filter':
      return compileScalarFilter(stage)
    case 'group_by':
      return compileGroupBy(stage)
    case 'coalesce':
      return (_, spansets) => [{ rows: uniqueRows(spansets), attributes: [] }]
    case 'select':
      return (_, spansets) => spansets
    default: {
      const aggregate = compileAggregate(stage)
      return (trace, spansets) => spansets.flatMap((one) => aggregate(trace, one)?.spanset ?? [])
    }
  }
}

function keep(spanset: Spanset, rows: Int32Array): readonly Spanset[] {
  if (rows.length === spanset.rows.length) return [spanset]
  return rows.length === 0 ? [] : [{ ...spanset, rows }]
}

/** The rows of span sets, each once, in the order in which they come. */
function uniqueRows(spansets: readonly Spanset[]): Int32Array {
  const [only] = spansets
  if (only && spansets.length === 1) return only.rows
  return Int32Array.from(new Set(spansets.flatMap((one) => [...one.rows])))
}

function compileOperation({ op, left, right }: SpansetOperation): StageEvaluator {
  const onLeft = compileStage(left)
  const onRight = compileStage(right)
  return (trace, spansets) =>
    spansets.flatMap((one) => {
      const l = onLeft(trace, [one])
      const r = onRight(trace, [one])
      if (op === '&&' || op === '||') {
        const isThere = op === '&&' ? l.length > 0 && r.length > 0 : l.length > 0 || r.length > 0
        return isThere ? [{ ...one, rows: uniqueRows([...l, ...r]) }] : []
      }
      const [rightOne] = r
      if (!rightOne) return []
      if (l.length > 1 || r.length > 1) {
        throw new Problem(
          'bad_data',
          'spanset operators are not supported for multiple spansets per trace. consider using coalesce()',
        )
      }
      const leftRows = l[0]?.rows ?? new Int32Array()
      const rows = relate(trace, op, leftRows, rightOne.rows)
      return rows.length === 0 ? [] : [{ ...one, rows }]
    })
}

function compileGroupBy(stage: GroupBy): StageEvaluator {
  const evaluate = compileField(stage.expression)
  const name = `by(${printField(stage.expression)})`
  return (trace, spansets) =>
    spansets.flatMap((one) => {
      const groups = new Map<string, { readonly value: FieldValue | undefined; rows: number[] }>()
      for (const row of one.rows) {
        const value = evaluate(trace, row)
        const key = keyOf(value)
        const group = groups.get(key)
        if (group) group.rows.push(row)
        else groups.set(key, { value, rows: [row] })
      }
      return [...groups.values()].map(({ value, rows }) => ({
        rows: Int32Array.from(rows),
        attributes: [...one.attributes, { name, value }],
      }))
    })
}

/** A span set that knows its number; undefined where no span has what the number is made of. */
type AggregateEvaluator = (
  trace: TraceView,
  spanset: Spanset,
) => { readonly spanset: Spanset; readonly value: FieldValue } | undefined

function compileAggregate(aggregate: Aggregate): AggregateEvaluator {
  const name = printScalar(aggregate)
  const compute = compileNumber(aggregate)
  return (trace, spanset) => {
    const value = compute(trace, spanset)
    if (value === undefined) return undefined
    const attributes = [...spanset.attributes, { name, value }]
    return { spanset: { ...spanset, attributes }, value }
  }
}

function compileNumber({
  name,
  operand,
}: Aggregate): (trace: TraceView, spanset: Spanset) => FieldValue | undefined {
  if (!operand) return (_, { rows }) => ({ type: 'int', value: BigInt(rows.length) })
  const evaluate = compileField(operand)
  return (trace, { rows }) => {
    let result: FieldValue | undefined
    let count = 0
    for (const row of rows) {
      const value = evaluate(trace, row)
      if (value === undefined) continue
      count++
      if (result === undefined) result = value
      else if (name === 'max') result = compareValues(value, result) > 0 ? value : result
      else if (name === 'min') result = compareValues(value, result) < 0 ? value : result
      else result = add(result, value)
    }
    return name === 'avg' && result ? divide(result, count) : result
  }
}

/** Of different types the first stays, as in Tempo. */
function add(sum: FieldValue, value: FieldValue): FieldValue {
  if (sum.type === 'int' && value.type === 'int')
    return { type: 'int', value: BigInt.asIntN(64, sum.value + value.value) }
  if (sum.type === 'duration' && value.type === 'duration')
    return { type: 'duration', value: sum.value + value.value }
  if (sum.type === 'float' && value.type === 'float')
    return { type: 'float', value: sum.value + value.value }
  return sum
}

function divide(sum: FieldValue, count: number): FieldValue {
  switch (sum.type) {
    case 'int':
    case 'float':
      return { type: 'float', value: Number(sum.value) / count }
    case 'duration':
      return { type: 'duration', value: sum.value / BigInt(count) }
    default:
      return sum
  }
}

function compileScalarFilter({ op, left, right }: ScalarFilter): StageEvaluator {
  if (left.kind !== 'aggregate' || right.kind !== 'static')
    throw new Problem('bad_data', 'only an aggregate can be compared, and only with a number')
  const aggregate = compileAggregate(left)
  const { value: bound } = right
  return (trace, spansets) =>
    spansets.flatMap((one) => {
      const counted = aggregate(trace, one)
      return counted && isWithin(op, counted.value, bound) ? [counted.spanset] : []
    })
}

function isWithin(op: ScalarFilter['op'], value: FieldValue, bound: FieldValue): boolean {
  switch (op) {
    case '=':
      return isEqual(value, bound)
    case '!=':
      return !isEqual(value, bound)
    case '<':
      return toFloat(value) < toFloat(bound)
    case '<=':
      return toFloat(value) <= toFloat(bound)
    case '>':
      return toFloat(value) > toFloat(bound)
    default:
      return toFloat(value) >= toFloat(bound)
  }
}
