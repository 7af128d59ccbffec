import type { Pace } from './pace.ts'

/** So many are sorted in one go; more are sorted in pieces and merged, so that others can run in between. */
const PIECE = 4096
/** What the comparisons of one element in a piece cost, in cells. */
const UNITS_PER_ELEMENT = 24

/** Sorts numbers of rows, stably. */
export async function sortPaced(
  pace: Pace,
  order: Uint32Array,
  compare: (a: number, b: number) => number,
): Promise<Uint32Array> {
  let pieces: Uint32Array[] = []
  for (let from = 0; from < order.length; from += PIECE) {
    pieces.push(order.slice(from, from + PIECE).sort(compare))
    if (pace.spend(PIECE * UNITS_PER_ELEMENT)) await pace.rest()
  }
  while (pieces.length > 1) {
    const merged: Uint32Array[] = []
    for (let i = 0; i < pieces.length; i += 2) {
      const left = pieces[i] as Uint32Array
      const right = pieces[i + 1]
      merged.push(right === undefined ? left : await merge(pace, left, right, compare))
    }
    pieces = merged
  }
  return pieces[0] ?? order
}

async function merge(
  pace: Pace,
  left: Uint32Array,
  right: Uint32Array,
  compare: (a: number, b: number) => number,
): Promise<Uint32Array> {
  const out = new Uint32Array(left.length + right.length)
  let a = 0
  let b = 0
  for (let i = 0; i < out.length; i++) {
    const takesLeft =
      b >= right.length || (a < left.length && compare(left[a] as number, right[b] as number) <= 0)
    out[i] = takesLeft ? (left[a++] as number) : (right[b++] as number)
    if (pace.spend(2)) await pace.rest()
  }
  return out
}
