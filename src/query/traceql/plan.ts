import type {
  Attribute,
  BinaryField,
  CompareOp,
  FieldExpression,
  Intrinsic,
  Pipeline,
  PipelineStage,
  StaticValue,
} from '../../lang/traceql/ast.ts'
import { decodeAttribute } from '../../model/attribute-value.ts'
import type { AttributeTest, OrderOp, SpanCondition } from '../../store/spans-source.ts'
import { compileCondition } from './evaluate-field.ts'
import { KINDS, STATUSES, toFieldValue } from './stored-traces.ts'
import type { FieldValue } from './field-value.ts'
import { NO_PARENT, numberSpans, type TraceView } from './trace-view.ts'

const ANY: SpanCondition = { kind: 'any' }
export const FLIPPED: Readonly<Partial<Record<string, string>>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

/**
 * What at least one span of a trace has to fulfil for the pipeline to find anything in the trace. It is a necessary condition only: each
 * trace is evaluated afterwards.
 */
export function planPipeline({ stages }: Pipeline): SpanCondition {
  const [first] = stages
  return first ? planStage(first) : ANY
}

function planStage(stage: PipelineStage): SpanCondition {
  switch (stage.kind) {
    case 'spanset_filter':
      return planCondition(stage.condition)
    case 'pipeline':
      return planPipeline(stage)
    case 'spanset_operation': {
      // Spans of the right side are what comes out, but for unions; those are searched for that are rarer, as far as one can tell.
      const left = planStage(stage.left)
      const right = planStage(stage.right)
      if (stage.op === '||') return or(left, right)
      if (stage.op.startsWith('!')) return right
      return right.kind === 'any' ? left : right
    }
    default:
      return ANY
  }
}

/** A condition that accepts every span for which the expression holds. */
function planCondition(expression: FieldExpression): SpanCondition {
  switch (expression.kind) {
    case 'attribute':
      // A bare attribute has to be true.
      return planAttribute(expression, { kind: 'equals', texts: ['btrue'] }, expression)
    case 'exists': {
      const { operand, isNegated } = expression
      if (isNegated || operand.kind !== 'attribute') return ANY
      return planAttribute(operand, { kind: 'exists' }, expression)
    }
    case 'binary':
      return planBinary(expression)
    default:
      return ANY
  }
}

function planBinary(expression: BinaryField): SpanCondition {
  const { op, left, right } = expression
  if (op === '&&') return and(planCondition(left), planCondition(right))
  if (op === '||') return or(planCondition(left), planCondition(right))
  if (right.kind === 'static') return planComparison(expression, left, op, right.value)
  if (left.kind === 'static')
    return planComparison(expression, right, FLIPPED[op] ?? op, left.value)
  return ANY
}

function planComparison(
  whole: FieldExpression,
  field: FieldExpression,
  op: string,
  value: StaticValue,
): SpanCondition {
  if (field.kind === 'intrinsic') return planIntrinsic(field, op, value)
  if (field.kind !== 'attribute') return ANY
  const test = attributeTest(op, value)
  return test === undefined ? ANY : planAttribute(field, test, whole)
}

function attributeTest(op: string, value: StaticValue): AttributeTest | undefined {
  switch (op) {
    case '=':
      return equalsTest(value)
    case '!=':
    case '!~':
      return { kind: 'exists' }
    case '=~':
      return value.type === 'string' ? { kind: 'match', pattern: value.value } : undefined
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (value.type !== 'int' && value.type !== 'float' && value.type !== 'duration')
        return { kind: 'exists' }
      const bound = Number(value.value)
      return Number.isFinite(bound) ? { kind: 'order', op, value: bound } : { kind: 'exists' }
    }
    default:
      return undefined
  }
}

/** Integers and floats of the same size are equal. */
function equalsTest(value: StaticValue): AttributeTest | undefined {
  switch (value.type) {
    case 'string':
      // Bytes and maps are compared as the texts they are shown as.
      return { kind: 'equals', texts: [`s${value.value}`, `x${value.value}`, `j${value.value}`] }
    case 'boolean':
      return { kind: 'equals', texts: [`b${value.value}`] }
    case 'int':
    case 'duration':
    case 'float': {
      const number = Number(value.value)
      // Beyond this several integers have one float: only their size can be asked for.
      if (!Number.isSafeInteger(number))
        return value.type === 'float' && !Number.isInteger(number)
          ? { kind: 'equals', texts: [`f${number}`] }
          : { kind: 'exists' }
      return { kind: 'equals', texts: [`i${number}`, `f${number}`, `f-${number}`] }
    }
    default:
      return { kind: 'exists' }
  }
}

