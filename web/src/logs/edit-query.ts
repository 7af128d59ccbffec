import type { Expr, LogExpr, Stage } from '../../../src/lang/logql/ast.ts'
import { parse } from '../../../src/lang/logql/parse.ts'
import type { MatchOp } from '../../../src/model/matcher.ts'
import { quoteString } from '../../../src/model/go-notation.ts'
import type { LineField } from './line-fields.ts'

/** A condition on the labels of streams. */
export interface StreamMatcher {
  readonly name: string
  readonly op: MatchOp
  readonly value: string
}

/** Whether a query asks for lines or for numbers; undefined while it cannot be read. */
export function kindOf(query: string): 'lines' | 'numbers' | undefined {
  const { expr } = parse(query)
  return expr === undefined ? undefined : expr.kind === 'log' ? 'lines' : 'numbers'
}

/** The first selection of lines in a query; undefined when there is none, or the query cannot be read. */
function findLog(query: string): LogExpr | undefined {
  const { expr } = parse(query)
  return expr && logOf(expr)
}

function logOf(expr: Expr): LogExpr | undefined {
  switch (expr.kind) {
    case 'log':
      return expr
    case 'range_aggregate':
      return expr.range.log
    case 'aggregate':
    case 'label_replace':
      return logOf(expr.expr)
    case 'binary':
      return logOf(expr.left) ?? logOf(expr.right)
    case 'number':
    case 'vector':
      return undefined
    default:
      return expr satisfies never
  }
}

/** `{app="web"}` of conditions. */
export function printSelector(matchers: readonly StreamMatcher[]): string {
  return `{${matchers.map(({ name, op, value }) => `${name}${op}${quoteString(value)}`).join(', ')}}`
}

/** The conditions on streams of a query; empty when it cannot be read. */
export function readMatchers(query: string): readonly StreamMatcher[] {
  const log = findLog(query)
  return (log?.selector.matchers ?? []).map(({ name, op, value }) => ({ name, op, value }))
}

/** The query with other conditions on streams; what stood behind them stays. */
export function withMatchers(query: string, matchers: readonly StreamMatcher[]): string {
  const log = findLog(query)
  if (log === undefined) return printSelector(matchers)
  const { start, end } = log.selector
  return query.slice(0, start) + printSelector(matchers) + query.slice(end)
}

/** Texts that lines have to contain, as `|= "…"` says. */
export function readWords(query: string): readonly string[] {
  return (findLog(query)?.stages ?? []).flatMap((stage) =>
    stage.kind === 'line_filter' && stage.op === '|='
      ? stage.terms.flatMap(({ text, isIp }) => (isIp || text === '' ? [] : text))
      : [],
  )
}

/** Adds `|= "text"`, or the other operator, behind the conditions on streams and the line filters that are there. */
export function withLineFilter(query: string, op: '|=' | '!=' | '|>' | '!>', text: string): string {
  const log = findLog(query)
  if (log === undefined) return query
  const others = log.stages.findIndex(({ kind }) => kind !== 'line_filter')
  const last = others < 0 ? log.stages.at(-1) : log.stages[others - 1]
  const at = (last ?? log.selector).end
  return `${query.slice(0, at)} ${op} ${quoteLine(text)}${query.slice(at)}`
}

/** Backquotes leave quotes and backslashes as they are; a text with backquotes needs the other notation. */
function quoteLine(text: string): string {
  return /[`\r\n]/.test(text) || !/["\\]/.test(text) ? quoteString(text) : `\`${text}\``
}

/**
 * Narrows a query to lines with this value of a field, or to those without it: a label of the stream by its selector, all else by a
 * label filter at the end, behind the parser that finds it. A condition that says the opposite goes.
 */
export function withField(query: string, field: LineField, isOut: boolean): string {
  const log = findLog(query)
  if (log === undefined) return query
  const op = isOut ? '!=' : '='
  if (field.kind === 'label') {
    const { name, value } = field
    const others = readMatchers(query).filter(
      (one) => one.name !== name || (isOut && !(one.op === '=' && one.value === value)),
    )
    const matchers = [...others, { name, op, value } as const]
    // A query needs a condition that an empty value does not meet.
    const isSelective = matchers.some((one) => one.op === '=' || one.op === '=~')
    return withMatchers(
      query,
      isSelective ? matchers : [{ name, op: '=~', value: '.+' }, ...matchers],
    )
  }
  const parser = field.kind === 'json' || field.kind === 'logfmt' ? field.kind : undefined
  const isParsed = parser === undefined || log.stages.some((stage) => isParser(stage, parser))
  const added = `${isParsed ? '' : ` | ${parser}`} | ${field.name}${op}${quoteLine(field.value)}`
  const at = (log.stages.at(-1) ?? log.selector).end
  return query.slice(0, at) + added + query.slice(at)
}

function isParser(stage: Stage, kind: 'json' | 'logfmt'): boolean {
  return stage.kind === kind && stage.extractions.length === 0
}

/** The selection of lines of a query, for what is counted of it. */
export function linesOf(query: string): string | undefined {
  const log = findLog(query)
  return log && query.slice(log.start, log.end)
}
