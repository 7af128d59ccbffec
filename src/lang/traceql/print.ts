import { formatFloat, quoteString } from '../../model/go-notation.ts'
import type {
  Attribute,
  FieldExpression,
  Hint,
  MetricsAggregate,
  MetricsCompare,
  MetricsExpression,
  MetricsSecondStage,
  Pipeline,
  PipelineStage,
  Query,
  ScalarExpression,
  StaticValue,
} from './ast.ts'

const NEEDS_QUOTES = /[\s{}()=~!<>&|^,"]/
const NS_UNITS = [
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['us', 1000n],
  ['ns', 1n],
] as const

/** The query as text that reads the same again, in the form in which Tempo shows queries. */
export function print({ body, hints }: Query): string {
  const text = body.kind === 'pipeline' ? printStages(body) : printMetrics(body)
  return hints.length === 0 ? text : `${text} with(${hints.map(printHint).join(',')})`
}

function printHint({ name, value }: Hint): string {
  return `${name}=${printValue(value)}`
}

function printStages({ stages }: Pipeline): string {
  return stages.map(printStage).join(' | ')
}

/** One stage of a pipeline as text. */
export function printStage(stage: PipelineStage): string {
  switch (stage.kind) {
    case 'spanset_filter':
      return `{ ${printField(stage.condition)} }`
    case 'spanset_operation':
      return `(${printStage(stage.left)}) ${stage.op} (${printStage(stage.right)})`
    case 'pipeline':
      return `(${printStages(stage)})`
    case 'scalar_filter':
      return `${printScalar(stage.left)} ${stage.op} ${printScalar(stage.right)}`
    case 'group_by':
      return `by(${printField(stage.expression)})`
    case 'coalesce':
      return 'coalesce()'
    case 'select':
      return `select(${stage.fields.map(printField).join(', ')})`
    default:
      return printScalar(stage)
  }
}

/** A number of a span set as text. */
export function printScalar(scalar: ScalarExpression): string {
  switch (scalar.kind) {
    case 'static':
      return printValue(scalar.value)
    case 'aggregate':
      return `${scalar.name}(${scalar.operand ? printField(scalar.operand) : ''})`
    case 'scalar_operation':
      return `(${printScalar(scalar.left)}) ${scalar.op} (${printScalar(scalar.right)})`
    default:
      return `(${printStages(scalar)})`
  }
}

/** What is asked of a span, as text. */
export function printField(expression: FieldExpression): string {
  switch (expression.kind) {
    case 'static':
      return printValue(expression.value)
    case 'attribute':
      return printAttribute(expression)
    case 'intrinsic':
      return expression.name
    case 'exists':
      return `${printOperand(expression.operand)} ${expression.isNegated ? '=' : '!='} nil`
    case 'unary':
      return `${expression.op}${printOperand(expression.operand)}`
    default:
      return `${printOperand(expression.left)} ${expression.op} ${printOperand(expression.right)}`
  }
}

function printOperand(expression: FieldExpression): string {
  const text = printField(expression)
  const isPlain = ['static', 'attribute', 'intrinsic'].includes(expression.kind)
  return isPlain && !text.startsWith('-') ? text : `(${text})`
}

function printAttribute({ scope, name, isParent }: Attribute): string {
  const scopes = [...(isParent ? ['parent'] : []), ...(scope === 'any' ? [] : [scope])]
  const quoted = NEEDS_QUOTES.test(name)
    ? `"${name.replaceAll(/[\\"]/g, (char) => `\\${char}`)}"`
    : name
  return `${scopes.join('.')}.${quoted}`
}

/** A value as text. */
export function printValue(value: StaticValue): string {
  switch (value.type) {
    case 'string':
      return quoteString(value.value)
    case 'int':
      return printInt(value.value)
    case 'float': {
      const text = formatFloat(value.value)
      return /[e.]/.test(text) ? text : `${text}.0`
    }
    case 'boolean':
      return String(value.value)
    case 'duration':
      return printDuration(value.value)
    default:
      return value.value
  }
}

/** The smallest integer cannot be written as a number. */
function printInt(value: bigint): string {
  return value === -(2n ** 63n) ? 'minInt' : value.toString()
}

function printDuration(durationNs: bigint): string {
  if (durationNs === 0n) return '0s'
  let rest = durationNs < 0n ? -durationNs : durationNs
  let text = durationNs < 0n ? '-' : ''
  for (const [unit, size] of NS_UNITS) {
    if (rest >= size) text += `${rest / size}${unit}`
    rest %= size
  }
  return text
}

function printMetrics(expression: MetricsExpression | number): string {
  if (typeof expression === 'number') return formatFloat(expression)
  const second = expression.stages.map(printSecond).join('')
  if (expression.kind === 'metrics_pipeline')
    return `${printStages(expression.pipeline)} | ${printFirst(expression.aggregate)}${second}`
  const side = (one: MetricsExpression | number): string =>
    typeof one === 'number' ? formatFloat(one) : `(${printMetrics(one)})`
  return `${side(expression.left)} ${expression.op} ${side(expression.right)}${second}`
}

function printFirst(first: MetricsAggregate | MetricsCompare): string {
  if (first.kind === 'metrics_compare') {
    const range = first.startNs === 0n && first.endNs === 0n ? [] : [first.startNs, first.endNs]
    return `compare(${[printStage(first.selection), first.topN, ...range].join(', ')})`
  }
  const field = first.field ? [printField(first.field)] : []
  const by = first.by.length === 0 ? '' : ` by(${first.by.map(printField).join(',')})`
  return `${first.name}(${[...field, ...first.quantiles].join(', ')})${by}`
}

function printSecond(stage: MetricsSecondStage): string {
  return stage.kind === 'metrics_top'
    ? ` | ${stage.name}(${stage.count})`
    : ` ${stage.op} ${formatFloat(stage.value)}`
}
