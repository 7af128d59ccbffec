import type { Call, Expr, VectorSelector } from '../../lang/promql/ast.ts'
import { type Matcher, matcher } from '../../model/matcher.ts'
import type { Grid } from './grid.ts'
import { type LookTimes, lookTimes, type QueryRange } from './times.ts'

/** What the arguments of an `info` call say about the info series to use. */
export interface InfoSelection {
  /** Which metrics carry information: `target_info` unless the call says otherwise. */
  readonly names: readonly Matcher[]
  /** Conditions on the labels that are to be added, by label. */
  readonly data: ReadonlyMap<string, readonly Matcher[]>
  /** All conditions that the store can check. */
  readonly fetch: readonly Matcher[]
}

/** Compiles the label selector of an `info` call (promql/info.go, effectiveInfoNameMatchers). */
export function compileInfo(call: Call): InfoSelection {
  const selector = call.args[1]
  const written = selector?.kind === 'vector' ? selector.matchers : []
  const compiled = written.map(({ name, op, value }) => matcher(name, op, value))
  const names = effectiveNames(compiled.filter(({ name }) => name === '__name__'))
  const data = new Map<string, Matcher[]>()
  for (const one of compiled) {
    if (one.name === '__name__') continue
    const known = data.get(one.name)
    if (known === undefined) data.set(one.name, [one])
    else known.push(one)
  }
  return { names, data, fetch: [...names, ...[...data.values()].flat()] }
}

function effectiveNames(written: readonly Matcher[]): readonly Matcher[] {
  if (written.length === 0) return [matcher('__name__', '=', 'target_info')]
  if (written.some(({ op }) => op === '=' || op === '=~')) return written
  return [matcher('__name__', '=~', '.+_info'), ...written]
}

/** The first selector of an expression, with the subqueries around it from the inside out. */
function firstSelector(
  expr: Expr,
  around: readonly Expr[],
): { readonly selector: VectorSelector; readonly around: readonly Expr[] } | undefined {
  switch (expr.kind) {
    case 'vector':
      return { selector: expr, around }
    case 'matrix':
      return { selector: expr.selector, around }
    case 'subquery':
      return firstSelector(expr.expr, [expr, ...around])
    case 'paren':
    case 'unary':
      return firstSelector(expr.expr, around)
    case 'aggregate':
      return firstSelector(expr.expr, around) ?? (expr.param && firstSelector(expr.param, around))
    case 'binary':
      return firstSelector(expr.left, around) ?? firstSelector(expr.right, around)
    case 'call':
      return firstOf(expr.args, around)
    case 'number':
    case 'string':
      return undefined
    default:
      return expr satisfies never
  }
}

function firstOf(
  exprs: readonly Expr[],
  around: readonly Expr[],
): ReturnType<typeof firstSelector> {
  for (const expr of exprs) {
    const found = firstSelector(expr, around)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * When info series are looked at: where the first selector of the first argument looks, so that `info(v @ t)` adds the
 * information as of t (promql/info.go, infoSelectTimestampAndOffset).
 */
export function infoTimes(call: Call, grid: Grid, range: QueryRange): LookTimes {
  const found = call.args[0] && firstSelector(call.args[0], [])
  let at = found?.selector.at
  let offsetMs = found?.selector.offsetMs ?? 0
  for (const subquery of found?.around ?? []) {
    if (at !== undefined) break
    if (subquery.kind !== 'subquery') continue
    offsetMs += subquery.offsetMs
    at = subquery.at
  }
  return lookTimes(at === undefined ? { offsetMs } : { offsetMs, at }, grid, range)
}
