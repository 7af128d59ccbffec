import { formatDurationMs } from '../../model/duration.ts'
import type {
  Aggregate,
  Binary,
  DurationExpr,
  DurationNode,
  Expr,
  MatcherNode,
  NumberLiteral,
  Subquery,
  TimeShift,
  VectorSelector,
} from './ast.ts'
import {
  formatFixed,
  formatFloat,
  formatFloatShort,
  quoteString,
  utf8Length,
} from '../../model/go-notation.ts'

/**
 * An expression in one line, in Prometheus's canonical notation (Expr.String of promql/parser/printer.go): matchers sorted,
 * grouping before the arguments, comments gone. It parses back to the same meaning.
 */
export function print(expr: Expr): string {
  return new Printer().print(expr)
}

/**
 * An expression over several lines, as `/api/v1/format_query` answers it (promql/parser/prettier.go): whatever is longer than
 * `maxBytes` is broken, its parts indented by two spaces each.
 */
export function prettify(expr: Expr, maxBytes = 100): string {
  return new Printer().prettify(expr, 0, maxBytes)
}

class Printer {
  /** The one-line form of each node, so that breaking lines at every level does not print every level anew. */
  readonly #printed = new Map<Expr, string>()

  print(expr: Expr): string {
    const known = this.#printed.get(expr)
    if (known !== undefined) return known
    const text = this.#printNew(expr)
    this.#printed.set(expr, text)
    return text
  }

