import type { Binary, VectorMatching } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import { type EvalContext, fail } from './context.ts'
import { type Grid, NO_ROWS, type Rows, RowReader } from './grid.ts'
import { CellOperator } from './histograms/cell-operators.ts'
import { HistogramNotes } from './histograms/histogram-notes.ts'
import { HistogramWork } from './histograms/histogram-work.ts'
import { dropMetadata, setLabel, shareMetadata } from './label-sets.ts'
import { matchOverlapping } from './match-overlapping.ts'
import { type Combination, matchingOf, signatureOf, type Sides } from './matching.ts'
import { materialise, UNITS_PER_KEY } from './merge-rows.ts'
import { arithmeticOf, comparisonOf, isTrimOp } from './operators.ts'
import type { Pace } from './pace.ts'
import type { PendingNames } from './pending-names.ts'

function combinationOf(node: Binary): Combination {
  // Trims are evaluated by cells.
  if (isTrimOp(node.op)) return { combine: () => NaN, isKept: () => false }
  const compare = comparisonOf(node.op)
  if (compare === undefined) {
    const combine = arithmeticOf(node.op)
    return combine === undefined
      ? fail(`operator "${node.op}" not allowed for operations between Vectors`)
      : { combine, isKept: undefined }
  }
  if (node.returnBool) {
    return { combine: (left, right) => (compare(left, right) ? 1 : 0), isKept: undefined }
  }
  return { combine: (left) => left, isKept: compare }
}

/** promql/engine.go, resultMetric. */
function resultLabelsOf(
  node: Binary,
  matching: VectorMatching,
  pendingNames: PendingNames | undefined,
): Sides['resultLabels'] {
  const isComparison = comparisonOf(node.op) !== undefined || isTrimOp(node.op)
  const dropsName = !isComparison || (node.returnBool && pendingNames === undefined)
  const names = new Set(matching.labels)
  const isOneToOne = matching.card === 'one-to-one'
  return (many, one) => {
    let labels = dropsName ? dropMetadata(many) : many
    if (isOneToOne) labels = matching.on ? labels.keep(names) : labels.without(names)
    for (const name of matching.include) labels = setLabel(labels, name, one.get(name))
    if (pendingNames === undefined) return labels
    return node.returnBool ? pendingNames.mark(labels) : pendingNames.unmark(labels)
  }
}

/**
 * Evaluates an arithmetic operation or comparison between two vectors. `mark` is the budget before the sides were evaluated:
 * when the result does not refer to them, what they held is given back.
 */
export async function matchVectors(
  ctx: EvalContext,
  node: Binary,
  left: Rows,
  right: Rows,
  grid: Grid,
  mark: number,
): Promise<Rows> {
  const matching = matchingOf(node)
  const isSwapped = matching.card === 'one-to-many'
  const work = ctx.histograms ?? (isTrimOp(node.op) ? new HistogramWork(0) : undefined)
  const sides: Sides = {
    many: isSwapped ? right : left,
    one: isSwapped ? left : right,
    isSwapped,
    fillOne: isSwapped ? matching.fillLeft : matching.fillRight,
    fillMany: isSwapped ? matching.fillRight : matching.fillLeft,
    matching,
    combination: combinationOf(node),
    cells: work && new CellOperator(work, new HistogramNotes(ctx.notes, node), node),
    resultLabels: resultLabelsOf(node, matching, ctx.pendingNames),
  }
  if (sides.fillOne !== undefined || sides.fillMany !== undefined) {
    return matchOverlapping(ctx, sides, grid, mark)
  }
  if (sides.many.labels.length === 0 || sides.one.labels.length === 0) return NO_ROWS
  const pairs = await uniquePairs(ctx.pace, sides)
  if (pairs === undefined) return matchOverlapping(ctx, sides, grid, mark)
  // Each row of the one side may be needed many times: then it is worth keeping.
  const isReused = matching.card !== 'one-to-one'
  const one = isReused ? await materialise(ctx, sides.one, grid) : sides.one
  return new PairRows({ ...sides, one }, pairs, grid.steps)
}

