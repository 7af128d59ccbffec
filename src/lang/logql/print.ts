import { formatDurationMs } from '../../model/duration.ts'
import { formatFixed, formatFloat, formatFloatShort, quoteString } from '../../model/go-notation.ts'
import type {
  Aggregate,
  Binary,
  BinaryOp,
  Expr,
  Grouping,
  LineFilter,
  LineFilterTerm,
  LogRange,
  MatcherNode,
  NamedLabel,
  RangeAggregate,
  Stage,
  Unwrap,
} from './ast.ts'
import { printLabelFilter } from './print-filter.ts'

/** Longer than this, an expression is broken into lines. */
const DEFAULT_MAX_LINE = 100

/**
 * An expression in one line, in Loki's canonical notation: binary operations in parentheses, comments gone. It parses back to
 * the same meaning.
 */
export function print(expr: Expr): string {
  switch (expr.kind) {
    case 'log':
      return [printMatchers(expr.selector.matchers), ...expr.stages.map(printStage)].join(' ')
    case 'range_aggregate': {
      const param = expr.param === undefined ? '' : `${printParam(expr.param)},`
      return `${expr.op}(${param}${printRange(expr.range)})${printGrouping(expr.grouping, ',')}`
    }
    case 'aggregate': {
      const param = expr.param === undefined ? '' : `${expr.param},`
      const grouping = isNoGrouping(expr.grouping) ? '' : printGrouping(expr.grouping, ',')
      return `${expr.op}${grouping}(${param}${print(expr.expr)})`
    }
    case 'binary':
      return `(${print(expr.left)} ${printOperator(expr, ',')} ${print(expr.right)})`
    case 'number':
      return formatFloatShort(expr.value)
    case 'vector':
      return `vector(${formatFixed(expr.value, 6)})`
    case 'label_replace':
      return `label_replace(${[print(expr.expr), ...textsOf(expr)].join(',')})`
    default:
      return expr satisfies never
  }
}

function textsOf(expr: Extract<Expr, { kind: 'label_replace' }>): string[] {
  return [expr.target, expr.replacement, expr.source, expr.regex].map(quoteString)
}

/** Where a group stays in the line: a parameter as Go prints the number. */
function printParam(text: string): string {
  return formatFloat(Number(text))
}

/**
 * An expression over several lines, as Loki's `/format_query` answers it (pkg/logql/syntax/prettier.go): what is longer than 100
 * characters is broken, its parts indented by two spaces each. Unlike Loki, keeps the parentheses that the meaning needs.
 */
export function prettify(expr: Expr, maxLine = DEFAULT_MAX_LINE): string {
  return pretty(expr, { level: 0, maxLine })
}

/** How deep an expression stands, and how long its line may be. */
interface Place {
  readonly level: number
  readonly maxLine: number
}

function deeper({ level, maxLine }: Place): Place {
  return { level: level + 1, maxLine }
}

function pretty(expr: Expr, place: Place): string {
  const indent = '  '.repeat(place.level)
  const line = print(expr)
  if (line.length <= place.maxLine && expr.kind !== 'log') return indent + line
  switch (expr.kind) {
    case 'log':
      return prettyLog(expr, place)
    case 'range_aggregate':
      return prettyRangeAggregate(expr, place)
    case 'aggregate':
      return prettyAggregate(expr, place)
    case 'binary': {
      const left = prettyOperand(expr.left, deeper(place), needsParens(expr, expr.left, true))
      const right = prettyOperand(expr.right, deeper(place), needsParens(expr, expr.right, false))
      return `${left}\n${indent}${printOperator(expr, ', ')}\n${right}`
    }
    case 'label_replace': {
      const texts = textsOf(expr).map((text) => `${indent}  ${text}`)
      const args = [pretty(expr.expr, deeper(place)), ...texts].join(',\n')
      return `${indent}label_replace(\n${args}\n${indent})`
    }
    case 'number':
    case 'vector':
      return indent + line
    default:
      return expr satisfies never
  }
}

function prettyOperand(expr: Expr, place: Place, inParens: boolean): string {
  if (!inParens) return pretty(expr, place)
  const line = print(expr)
  const indent = '  '.repeat(place.level)
  // In one line a binary operation has its parentheses already.
  if (line.length <= place.maxLine) return indent + line
  return `${indent}(\n${pretty(expr, deeper(place))}\n${indent})`
}

const LEVELS: Readonly<Record<BinaryOp, number>> = {
  ...{ or: 1, and: 2, unless: 2, '==': 3, '!=': 3, '<': 3, '<=': 3, '>': 3, '>=': 3 },
  ...{ '+': 4, '-': 4, '*': 5, '/': 5, '%': 5, '^': 6 },
}

/** Whether an operand would be read otherwise without parentheses. */
function needsParens({ op }: Binary, operand: Expr, isLeft: boolean): boolean {
  if (operand.kind !== 'binary') return false
  const [outer, inner] = [LEVELS[op], LEVELS[operand.op]]
  if (inner !== outer) return inner < outer
  return isLeft === (op === '^')
}

