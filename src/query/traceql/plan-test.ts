import type {
  Attribute,
  BinaryField,
  ExistsField,
  FieldExpression,
  Intrinsic,
  Pipeline,
  PipelineStage,
  StaticValue,
} from '../../lang/traceql/ast.ts'
import type { ScalarTest, SpanTest } from '../../store/span-tally.ts'
import { acceptsResource, FLIPPED, isCompareOp } from './plan.ts'
import { KINDS, STATUSES } from './stored-traces.ts'

const ANY: SpanTest = { kind: 'any' }
/** Whole numbers from here on are not all exact as doubles. */
const EXACT = 2 ** 53
const EXACT_INT = 2n ** 53n

/**
 * Which spans come out of a pipeline, when that can be said of each span by itself and as the evaluator would say it; else undefined.
 * Structure, aggregates and `by` look at whole traces.
 */
export function planTest({ stages }: Pipeline): SpanTest | undefined {
  const tests = stages.filter((stage) => stage.kind !== 'select').map(planStage)
  return all('and', tests)
}

function planStage(stage: PipelineStage): SpanTest | undefined {
  switch (stage.kind) {
    case 'spanset_filter':
      return planHolds(stage.condition)
    case 'coalesce':
      return ANY
    case 'pipeline':
      return planTest(stage)
    case 'spanset_operation':
      return stage.op === '||'
        ? all('or', [planStage(stage.left), planStage(stage.right)])
        : undefined
    default:
      return undefined
  }
}

/** When an expression is true. */
function planHolds(expression: FieldExpression): SpanTest | undefined {
  switch (expression.kind) {
    case 'static':
      return expression.value.value === true ? ANY : undefined
    case 'attribute':
      return planAttribute(expression, { kind: 'boolean', op: '=', value: true }, expression)
    case 'binary':
      return expression.op === '&&'
        ? all('and', [planHolds(expression.left), planHolds(expression.right)])
        : planBoolean(expression)
    default:
      return planBoolean(expression)
  }
}

/** The same, of expressions that are true or false for every span, so that `||` and `!` mean what they do in SQL. */
function planBoolean(expression: FieldExpression): SpanTest | undefined {
  switch (expression.kind) {
    case 'exists':
      return planExists(expression)
    case 'unary': {
      const inner = expression.op === '!' ? planBoolean(expression.operand) : undefined
      return inner && { kind: 'not', of: inner }
    }
    case 'binary':
      return planBinary(expression)
    default:
      return undefined
  }
}

function planExists(expression: ExistsField): SpanTest | undefined {
  const { operand, isNegated } = expression
  if (operand.kind !== 'attribute') return undefined
  const found = planAttribute(operand, { kind: 'exists' }, { ...expression, isNegated: false })
  return found && isNegated ? { kind: 'not', of: found } : found
}

function planBinary(expression: BinaryField): SpanTest | undefined {
  const { op, left, right } = expression
  if (op === '&&' || op === '||')
    return all(op === '&&' ? 'and' : 'or', [planBoolean(left), planBoolean(right)])
  if (right.kind === 'static') return planComparison(expression, left, op, right.value)
  const flipped = op === '=' || op === '!=' ? op : FLIPPED[op]
  if (left.kind !== 'static' || flipped === undefined) return undefined
  return planComparison(expression, right, flipped, left.value)
}

function planComparison(
  whole: FieldExpression,
  field: FieldExpression,
  op: string,
  value: StaticValue,
): SpanTest | undefined {
  if (field.kind === 'intrinsic') return planIntrinsic(field, op, value)
  if (field.kind !== 'attribute') return undefined
  const test = scalarTest(op, value)
  return test && planAttribute(field, test, whole)
}

function scalarTest(op: string, value: StaticValue): ScalarTest | undefined {
  switch (value.type) {
    case 'string':
      return isTextOp(op) ? { kind: 'text', op, value: value.value } : undefined
    case 'boolean':
      return op === '=' || op === '!=' ? { kind: 'boolean', op, value: value.value } : undefined
    case 'int':
    case 'duration':
    case 'float': {
      const number = Number(value.value)
      if (!isCompareOp(op) || !(Math.abs(number) < EXACT)) return undefined
      return { kind: 'number', op, value: number }
    }
    default:
      return undefined
  }
}

function planAttribute(
  { scope, name, isParent }: Attribute,
  test: ScalarTest,
  whole: FieldExpression,
): SpanTest | undefined {
  if (isParent) return undefined
  switch (scope) {
    case 'span':
      return { kind: 'attribute', name, test }
    case 'resource':
      return { kind: 'resource', accepts: acceptsResource(whole) }
    case 'any':
      return { kind: 'anywhere', name, test, accepts: acceptsResource(whole) }
    default:
      return undefined
  }
}

function planIntrinsic({ name }: Intrinsic, op: string, value: StaticValue): SpanTest | undefined {
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
      return isRootTest(op, value) ? { kind: 'root' } : undefined
    case 'trace:id':
      return op === '=' && value.type === 'string' && /^[0-9a-f]{32}$/.test(value.value)
        ? { kind: 'trace', id: value.value }
        : undefined
    default:
      return undefined
  }
}

function planText(
  column: 'name' | 'message',
  op: string,
  value: StaticValue,
): SpanTest | undefined {
  if (value.type !== 'string' || !isTextOp(op)) return undefined
  return { kind: 'column', column, op, value: value.value }
}

function planDuration(op: string, value: StaticValue): SpanTest | undefined {
  if (value.type !== 'duration' && value.type !== 'int') return undefined
  if (!isCompareOp(op) || value.value >= EXACT_INT || value.value <= -EXACT_INT) return undefined
  return { kind: 'number', column: 'dur', op, value: value.value }
}

function planNumber(column: 'kind' | 'status', op: string, number: number): SpanTest | undefined {
  if (number < 0 || (op !== '=' && op !== '!=')) return undefined
  return { kind: 'number', column, op, value: BigInt(number) }
}

function isRootTest(op: string, value: StaticValue): boolean {
  if (value.type !== 'int') return false
  return (op === '<' && value.value === 0n) || (op === '=' && value.value === -1n)
}

/** Texts are not ordered by the engine as JavaScript orders them. */
function isTextOp(op: string): op is '=' | '!=' | '=~' | '!~' {
  return op === '=' || op === '!=' || op === '=~' || op === '!~'
}

function all(kind: 'and' | 'or', tests: readonly (SpanTest | undefined)[]): SpanTest | undefined {
  const known = tests.filter((test) => test !== undefined)
  if (known.length < tests.length) return undefined
  const some = kind === 'and' ? known.filter((test) => test.kind !== 'any') : known
  const [first] = some
  if (first === undefined) return ANY
  return some.length === 1 ? first : { kind, of: some }
}
