import type { Aggregate } from '../../lang/promql/ast.ts'
import { Labels } from '../../model/labels.ts'
import type { Rows } from './grid.ts'
import { isMetadataLabel, keyOfAllBut, keyOfOnly } from './label-sets.ts'
import { UNITS_PER_KEY } from './merge-rows.ts'
import type { Pace } from './pace.ts'
import type { PendingNames } from './pending-names.ts'

/** Which group each row of an aggregation belongs to. */
export interface Groups {
  readonly count: number
  readonly ofRow: Int32Array
  /** A row of each group. */
  readonly example: readonly number[]
}

/** Groups rows by the labels of `by` or `without`, once a series. */
export async function groupRows(pace: Pace, node: Aggregate, rows: Rows): Promise<Groups> {
  const labels = labelsForGrouping(node, rows)
  const ofRow = new Int32Array(labels.length)
  if (!node.without && node.grouping.length === 0) {
    return { count: Math.min(1, labels.length), ofRow, example: labels.length > 0 ? [0] : [] }
  }
  const keyOf = node.without ? keyOfAllBut(node.grouping) : keyOfOnly(node.grouping)
  const numbers = new Map<string, number>()
  const example: number[] = []
  for (let row = 0; row < labels.length; row++) {
    const key = keyOf(labels[row] as Labels)
    let group = numbers.get(key)
    if (group === undefined) {
      group = numbers.size
      numbers.set(key, group)
      example.push(row)
    }
    ofRow[row] = group
    if (pace.spend(UNITS_PER_KEY)) await pace.rest()
  }
  return { count: example.length, ofRow, example }
}

/** Where the metadata labels do not matter, the labels before they were dropped do as well and cost nothing. */
function labelsForGrouping(node: Aggregate, rows: Rows): readonly Labels[] {
  if (rows.undropped === undefined) return rows.labels
  const matters = node.without || node.grouping.some(isMetadataLabel)
  return matters ? rows.labels : rows.undropped
}

/** The labels of the groups' results. A name that is to be dropped from any series of a group is to be dropped from its result. */
export function groupLabels(
  node: Aggregate,
  rows: Rows,
  groups: Groups,
  pendingNames: PendingNames | undefined,
): Labels[] {
  const labels = labelsForGrouping(node, rows)
  const names = new Set(node.grouping)
  const own = groups.example.map((row) => labelsOfGroup(node, names, labels[row] as Labels))
  if (pendingNames === undefined) return own
  for (let row = 0; row < labels.length; row++) {
    const group = groups.ofRow[row] as number
    own[group] = pendingNames.inherit(own[group] as Labels, labels[row] as Labels)
  }
  return own
}

/** The labels that the result for one series has. */
export function labelsOfGroup(node: Aggregate, names: ReadonlySet<string>, own: Labels): Labels {
  if (!node.without) return names.size === 0 ? Labels.EMPTY : own.keep(names)
  return own.without(new Set(names).add('__name__'))
}
