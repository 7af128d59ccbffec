import type { Labels } from '../../model/labels.ts'
import { type EvalContext, fail } from './context.ts'
import { formatLabelSet } from './go-format.ts'
import { DenseRows, type Grid } from './grid.ts'
import { signatureOf, type Sides } from './matching.ts'
import { materialise } from './merge-rows.ts'
import { ResultRows } from './result-rows.ts'

/** The rows of one signature, and what has been matched among them so far. */
interface Group {
  readonly many: number[]
  readonly one: number[]
}

/**
 * The general case of matching: several series of one signature on a side, of which at most one may have a value at any step.
 * Which pairs meet is decided step by step, with the checks and messages of promql/engine.go, VectorBinop.
 */
export async function matchOverlapping(
  ctx: EvalContext,
  sides: Sides,
  grid: Grid,
  mark: number,
): Promise<DenseRows> {
  const many = await materialise(ctx, sides.many, grid)
  const one = await materialise(ctx, sides.one, grid)
  const groups = groupBySignature(sides)
  const manyAtStep = stepsWithValues(many)
  const out = new ResultRows(grid.steps)
  for (const group of groups.values()) {
    if (group.one.length > 1) refuseDuplicates(sides, one, group.one, manyAtStep)
    const matched = new MatchedSteps(sides, grid.steps)
    for (const row of group.many) {
      for (const partner of group.one) {
        combinePair({ sides, many, one, row, partner, matched, out, steps: grid.steps })
        if (ctx.pace.spend(grid.steps)) await ctx.pace.rest()
      }
    }
  }
  const result = out.finish()
  ctx.budget.restore(mark)
  ctx.budget.reserve(result.values.length)
  return result
}

function groupBySignature(sides: Sides): Map<string, Group> {
  const signature = signatureOf(sides.matching)
  const groups = new Map<string, Group>()
  for (let row = 0; row < sides.one.labels.length; row++) {
    const key = signature(sides.one.labels[row] as Labels)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { many: [], one: [row] })
    else group.one.push(row)
  }
  for (let row = 0; row < sides.many.labels.length; row++) {
    groups.get(signature(sides.many.labels[row] as Labels))?.many.push(row)
  }
  return groups
}

/** A 1 for each step at which any row has a value. */
function stepsWithValues(rows: DenseRows): Uint8Array {
  const out = new Uint8Array(rows.steps)
  for (let cell = 0; cell < rows.present.length; cell++) {
    if (rows.present[cell] === 1) out[cell % rows.steps] = 1
  }
  return out
}

function refuseDuplicates(
  sides: Sides,
  one: DenseRows,
  rows: readonly number[],
  manyAtStep: Uint8Array,
): void {
  const owner = new Int32Array(one.steps).fill(-1)
  for (const row of rows) {
    for (let step = 0; step < one.steps; step++) {
      if (one.present[row * one.steps + step] === 0) continue
      const other = owner[step] as number
      // Where the other side is empty, Prometheus does not look.
      if (other >= 0 && manyAtStep[step] === 1) {
        failDuplicates(sides, one.labels[row] as Labels, one.labels[other] as Labels)
      }
      owner[step] = row
    }
  }
}

function failDuplicates(sides: Sides, a: Labels, b: Labels): never {
  const { matching, isSwapped } = sides
  const names = new Set(matching.labels)
  const group = matching.on ? a.keep(names) : a.without(names.add('__name__'))
  const [first, second] = [formatLabelSet(a), formatLabelSet(b)].sort() as [string, string]
  return fail(
    `found duplicate series for the match group ${formatLabelSet(group)} on the ${isSwapped ? 'left' : 'right'} hand-side of the operation: [${first}, ${second}];many-to-many matching not allowed: matching labels must be unique on one side`,
  )
}

/** Which steps of one signature have a match already. */
class MatchedSteps {
  readonly #steps: number
  readonly #isOneToOne: boolean
  readonly #byLabels = new Map<string, Uint8Array>()

  constructor(sides: Sides, steps: number) {
    this.#steps = steps
    this.#isOneToOne = sides.matching.card === 'one-to-one'
  }

  /** The steps among which a second match is an error for results with these labels. */
  of(labels: Labels): Uint8Array {
    const key = this.#isOneToOne ? '' : labels.key
    let steps = this.#byLabels.get(key)
    if (steps === undefined) this.#byLabels.set(key, (steps = new Uint8Array(this.#steps)))
    return steps
  }

  refuse(): never {
    return fail(
      this.#isOneToOne
        ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
        : 'multiple matches for labels: grouping labels must ensure unique matches',
    )
  }
}

interface Pair {
  readonly sides: Sides
  readonly many: DenseRows
  readonly one: DenseRows
  readonly row: number
  readonly partner: number
  readonly matched: MatchedSteps
  readonly out: ResultRows
  readonly steps: number
}

function combinePair(pair: Pair): void {
  const { sides, many, one, matched, steps } = pair
  const { combine, isKept } = sides.combination
  const ownLabels = many.labels[pair.row] as Labels
  const labels = sides.resultLabels(ownLabels, one.labels[pair.partner] as Labels)
  const seen = matched.of(labels)
  const target = pair.out.row(labels)
  for (let step = 0; step < steps; step++) {
    const cell = pair.row * steps + step
    const otherCell = pair.partner * steps + step
    if (many.present[cell] === 0 || one.present[otherCell] === 0) continue
    if (seen[step] === 1) matched.refuse()
    seen[step] = 1
    const own = many.values[cell] as number
    const partner = one.values[otherCell] as number
    const left = sides.isSwapped ? partner : own
    const right = sides.isSwapped ? own : partner
    if (isKept !== undefined && !isKept(left, right)) continue
    target.set(step, combine(left, right))
  }
}
