/** What a legend may say of a series. */
export const CALCS = ['last', 'min', 'mean', 'max', 'first', 'sum', 'count', 'range'] as const
export type Calc = (typeof CALCS)[number]

export type Summary = Readonly<Record<Calc, number>>

/** Everything a legend may say of values in one pass; NaN is left out, and of nothing every figure but the count is NaN. */
export function summarise(values: Float64Array): Summary {
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity]
  let [first, last] = [Number.NaN, Number.NaN]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    if (count === 0) first = value
    last = value
    count += 1
    sum += value
    if (value < min) min = value
    if (value > max) max = value
  }
  if (count === 0) {
    const none = Number.NaN
    return { last, first, count, sum: none, min: none, max: none, mean: none, range: none }
  }
  return { last, first, count, sum, min, max, mean: sum / count, range: max - min }
}
