import type { Binary, VectorMatching } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import type { Rows } from './grid.ts'
import type { CellOperator } from './histograms/cell-operators.ts'
import { keyOfAllBut, type KeyOf, keyOfOnly } from './label-sets.ts'

const DEFAULT_MATCHING: VectorMatching = {
  on: false,
  labels: [],
  card: 'one-to-one',
  include: [],
  explicit: false,
}

export function matchingOf(node: Binary): VectorMatching {
  return node.matching ?? DEFAULT_MATCHING
}

/** The key by which series of the two sides find each other. */
export function signatureOf(matching: VectorMatching): KeyOf {
  return matching.on ? keyOfOnly(matching.labels) : keyOfAllBut(matching.labels)
}

/** The labels of a series that took part in finding its partner. */
export function matchedLabels(matching: VectorMatching, labels: Labels): Labels {
  const names = new Set(matching.labels)
  return matching.on ? labels.keep(names) : labels.without(names.add('__name__'))
}

/** Computes `left op right` for one pair of rows; without `isKept` (of a filtering comparison) the cell is left out. */
export interface Combination {
  readonly combine: (left: number, right: number) => number
  readonly isKept: ((left: number, right: number) => boolean) | undefined
}

/** The two sides of an operation between vectors, named by their part in the matching: the `one` side has unique signatures. */
export interface Sides {
  readonly many: Rows
  readonly one: Rows
  /** True for group_right: the many side is the right one. */
  readonly isSwapped: boolean
  /** What stands in where a series of the many side has no partner (`fill`, experimental). */
  readonly fillOne: number | undefined
  /** What stands in where a series of the one side has no partner. */
  readonly fillMany: number | undefined
  readonly matching: VectorMatching
  readonly combination: Combination
  /** In place of `combination` where cells may be histograms. */
  readonly cells: CellOperator | undefined
  /** Labels of the result for a pair of series. */
  readonly resultLabels: (many: Labels, one: Labels) => Labels
}
