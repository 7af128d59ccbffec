import type { Labels } from '../../model/labels.ts'
import { compareLabels } from './label-sets.ts'
import { UNITS_PER_KEY } from './merge-rows.ts'
import type { Pace } from './pace.ts'

/** Rows that are sorted in one go; more are sorted in pieces and merged, so that others can run in between. */
const PIECE = 4096

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
  let pieces: Uint32Array[] = []
  for (let from = 0; from < order.length; from += PIECE) {
    pieces.push(order.subarray(from, from + PIECE).sort(compare))
    if (pace.spend(PIECE * 12)) await pace.rest()
  }
  while (pieces.length > 1) {
    const merged: Uint32Array[] = []
    for (let i = 0; i < pieces.length; i += 2) {
      const left = pieces[i] as Uint32Array
      const right = pieces[i + 1]
      merged.push(right === undefined ? left : merge(left, right, compare))
      if (pace.spend((merged.at(-1) as Uint32Array).length)) await pace.rest()
    }
    pieces = merged
  }
  return pieces[0] ?? order
}

function isSorted(labels: readonly Labels[]): boolean {
  for (let i = 1; i < labels.length; i++) {
    if (compareLabels(labels[i - 1] as Labels, labels[i] as Labels) > 0) return false
  }
  return true
}

function merge(
  left: Uint32Array,
  right: Uint32Array,
  compare: (a: number, b: number) => number,
): Uint32Array {
  const out = new Uint32Array(left.length + right.length)
  let a = 0
  let b = 0
  for (let i = 0; i < out.length; i++) {
    const takesLeft =
      b >= right.length || (a < left.length && compare(left[a] as number, right[b] as number) <= 0)
    out[i] = takesLeft ? (left[a++] as number) : (right[b++] as number)
  }
  return out
}
