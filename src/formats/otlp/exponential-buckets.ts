import type { NumberLists } from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'

/** Counts of neighbouring buckets of an exponential histogram, the first of which has the number `offset`. */
export interface ExponentialBuckets {
  readonly offset: number
  readonly counts: readonly number[]
}

export const NO_BUCKETS: ExponentialBuckets = { offset: 0, counts: [] }

/** List `at` without the empty buckets at its ends. */
export function bucketsOf(
  { ends, values }: NumberLists,
  at: number,
  offset: number,
): ExponentialBuckets {
  let start = startOf(ends, at)
  let end = ends[at] as number
  const first = start
  while (start < end && values[start] === 0) start++
  while (end > start && values[end - 1] === 0) end--
  if (start === end) return NO_BUCKETS
  return { offset: offset + start - first, counts: [...values.subarray(start, end)] }
}

/** By how much the scale must fall so that both fit into `maxBuckets` together. */
export function fallToFit(
  a: ExponentialBuckets,
  b: ExponentialBuckets,
  maxBuckets: number,
): number {
  if (a.counts.length + b.counts.length === 0) return 0
  const [one, other] = [a.counts.length === 0 ? b : a, b.counts.length === 0 ? a : b]
  let first = Math.min(one.offset, other.offset)
  let last = Math.max(one.offset + one.counts.length, other.offset + other.counts.length) - 1
  let fall = 0
  while (last - first >= maxBuckets) {
    first = Math.floor(first / 2)
    last = Math.floor(last / 2)
    fall++
  }
  return fall
}

/** The same counts at a scale that is lower by `fall`. */
export function downscale(buckets: ExponentialBuckets, fall: number): ExponentialBuckets {
  if (fall <= 0 || buckets.counts.length === 0) return buckets
  const width = 2 ** fall
  const offset = Math.floor(buckets.offset / width)
  const counts: number[] = []
  for (const [i, count] of buckets.counts.entries()) {
    const at = Math.floor((buckets.offset + i) / width) - offset
    while (counts.length <= at) counts.push(0)
    counts[at] = (counts[at] ?? 0) + count
  }
  return { offset, counts }
}

/** Both together; they are of one scale, and fit. */
export function addBuckets(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  if (a.counts.length === 0) return b
  if (b.counts.length === 0) return a
  const offset = Math.min(a.offset, b.offset)
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length)
  const counts = new Array<number>(end - offset).fill(0)
  for (const { offset: from, counts: added } of [a, b]) {
    for (const [i, count] of added.entries()) {
      counts[from + i - offset] = (counts[from + i - offset] ?? 0) + count
    }
  }
  return { offset, counts }
}

/** Takes the buckets out that begin below `threshold`: returns what is left, what was taken, and where the last of it ended. */
export function cutBelow(
  buckets: ExponentialBuckets,
  scale: number,
  threshold: number,
): { readonly left: ExponentialBuckets; readonly taken: number; readonly upper: number } {
  const bound = (index: number): number => 2 ** (index * 2 ** -scale)
  let cut = 0
  let taken = 0
  while (cut < buckets.counts.length && bound(buckets.offset + cut) < threshold) {
    taken += buckets.counts[cut++] ?? 0
  }
  if (cut === 0) return { left: buckets, taken, upper: threshold }
  const left = { offset: buckets.offset + cut, counts: buckets.counts.slice(cut) }
  return { left, taken, upper: taken === 0 ? threshold : Math.max(threshold, bound(left.offset)) }
}
