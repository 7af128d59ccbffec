import type { Call } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import { compileAnchored, type AnchoredRegex } from '../../model/regex.ts'
import { argument, type EvalContext, evaluateRows, fail, stringArgument } from './context.ts'
import { type Grid, type Rows, type Value, vectorOf } from './grid.ts'
import { setLabel } from './label-sets.ts'
import { relabel, UNITS_PER_KEY } from './merge-rows.ts'

/** Any text that UTF-8 can hold and that is not empty is a label name. */
function isLabelName(name: string): boolean {
  return name !== '' && !/\p{Surrogate}/u.test(name)
}

function compile(source: string): AnchoredRegex {
  try {
    return compileAnchored(source)
  } catch {
    return fail(`invalid regular expression in label_replace(): ${source}`)
  }
}

/** label_replace(v, dst, replacement, src, regex): series whose source does not match stay as they are. */
export async function callLabelReplace(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const target = stringArgument(call, 1)
  const replacement = stringArgument(call, 2)
  const source = stringArgument(call, 3)
  const regex = compile(stringArgument(call, 4))
  if (!isLabelName(target)) {
    fail(`invalid destination label name in label_replace(): ${target}`)
  }
  const rows = await evaluateRows(ctx, argument(call, 0), grid)
  return relabelEach(ctx, rows, grid, (own) => {
    const replaced = regex.expand(own.get(source), replacement)
    return replaced === undefined ? own : withLabel(ctx, own, target, replaced)
  })
}

/** label_join(v, dst, separator, src, …). */
export async function callLabelJoin(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const target = stringArgument(call, 1)
  const separator = stringArgument(call, 2)
  const sources = call.args.slice(3).map((_, index) => stringArgument(call, index + 3))
  for (const source of sources) {
    if (!isLabelName(source)) fail(`invalid source label name in label_join(): ${source}`)
  }
  if (!isLabelName(target)) fail(`invalid destination label name in label_join(): ${target}`)
  const rows = await evaluateRows(ctx, argument(call, 0), grid)
  const join = (own: Labels) => sources.map((source) => own.get(source)).join(separator)
  return relabelEach(ctx, rows, grid, (own) => withLabel(ctx, own, target, join(own)))
}

/** Who gives a series a name wants to see it: it is not dropped any more. */
function withLabel(
  { pendingNames }: EvalContext,
  own: Labels,
  name: string,
  value: string,
): Labels {
  const made = setLabel(own, name, value)
  if (pendingNames === undefined) return made
  return name === '__name__' ? pendingNames.unmark(made) : pendingNames.inherit(made, own)
}

async function relabelEach(
  ctx: EvalContext,
  rows: Rows,
  grid: Grid,
  change: (own: Labels) => Labels,
): Promise<Value> {
  const labels: Labels[] = []
  for (const own of rows.labels) {
    labels.push(change(own))
    // A regular expression may take longer than the making of a key.
    if (ctx.pace.spend(5 * UNITS_PER_KEY)) await ctx.pace.rest()
  }
  return vectorOf(await relabel(ctx, rows, labels, grid))
}