function prettyLog(expr: Extract<Expr, { kind: 'log' }>, place: Place): string {
  const line = print(expr)
  const indent = '  '.repeat(place.level)
  if (expr.stages.length === 0 || line.length <= place.maxLine) return indent + line
  const stages = expr.stages.map((stage) => `${indent}  ${printStage(stage)}`)
  return [indent + printMatchers(expr.selector.matchers), ...stages].join('\n')
}

function prettyRangeAggregate(expr: RangeAggregate, place: Place): string {
  const indent = '  '.repeat(place.level)
  const { log, unwrap, rangeMs, offsetMs } = expr.range
  const param = expr.param === undefined ? '' : `${indent}  ${printParam(expr.param)},\n`
  const inner = `${indent}    `
  const stages = unwrap ? `\n${inner}${printUnwrap(unwrap).join(`\n${inner}`)}` : ''
  const time = ` [${formatDurationMs(rangeMs)}]${printOffset(offsetMs)}`
  const grouping = printGrouping(expr.grouping, ', ')
  return `${indent}${expr.op}(\n${param}${prettyLog(log, deeper(place))}${stages}${time}\n${indent})${grouping}`
}

function prettyAggregate(expr: Aggregate, place: Place): string {
  const indent = '  '.repeat(place.level)
  const param = expr.param === undefined ? '' : `${indent}  ${expr.param},\n`
  const grouping = isNoGrouping(expr.grouping) ? '' : printGrouping(expr.grouping, ', ')
  return `${indent}${expr.op}${grouping}(\n${param}${pretty(expr.expr, deeper(place))}\n${indent})`
}

function isNoGrouping(grouping: Grouping | undefined): boolean {
  return !grouping || (!grouping.without && grouping.labels.length === 0)
}

function printGrouping(grouping: Grouping | undefined, separator: string): string {
  if (!grouping) return ''
  return ` ${grouping.without ? 'without' : 'by'} (${grouping.labels.join(separator)})`
}

function printOperator({ op, returnBool, matching }: Binary, separator: string): string {
  let text = returnBool ? `${op} bool` : op
  if (!matching.explicit) return text
  text += ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(separator)})`
  if (matching.card === 'one-to-one') return text
  text += matching.card === 'many-to-one' ? ' group_left' : ' group_right'
  return matching.include.length > 0 ? `${text} (${matching.include.join(separator)})` : text
}

function printOffset(offsetMs: number): string {
  if (offsetMs === 0) return ''
  const isWhole = Number.isInteger(offsetMs)
  return ` offset ${isWhole ? formatDurationMs(offsetMs) : `${Math.round(offsetMs * 1e6)}ns`}`
}

function printRange({ log, unwrap, rangeMs, offsetMs }: LogRange): string {
  const stages = unwrap ? ` ${printUnwrap(unwrap).join(' ')}` : ''
  return `${print(log)}${stages}[${formatDurationMs(rangeMs)}]${printOffset(offsetMs)}`
}

function printUnwrap({ label, conversion, filters }: Unwrap): string[] {
  const value = conversion === undefined ? label : `${conversion}(${label})`
  return [`| unwrap ${value}`, ...filters.map((filter) => `| ${printLabelFilter(filter)}`)]
}

function printMatcher({ name, op, value }: MatcherNode): string {
  return name + op + quoteString(value)
}

function printMatchers(matchers: readonly MatcherNode[]): string {
  return `{${matchers.map(printMatcher).join(', ')}}`
}

function printNamedLabel({ name, matcher }: NamedLabel): string {
  return matcher ? printMatcher(matcher) : name
}

function printTerm({ text, isIp }: LineFilterTerm): string {
  return isIp ? `ip(${quoteString(text)})` : quoteString(text)
}

function printLineFilter({ op, terms }: LineFilter): string {
  // None of several is the same as neither of each, which is how Loki prints it.
  if (op.startsWith('!')) return terms.map((term) => `${op} ${printTerm(term)}`).join(' ')
  return `${op} ${terms.map(printTerm).join(' or ')}`
}

/** One stage in Loki's notation, from its operator on. */
export function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'line_filter':
      return printLineFilter(stage)
    case 'json':
      return `| json${printExtractions(stage)}`
    case 'logfmt': {
      const flags = `${stage.strict ? ' --strict' : ''}${stage.keepEmpty ? ' --keep-empty' : ''}`
      return `| logfmt${flags}${printExtractions(stage)}`
    }
    case 'regexp':
    case 'pattern':
      return `| ${stage.kind} ${quoteString(stage.text)}`
    case 'unpack':
    case 'decolorize':
      return `| ${stage.kind}`
    case 'label_filter':
      return `| ${printLabelFilter(stage.filter)}`
    case 'line_format':
      return `| line_format ${quoteString(stage.template)}`
    case 'label_format':
      return `| label_format ${stage.formats
        .map((each) => `${each.name}=${'from' in each ? each.from : quoteString(each.template)}`)
        .join(',')}`
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${stage.labels.map(printNamedLabel).join(',')}`
    default:
      return stage satisfies never
  }
}

function printExtractions({ extractions }: Extract<Stage, { kind: 'json' | 'logfmt' }>): string {
  if (extractions.length === 0) return ''
  const list = extractions.map(({ label, expression }) => `${label}=${quoteString(expression)}`)
  return ` ${list.join(',')}`
}