  #printNew(expr: Expr): string {
    switch (expr.kind) {
      case 'number':
        return printNumber(expr)
      case 'string':
        return quoteString(expr.value)
      case 'vector': {
        const extension = expr.extension === undefined ? '' : ` ${expr.extension}`
        return printSeries(expr) + printAt(expr) + extension + printOffset(expr)
      }
      case 'matrix': {
        const { selector, rangeMs, rangeExpr } = expr
        const range = rangeExpr ? printDuration(rangeExpr) : formatDurationMs(rangeMs)
        const extension = selector.extension === undefined ? '' : ` ${selector.extension}`
        const shift = printAt(selector) + printOffset(selector)
        return `${printSeries(selector)}[${range}]${extension}${shift}`
      }
      case 'subquery':
        return this.print(expr.expr) + printSubqueryRange(expr)
      case 'paren':
        return `(${this.print(expr.expr)})`
      case 'unary':
        return expr.op + this.print(expr.expr)
      case 'binary':
        return `${this.print(expr.left)} ${printOperator(expr)} ${this.print(expr.right)}`
      case 'aggregate': {
        const param = expr.param ? `${this.print(expr.param)}, ` : ''
        return `${printAggregator(expr)}(${param}${this.print(expr.expr)})`
      }
      case 'call':
        return `${expr.func}(${expr.args.map((arg) => this.print(arg)).join(', ')})`
      default:
        return expr satisfies never
    }
  }

  #fits(expr: Expr, maxBytes: number): boolean {
    const line = this.print(expr)
    return line.length <= maxBytes && utf8Length(line) <= maxBytes
  }

  prettify(expr: Expr, level: number, maxBytes: number): string {
    const indent = '  '.repeat(level)
    const inner = (child: Expr): string => this.prettify(child, level + 1, maxBytes)
    switch (expr.kind) {
      case 'number':
      case 'string':
      case 'vector':
      case 'matrix':
        return indent + this.print(expr)
      case 'unary':
        return indent + expr.op + this.prettify(expr.expr, level, maxBytes).trim()
      case 'subquery':
        // One that fits is not indented: so does Prometheus.
        if (this.#fits(expr, maxBytes)) return this.print(expr)
        return this.prettify(expr.expr, level, maxBytes) + printSubqueryRange(expr)
      case 'paren':
        if (this.#fits(expr, maxBytes)) return indent + this.print(expr)
        return `${indent}(\n${inner(expr.expr)}\n${indent})`
      case 'binary':
        if (this.#fits(expr, maxBytes)) return indent + this.print(expr)
        return `${inner(expr.left)}\n${indent}${printOperator(expr)}\n${inner(expr.right)}`
      case 'aggregate': {
        if (this.#fits(expr, maxBytes)) return indent + this.print(expr)
        const param = expr.param ? `${inner(expr.param)},\n` : ''
        return `${indent}${printAggregator(expr)}(\n${param}${inner(expr.expr)}\n${indent})`
      }
      case 'call':
        if (this.#fits(expr, maxBytes)) return indent + this.print(expr)
        return `${indent}${expr.func}(\n${expr.args.map(inner).join(',\n')}\n${indent})`
      default:
        return expr satisfies never
    }
  }
}

function printNumber({ value, isDuration }: NumberLiteral): string {
  return isDuration === true ? formatDurationMs(Math.trunc(value * 1000)) : formatFloat(value)
}

function isPlainLabel(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
}

function printLabels(labels: readonly string[]): string {
  return labels.map((name) => (isPlainLabel(name) ? name : quoteString(name))).join(', ')
}

function printMatcher({ name, op, value }: MatcherNode): string {
  return (isPlainLabel(name) ? name : quoteString(name)) + op + quoteString(value)
}

/** The name and the matchers, without what shifts the time. */
function printSeries({ name, nameInBraces, matchers }: VectorSelector): string {
  const bare = nameInBraces === true ? '' : (name ?? '')
  const shown = matchers.filter(
    (m) => bare === '' || m.name !== '__name__' || m.op !== '=' || m.value !== bare,
  )
  return shown.length === 0 ? bare : `${bare}{${shown.map(printMatcher).sort().join(',')}}`
}

function printAt({ at }: TimeShift): string {
  if (!at) return ''
  if (at.kind !== 'timestamp') return ` @ ${at.kind}()`
  return ` @ ${formatFixed(at.timestampMs / 1000, 3)}`
}

function printOffset({ offsetMs, offsetExpr }: TimeShift): string {
  if (offsetExpr) return ` offset ${printDuration(offsetExpr)}`
  return offsetMs === 0 ? '' : ` offset ${formatDurationMs(offsetMs)}`
}

function printSubqueryRange(expr: Subquery): string {
  const { rangeMs, rangeExpr, stepMs, stepExpr } = expr
  const range = rangeExpr ? printDuration(rangeExpr) : formatDurationMs(rangeMs)
  const literal = stepMs === undefined || stepMs === 0 ? '' : formatDurationMs(stepMs)
  const step = stepExpr ? printDuration(stepExpr) : literal
  return `[${range}:${step}]${printAt(expr)}${printOffset(expr)}`
}

function printDuration(duration: DurationNode): string {
  if (duration.kind === 'number') return printNumber(duration)
  const text = printBareDuration(duration)
  return duration.wrapped === true ? `(${text})` : text
}

function printBareDuration({ op, left, right }: DurationExpr): string {
  if (!right) return `${op}()`
  if (!left) return (op === '-' ? '-' : '') + printDuration(right)
  const [first, second] = [printDuration(left), printDuration(right)]
  return op === 'min_of' || op === 'max_of'
    ? `${op}(${first}, ${second})`
    : `${first} ${op} ${second}`
}

/** The operator with its modifiers. */
function printOperator({ op, returnBool, matching }: Binary): string {
  let text = returnBool ? `${op} bool` : op
  if (!matching) return text
  const { on, labels, card, include, fillLeft, fillRight } = matching
  const isGrouped = card === 'many-to-one' || card === 'one-to-many'
  if (labels.length > 0 || on || isGrouped) {
    text += ` ${on ? 'on' : 'ignoring'} (${printLabels(labels)})`
  }
  if (isGrouped) {
    text += ` group_${card === 'many-to-one' ? 'left' : 'right'} (${printLabels(include)})`
  }
  if (fillLeft !== undefined && fillLeft === fillRight) {
    return `${text} fill (${formatFloatShort(fillLeft)})`
  }
  if (fillLeft !== undefined) text += ` fill_left (${formatFloatShort(fillLeft)})`
  if (fillRight !== undefined) text += ` fill_right (${formatFloatShort(fillRight)})`
  return text
}

function printAggregator({ op, grouping, without }: Aggregate): string {
  if (without) return `${op} without (${printLabels(grouping)}) `
  return grouping.length > 0 ? `${op} by (${printLabels(grouping)}) ` : op
}
