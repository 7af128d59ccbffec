import { formatFault as formatLogqlFault } from '../../lang/logql/fault.ts'
import { parse as parseLogql } from '../../lang/logql/parse.ts'
import { print as printLogql } from '../../lang/logql/print.ts'
import type { Expr } from '../../lang/promql/ast.ts'
import { formatFault } from '../../lang/promql/fault.ts'
import { parse } from '../../lang/promql/parse.ts'
import type { ParseOptions } from '../../lang/promql/parse-options.ts'
import { print } from '../../lang/promql/print.ts'
import { check as checkTraceql } from '../../lang/traceql/check.ts'
import { formatFault as formatTraceqlFault } from '../../lang/traceql/fault.ts'
import { parse as parseTraceql } from '../../lang/traceql/parse.ts'
import { print as printTraceql } from '../../lang/traceql/print.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { RuleLanguage } from './rule-config.ts'

/** The language of rules is that of queries: nothing of it is behind a flag here. */
const WHOLE_LANGUAGE: Required<ParseOptions> = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
}

/** Loki's words for a query of lines where one of numbers is wanted (pkg/logql/engine.go). There a rule only fails when it runs. */
const QUERY_OF_LINES =
  'log queries are not supported as an instant query type, please change your query to a range query type'

/** A search of spans has no number either. */
const SEARCH_OF_SPANS =
  'not a metrics query: add a function, as in { status = error } | rate() by (resource.service.name) > 5'

/** See `RuleConfig`. */
interface Expression {
  readonly query: string
  readonly language: RuleLanguage
  readonly expr: Expr | undefined
  readonly written: string
}

/** Reads `expr` of a rule; undefined when it cannot be used, which the faults say where. */
export function readExpression(
  map: YamlMap,
  node: YamlNode,
  language: RuleLanguage,
): Expression | undefined {
  const text = node.asRawString() ?? ''
  if (text === '') {
    const isOtherKind = !node.isEmpty && !node.isScalar
    return isOtherKind ? undefined : map.node.error("field 'expr' must be set in rule")
  }
  if (language === 'traceql') return readTraceql(node, text)
  return language === 'logql' ? readLogql(node, text) : readPromql(node, text)
}

function readPromql(node: YamlNode, text: string): Expression | undefined {
  const parsed = parse(text, WHOLE_LANGUAGE)
  if (parsed.ok) {
    const { expr } = parsed
    return { query: print(expr), language: 'promql', expr, written: text }
  }
  for (const fault of parsed.faults) {
    node.errorWithin(fault.start, `could not parse expression: ${formatFault(text, fault)}`)
  }
  return undefined
}

function readLogql(node: YamlNode, text: string): Expression | undefined {
  const { expr, faults } = parseLogql(text, { isToRun: true })
  if (expr === undefined) {
    for (const fault of faults) {
      node.errorWithin(fault.start, `could not parse expression: ${formatLogqlFault(text, fault)}`)
    }
    return undefined
  }
  if (expr.kind === 'log') return node.error(QUERY_OF_LINES)
  return { query: printLogql(expr), language: 'logql', expr: undefined, written: text }
}

function readTraceql(node: YamlNode, text: string): Expression | undefined {
  const { query, faults } = parseTraceql(text)
  const found = query === undefined ? faults : checkTraceql(query)
  for (const fault of found) {
    const message = formatTraceqlFault(text, fault)
    node.errorWithin(fault.start, `could not parse expression: ${message}`)
  }
  if (query === undefined || found.length > 0) return undefined
  if (query.body.kind === 'pipeline') return node.error(SEARCH_OF_SPANS)
  return { query: printTraceql(query), language: 'traceql', expr: undefined, written: text }
}