function planAttribute(
  { scope, name, isParent }: Attribute,
  test: AttributeTest,
  whole: FieldExpression,
): SpanCondition {
  if (isParent) return ANY
  const onSpan: SpanCondition = { kind: 'attribute', name, test }
  const onResource: SpanCondition = { kind: 'resource', accepts: acceptsResource(whole) }
  switch (scope) {
    case 'span':
      return onSpan
    case 'resource':
      return onResource
    case 'event':
      return { kind: 'inside', column: 'events', text: JSON.stringify(name) }
    case 'link':
      return { kind: 'inside', column: 'links', text: JSON.stringify(name) }
    case 'instrumentation':
      return ANY
    default:
      return or(
        or(onSpan, onResource),
        or(
          { kind: 'inside', column: 'events', text: JSON.stringify(name) },
          { kind: 'inside', column: 'links', text: JSON.stringify(name) },
        ),
      )
  }
}

/** Whether the expression, which asks one attribute only, holds for a span that has nothing but its resource. */
export function acceptsResource(
  whole: FieldExpression,
): Extract<SpanCondition, { kind: 'resource' }>['accepts'] {
  const holds = compileCondition(whole)
  return (attributes) => {
    const view: TraceView = {
      length: 1,
      parentRow: Int32Array.of(NO_PARENT),
      sets: numberSpans({ length: 1, parentRow: Int32Array.of(NO_PARENT) }),
      fieldOf: (_, field): FieldValue | undefined => {
        const text = field.kind === 'attribute' ? attributes.get(field.name) : ''
        return text === undefined || text === '' ? undefined : toFieldValue(decodeAttribute(text))
      },
    }
    return holds(view, 0)
  }
}

function planIntrinsic({ name }: Intrinsic, op: string, value: StaticValue): SpanCondition {
  switch (name) {
    case 'name':
      return planText('name', op, value)
    case 'statusMessage':
      return planText('message', op, value)
    case 'duration':
      return planDuration(op, value)
    case 'kind':
      return planNumber('kind', op, value.type === 'kind' ? KINDS.indexOf(value.value) : -1)
    case 'status':
      return planNumber('status', op, value.type === 'status' ? STATUSES.indexOf(value.value) : -1)
    case 'nestedSetParent':
      return isRootTest(op, value) ? { kind: 'root' } : ANY
    case 'trace:id':
      return planId('trace', op, value)
    case 'span:id':
      return planId('span', op, value)
    case 'span:parentID':
      return planId('parent', op, value)
    case 'event:name':
      return planInside('events', op, value)
    case 'link:traceID':
    case 'link:spanID':
      return planInside('links', op, value)
    default:
      return ANY
  }
}

function planText(column: 'name' | 'message', op: string, value: StaticValue): SpanCondition {
  if (value.type !== 'string' || (op !== '=' && op !== '!=' && op !== '=~')) return ANY
  return { kind: 'text', column, op, value: value.value }
}

function planDuration(op: string, value: StaticValue): SpanCondition {
  if (value.type !== 'duration' && value.type !== 'int') return ANY
  return isCompareOp(op) ? { kind: 'number', column: 'dur', op, value: value.value } : ANY
}

function planNumber(column: 'kind' | 'status', op: string, number: number): SpanCondition {
  if (number < 0 || (op !== '=' && op !== '!=')) return ANY
  return { kind: 'number', column, op, value: BigInt(number) }
}

/** `nestedSetParent < 0` is how Grafana asks for roots. */
function isRootTest(op: string, value: StaticValue): boolean {
  if (value.type !== 'int') return false
  return (op === '<' && value.value <= 0n) || (op === '=' && value.value === -1n)
}

function planId(
  column: 'trace' | 'span' | 'parent',
  op: string,
  value: StaticValue,
): SpanCondition {
  if (op !== '=' || value.type !== 'string' || value.value === '') return ANY
  return { kind: 'id', column, value: value.value.toLowerCase() }
}

function planInside(column: 'events' | 'links', op: string, value: StaticValue): SpanCondition {
  if (op !== '=' || value.type !== 'string') return ANY
  return { kind: 'inside', column, text: JSON.stringify(value.value) }
}

export function isCompareOp(op: string): op is CompareOp & ('=' | '!=' | OrderOp) {
  return ['=', '!=', '<', '<=', '>', '>='].includes(op)
}

function and(left: SpanCondition, right: SpanCondition): SpanCondition {
  if (left.kind === 'any') return right
  return right.kind === 'any' ? left : { kind: 'and', of: [left, right] }
}

function or(left: SpanCondition, right: SpanCondition): SpanCondition {
  return left.kind === 'any' || right.kind === 'any' ? ANY : { kind: 'or', of: [left, right] }
}
