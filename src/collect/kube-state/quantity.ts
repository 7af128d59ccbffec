const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** Divisors, so that `100m` is exactly 0.1. */
const DIVISORS: Readonly<Record<string, number>> = { n: 1e9, u: 1e6, m: 1e3 }

/**
 * A quantity of Kubernetes (apimachinery, pkg/api/resource) such as `100m`, `1.5Gi` or `1e3`, as a number. The API writes small
 * ones as numbers, too. Undefined for what is none.
 */
export function parseQuantity(written: unknown): number | undefined {
  if (typeof written === 'number') return Number.isFinite(written) ? written : undefined
  if (typeof written !== 'string') return undefined
  const [, digits = '', suffix, exponent] = QUANTITY.exec(written) ?? []
  if (digits === '') return undefined
  const value = Number(digits)
  if (exponent !== undefined) return Number(`${digits}e${exponent}`)
  if (suffix === undefined) return value
  const divisor = DIVISORS[suffix]
  return divisor === undefined ? value * (FACTORS[suffix] ?? 1) : value / divisor
}

/** As `parseQuantity`, rounded up to a whole: how kube-state-metrics shows bytes and counts (Quantity.Value). */
export function parseWholeQuantity(written: unknown): number | undefined {
  const value = parseQuantity(written)
  return value === undefined ? undefined : Math.ceil(value)
}

/** As `parseQuantity`, rounded up to thousandths (Quantity.MilliValue). */
export function parseMilliQuantity(written: unknown): number | undefined {
  const value = parseQuantity(written)
  if (value === undefined || Number.isInteger(value)) return value
  // 0.1 × 1000 is a little more than 100 in binary; what is nearer than a millionth counts as whole.
  const thousandths = value * 1000
  const nearest = Math.round(thousandths)
  const isNear = Math.abs(thousandths - nearest) < 1e-6 * Math.max(1, Math.abs(nearest))
  return (isNear ? nearest : Math.ceil(thousandths)) / 1000
}
