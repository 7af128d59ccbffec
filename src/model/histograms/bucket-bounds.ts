/** The schema of native histograms whose buckets have bounds of their own (prometheus/model/histogram, CustomBucketsSchema). */
export const CUSTOM_BUCKETS = -53
export const MIN_SCHEMA = -4
export const MAX_SCHEMA = 8

const LARGEST_EXPONENT = 1024

/** For each schema above 0 the bounds within one power of two, made when they are first needed. */
const WITHIN: (Float64Array | undefined)[] = []

function boundsWithin(schema: number): Float64Array {
  let bounds = WITHIN[schema]
  if (bounds === undefined) {
    const count = 2 ** schema
    bounds = Float64Array.from({ length: count }, (_, i) => 2 ** (i / count))
    WITHIN[schema] = bounds
  }
  return bounds
}

/**
 * The upper bound of the positive bucket with a number, of an exponential schema. The last bucket of finite numbers ends at the largest of
 * them, the one after it at infinity (generic.go, getBoundExponential).
 */
export function exponentialBound(index: number, schema: number): number {
  if (schema <= 0) {
    const exponent = index * 2 ** -schema
    return exponent === LARGEST_EXPONENT ? Number.MAX_VALUE : 2 ** exponent
  }
  const count = 2 ** schema
  const exponent = Math.floor(index / count)
  const rest = index - exponent * count
  if (rest === 0 && exponent === LARGEST_EXPONENT) return Number.MAX_VALUE
  const within = boundsWithin(schema)[rest] as number
  // The smallest powers of two are not normal numbers: one step more keeps the digits.
  return exponent < -1022 ? within * 2 ** (exponent + 60) * 2 ** -60 : within * 2 ** exponent
}

/** The upper bound of a bucket of custom bounds: -Infinity before the first one, Infinity of the last. */
export function customBound(index: number, bounds: Float64Array): number {
  if (index < 0) return -Infinity
  return index >= bounds.length ? Infinity : (bounds[index] as number)
}

/** The number that a bucket gets when the schema falls by so many steps. */
export function coarserIndex(index: number, steps: number): number {
  return Math.floor((index - 1) / 2 ** steps) + 1
}

export function areSameBounds(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The bounds that both have, in order. */
export function sharedBounds(a: Float64Array, b: Float64Array): Float64Array {
  const out: number[] = []
  let other = 0
  for (const bound of a) {
    while (other < b.length && (b[other] as number) < bound) other++
    if (b[other] === bound) out.push(bound)
  }
  return Float64Array.from(out)
}
