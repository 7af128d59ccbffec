import type { Labels } from '../../model/labels.ts'

/** A 64-bit hash as two unsigned 32-bit words. */
export interface Hash64 {
  low: number
  high: number
}

const PRIME_A = 0x01000193
const PRIME_B = 0x85ebca6b

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x7feb352d)
  h ^= h >>> 15
  h = Math.imul(h, 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * The 64-bit hash under which a series is stored (column `id`). It is part of the data on disk: changing it is a migration.
 * Names and values are separated by a unit that cannot occur in text. Writes into `out`, so that a caller can reuse it.
 */
export function hashLabels(labels: Labels, out: Hash64): Hash64 {
  let a = 0x811c9dc5
  let b = 0x9747b28c
  const flat = labels.flat
  for (let i = 0; i < flat.length; i++) {
    const text = flat[i] as string
    for (let k = 0; k < text.length; k++) {
      const unit = text.charCodeAt(k)
      a = Math.imul(a ^ unit, PRIME_A)
      b = Math.imul((b << 13) | (b >>> 19), 5) + Math.imul(unit + 1, PRIME_B)
    }
    a = Math.imul(a ^ 0xffff, PRIME_A)
    b = Math.imul((b << 13) | (b >>> 19), 5) + 0xffff
  }
  out.low = finish(a)
  out.high = finish(b ^ flat.length)
  return out
}

/** The 32-bit hash of a metric name (column `mh`), which leads the sort order of the samples. Part of the data on disk. */
export function hashMetricName(name: string): number {
  let a = 0x811c9dc5
  for (let k = 0; k < name.length; k++) a = Math.imul(a ^ name.charCodeAt(k), PRIME_A)
  return finish(a)
}
