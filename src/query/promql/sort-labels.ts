import type { Labels } from '../../model/labels.ts'
import { compareLabels } from './label-sets.ts'
import { UNITS_PER_KEY } from './merge-rows.ts'
import type { Pace } from './pace.ts'
import { sortPaced } from './paced-sort.ts'

/** The order of rows by their labels. Label sets that come sorted, as they often do, cost one comparison each. */
export async function sortedOrder(pace: Pace, labels: readonly Labels[]): Promise<Uint32Array> {
  const order = Uint32Array.from(labels, (_, row) => row)
  if (isSorted(labels)) return order
  // One flat text a series compares in native code. U+0000 keeps a prefix before what it begins.
  const keys: string[] = []
  for (const own of labels) {
    keys.push(own.flat.join('\u0000'))
    if (pace.spend(UNITS_PER_KEY)) await pace.rest()
  }
  const compare = (a: number, b: number): number => {
    const left = keys[a] as string
    const right = keys[b] as string
    return left < right ? -1 : left > right ? 1 : 0
  }
  return sortPaced(pace, order, compare)
}

function isSorted(labels: readonly Labels[]): boolean {
  for (let i = 1; i < labels.length; i++) {
    if (compareLabels(labels[i - 1] as Labels, labels[i] as Labels) > 0) return false
  }
  return true
}