/** Which row of each side makes a row of the result, and under which labels. */
interface Pairs {
  readonly many: readonly number[]
  readonly one: readonly number[]
  readonly labels: readonly Labels[]
}

/**
 * Pairs the series when no two can ever collide: every signature has at most one series on the one side, and the results have
 * different labels. Undefined otherwise, when it depends on the steps.
 */
async function uniquePairs(pace: Pace, sides: Sides): Promise<Pairs | undefined> {
  const signature = signatureOf(sides.matching)
  const rowOfSignature = new Map<string, number>()
  for (let row = 0; row < sides.one.labels.length; row++) {
    const key = signature(sides.one.labels[row] as Labels)
    if (rowOfSignature.has(key)) return undefined
    rowOfSignature.set(key, row)
    if (pace.spend(UNITS_PER_KEY)) await pace.rest()
  }
  // In a one-to-one matching, unique signatures make unique results, as long as only equal names are dropped.
  const isDetermined = sides.matching.card === 'one-to-one' && shareMetadata(sides.many.labels)
  const used = new Set<string>()
  const pairs = { many: [] as number[], one: [] as number[], labels: [] as Labels[] }
  for (let row = 0; row < sides.many.labels.length; row++) {
    const own = sides.many.labels[row] as Labels
    const key = signature(own)
    const partner = rowOfSignature.get(key)
    if (partner === undefined) continue
    const result = sides.resultLabels(own, sides.one.labels[partner] as Labels)
    const identity = isDetermined ? key : result.key
    if (used.has(identity)) return undefined
    used.add(identity)
    pairs.many.push(row)
    pairs.one.push(partner)
    pairs.labels.push(result)
    if (pace.spend(2 * UNITS_PER_KEY)) await pace.rest()
  }
  return pairs
}

/** One row a pair. */
class PairRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #sides: Sides
  readonly #pairs: Pairs
  readonly #steps: number
  readonly #other: RowReader

  constructor(sides: Sides, pairs: Pairs, steps: number) {
    this.#sides = sides
    this.#pairs = pairs
    this.#steps = steps
    this.labels = pairs.labels
    this.#other = new RowReader(sides.one, steps)
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const many = this.#sides.many.fill(this.#pairs.many[row] as number, values, present, at)
    if (many !== undefined) return many.then(() => this.#fillOther(row, values, present, at))
    return this.#fillOther(row, values, present, at)
  }

  #fillOther(
    row: number,
    values: Float64Array,
    present: Uint8Array,
    at: number,
  ): void | Promise<void> {
    const waiting = this.#other.load(this.#pairs.one[row] as number)
    if (waiting !== undefined) return waiting.then(() => this.#combine(values, present, at))
    this.#combine(values, present, at)
  }

  #combine(values: Float64Array, present: Uint8Array, at: number): void {
    const { combination, isSwapped, cells } = this.#sides
    if (cells !== undefined) return this.#combineCells(cells, values, present, at)
    const { combine, isKept } = combination
    const other = this.#other
    for (let step = 0; step < this.#steps; step++) {
      const cell = at + step
      const otherCell = other.at + step
      if (present[cell] === 0) continue
      if (other.present[otherCell] === 0) {
        present[cell] = 0
        continue
      }
      const own = values[cell] as number
      const partner = other.values[otherCell] as number
      const left = isSwapped ? partner : own
      const right = isSwapped ? own : partner
      if (isKept !== undefined && !isKept(left, right)) present[cell] = 0
      else values[cell] = combine(left, right)
    }
  }

  #combineCells(cells: CellOperator, values: Float64Array, present: Uint8Array, at: number): void {
    const { isSwapped } = this.#sides
    const other = this.#other
    for (let step = 0; step < this.#steps; step++) {
      const kind = present[at + step] as number
      const otherKind = other.present[other.at + step] as number
      if (kind === 0) continue
      if (otherKind === 0) {
        present[at + step] = 0
        continue
      }
      const own = values[at + step] as number
      const partner = other.values[other.at + step] as number
      present[at + step] = isSwapped
        ? cells.combine(otherKind, partner, kind, own)
        : cells.combine(kind, own, otherKind, partner)
      values[at + step] = cells.value
    }
  }
}
