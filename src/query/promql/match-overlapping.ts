import type { Labels } from '../../model/labels.ts'
import { type EvalContext, fail } from './context.ts'
import { formatLabelSet } from './go-format.ts'
import { DenseRows, type Grid } from './grid.ts'
import { matchedLabels, type Sides, signatureOf } from './matching.ts'
import { materialise, UNITS_PER_KEY } from './merge-rows.ts'
import type { Pace } from './pace.ts'
import { ResultRows } from './result-rows.ts'

/** The rows of one signature. */
interface Group {
  readonly many: number[]
  readonly one: number[]
}

/** The evaluation of one operation. */
interface Matching {
  readonly ctx: EvalContext
  readonly sides: Sides
  readonly many: DenseRows
  readonly one: DenseRows
  readonly steps: number
  readonly out: ResultRows
}

/**
 * The general case of matching: several series of one signature on a side, of which at most one may have a value at any step,
 * and values that stand in for missing series. Which pairs meet is decided step by step, with the checks and messages of
 * promql/engine.go, VectorBinop.
 */
export async function matchOverlapping(
  ctx: EvalContext,
  sides: Sides,
  grid: Grid,
  mark: number,
): Promise<DenseRows> {
  const { steps } = grid
  const many = await materialise(ctx, sides.many, grid)
  const one = await materialise(ctx, sides.one, grid)
  const matching = { ctx, sides, many, one, steps, out: new ResultRows(steps, ctx.budget) }
  const fills = sides.fillOne !== undefined || sides.fillMany !== undefined
  // Where the other side is empty and nothing stands in for it, Prometheus does not look for duplicates.
  const looksAtStep = fills ? new Uint8Array(steps).fill(1) : stepsWithValues(many)
  for (const group of (await groupBySignature(ctx.pace, sides)).values()) {
    if (group.one.length > 1) refuseDuplicates(sides, one, group.one, looksAtStep)
    await matchGroup(matching, group)
  }
  const result = matching.out.finish()
  ctx.budget.restore(mark)
  ctx.budget.reserve(result.values.length)
  return result
}

async function matchGroup(matching: Matching, group: Group): Promise<void> {
  const { ctx, sides, many, one, steps } = matching
  const matched = new MatchedSteps(sides, steps)
  const pairs: Pair[] = []
  for (const row of group.many) {
    for (const partner of group.one) pairs.push({ many, row, one, partner })
    if (sides.fillOne !== undefined) {
      const filled = standIn(sides, many.labels[row] as Labels, sides.fillOne, one, group.one)
      pairs.push({ many, row, one: filled, partner: 0 })
    }
  }
  if (sides.fillMany !== undefined) {
    for (const partner of group.one) {
      const filled = standIn(sides, one.labels[partner] as Labels, sides.fillMany, many, group.many)
      pairs.push({ many: filled, row: 0, one, partner })
    }
  }
  for (const pair of pairs) {
    combinePair(matching, matched, pair)
    if (ctx.pace.spend(steps)) await ctx.pace.rest()
  }
}

/** A series that has `value` wherever none of the given rows has one. */
function standIn(
  sides: Sides,
  partner: Labels,
  value: number,
  rows: DenseRows,
  members: readonly number[],
): DenseRows {
  const filled = new DenseRows([matchedLabels(sides.matching, partner)], rows.steps)
  filled.values.fill(value)
  filled.present.fill(1)
  for (const row of members) {
    for (let step = 0; step < rows.steps; step++) {
      if (rows.present[row * rows.steps + step] !== 0) filled.present[step] = 0
    }
  }
  return filled
}

async function groupBySignature(pace: Pace, sides: Sides): Promise<Map<string, Group>> {
  const signature = signatureOf(sides.matching)
  const groups = new Map<string, Group>()
  const groupOf = (labels: Labels): Group => {
    const key = signature(labels)
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { many: [], one: [] }))
    return group
  }
  for (const side of ['one', 'many'] as const) {
    const { labels } = sides[side]
    for (let row = 0; row < labels.length; row++) {
      groupOf(labels[row] as Labels)[side].push(row)
      if (pace.spend(UNITS_PER_KEY)) await pace.rest()
    }
  }
  return groups
}

/** A 1 for each step at which any row has a value. */
function stepsWithValues(rows: DenseRows): Uint8Array {
  const out = new Uint8Array(rows.steps)
  for (let cell = 0; cell < rows.present.length; cell++) {
    if (rows.present[cell] !== 0) out[cell % rows.steps] = 1
  }
  return out
}

function refuseDuplicates(
  sides: Sides,
  one: DenseRows,
  rows: readonly number[],
  looksAtStep: Uint8Array,
): void {
  const owner = new Int32Array(one.steps).fill(-1)
  for (const row of rows) {
    for (let step = 0; step < one.steps; step++) {
      if (one.present[row * one.steps + step] === 0) continue
      const other = owner[step] as number
      if (other >= 0 && looksAtStep[step] === 1) {
        failDuplicates(sides, one.labels[row] as Labels, one.labels[other] as Labels)
      }
      owner[step] = row
    }
  }
}

function failDuplicates(sides: Sides, a: Labels, b: Labels): never {
  const { matching, isSwapped } = sides
  const group = matchedLabels(matching, a)
  const both = [formatLabelSet(a), formatLabelSet(b)].sort().join(', ')
  return fail(
    `found duplicate series for the match group ${formatLabelSet(group)} on the ${isSwapped ? 'left' : 'right'} hand-side of the operation: [${both}];many-to-many matching not allowed: matching labels must be unique on one side`,
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

/** A row of the many side, and one of the one side. */
interface Pair {
  readonly many: DenseRows
  readonly row: number
  readonly one: DenseRows
  readonly partner: number
}

function combinePair({ sides, steps, out }: Matching, matched: MatchedSteps, pair: Pair): void {
  const { many, one } = pair
  const { combine, isKept } = sides.combination
  const { cells } = sides
  const ownLabels = many.labels[pair.row] as Labels
  const labels = sides.resultLabels(ownLabels, one.labels[pair.partner] as Labels)
  const seen = matched.of(labels)
  const target = out.row(labels)
  for (let step = 0; step < steps; step++) {
    const cell = pair.row * steps + step
    const otherCell = pair.partner * steps + step
    if (many.present[cell] === 0 || one.present[otherCell] === 0) continue
    const own = many.values[cell] as number
    const partner = one.values[otherCell] as number
    const left = sides.isSwapped ? partner : own
    const right = sides.isSwapped ? own : partner
    let kind = 1
    if (cells !== undefined) {
      const ownKind = many.present[cell] as number
      const otherKind = one.present[otherCell] as number
      kind = sides.isSwapped
        ? cells.combine(otherKind, left, ownKind, right)
        : cells.combine(ownKind, left, otherKind, right)
      if (!cells.hasResult) continue
    }
    if (seen[step] === 1) matched.refuse()
    seen[step] = 1
    if (cells !== undefined) {
      if (kind !== 0) target.set(step, cells.value, kind)
      continue
    }
    if (isKept !== undefined && !isKept(left, right)) continue
    target.set(step, combine(left, right))
  }
}
