import type { Expr, LogExpr, MatcherNode } from '../../lang/logql/ast.ts'
import { formatFault } from '../../lang/logql/fault.ts'
import { parse } from '../../lang/logql/parse.ts'
import { compilePipeline, type Pipeline } from '../../lang/logql/pipeline/compile.ts'
import { matcher, type Matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import type { MetadataNeedle, Needle } from '../../store/lines-source.ts'
import { metadataOf, needlesOf } from './needles.ts'

/** A query for lines, ready to be read by. The pipeline serves one reader. */
export interface LinesPlan {
  readonly matchers: readonly Matcher[]
  /** What the engine may decide of the pipeline. */
  readonly needles: readonly Needle[]
  readonly metadata: readonly MetadataNeedle[]
  readonly pipeline: Pipeline
}

/** Throws a `Problem` of code `bad_data` in Loki's words. */
export function parseQuery(query: string, options: Parameters<typeof parse>[1]): Expr {
  const { expr, faults } = parse(query, options)
  if (expr !== undefined) return expr
  throw new Problem('bad_data', formatFault(query, faults[0]))
}

/** A query that must be for lines; of one for numbers Loki names the type that it is of. */
export function parseLinesQuery(query: string): LogExpr {
  const expr = parseQuery(query, { isToRun: true })
  if (expr.kind === 'log') return expr
  const type = `*syntax.${GO_TYPES[expr.kind]}`
  throw new Problem(
    'bad_data',
    `unsupported query expression: want (LogSelectorExpr), got (${type})`,
  )
}

/** The types of Loki's syntax tree, which its messages name. */
const GO_TYPES: Readonly<Record<Exclude<Expr['kind'], 'log'>, string>> = {
  range_aggregate: 'RangeAggregationExpr',
  aggregate: 'VectorAggregationExpr',
  binary: 'BinOpExpr',
  number: 'LiteralExpr',
  vector: 'VectorExpr',
  label_replace: 'LabelReplaceExpr',
}

export function planLines({ selector, stages }: LogExpr): LinesPlan {
  return {
    matchers: toMatchers(selector.matchers),
    needles: needlesOf(stages),
    metadata: metadataOf(stages),
    pipeline: compilePipeline(stages),
  }
}

export function toMatchers(nodes: readonly MatcherNode[]): readonly Matcher[] {
  return nodes.map(({ name, op, value }) => matcher(name, op, value))
}
