/** The vertical axis of a chart. */
export interface ValueScale {
  readonly low: number
  readonly high: number
  /** From the highest down. */
  readonly ticks: readonly { readonly value: number; readonly text: string }[]
}

/** Beyond these a difference of two values would overflow or vanish. */
const HUGE = 1e300
const TINY = 1e-300
/** Values that differ by less than this share of their size are one line: no label could tell them apart. */
const SAME = 1e-9

/** A value that the arithmetic of a scale can hold. */
function tame(value: number): number {
  if (Math.abs(value) < TINY) return 0
  return Math.max(-HUGE, Math.min(HUGE, value))
}

/** Labels stand so many rows apart, so that an axis stays calm. */
const LEAST_ROWS_APART = 3

/**
 * The axis that the values fill, NaN and infinities aside, with labels at round numbers. It begins at 0 unless that would
 * flatten the lines.
 */
export function chooseScale(lines: readonly Float64Array[], rows: number): ValueScale {
  const [low, high] = rangeOf(lines)
  const step = chooseStep(low, high, rows)
  const first = Math.ceil(low / step - SAME)
  const last = Math.floor(high / step + SAME)
  const label = tickLabel(Math.max(Math.abs(first), Math.abs(last)) * step, step)
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (last - i) * step
    return { value, text: label(value) }
  })
  return { low, high, ticks }
}

/** The smallest of 1, 2, 2.5 and 5 times a power of ten whose labels are far enough apart; at least two labels are shown. */
function chooseStep(low: number, high: number, rows: number): number {
  const span = high - low
  let chosen = 0
  for (let power = 10 ** Math.ceil(Math.log10(span)); ; power /= 10) {
    for (const factor of [1, 0.5, 0.25, 0.2]) {
      const step = factor * power
      const isApart = ((rows - 1) * step) / span >= LEAST_ROWS_APART
      if (chosen !== 0 && !isApart) return chosen
      const count = Math.floor(high / step + SAME) - Math.ceil(low / step - SAME) + 1
      if (count >= 2) chosen = step
    }
  }
}

function rangeOf(lines: readonly Float64Array[]): [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const values of lines) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue
      const tamed = tame(value)
      if (tamed < low) low = tamed
      if (tamed > high) high = tamed
    }
  }
  if (low > high) return [0, 1]
  const size = Math.max(Math.abs(low), Math.abs(high))
  if (high - low <= size * SAME) return size === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)]
  if (low > 0 && low < high * 0.5) return [0, high]
  if (high < 0 && high > low * 0.5) return [low, 0]
  return [low, high]
}

const PREFIXES = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** Writes all ticks of an axis with the same prefix and as many decimals as their distance needs. */
function tickLabel(largest: number, step: number): (value: number) => string {
  if (largest >= 1e15 || step < 1e-6) return (value) => shortExponent(value)
  const [unit, prefix] = PREFIXES.find(([size]) => largest >= size) ?? [1, '']
  const scaled = step / unit
  let decimals = 0
  while (decimals < 9 && Math.abs(Number(scaled.toFixed(decimals)) / scaled - 1) > 1e-6) decimals++
  return (value) => (value === 0 ? '0' : `${(value / unit).toFixed(decimals)}${prefix}`)
}

/** A value in short: four digits and a decimal prefix (`1.235k`, `45.6M`, `0.25`), `NaN`, `+Inf`. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const rounded = Number(value.toPrecision(4))
  const size = Math.abs(rounded)
  if (size === 0) return '0'
  if (size >= 1e15 || size < 1e-4) return shortExponent(value)
  const [unit, prefix] = PREFIXES.find(([least]) => size >= least) ?? [1, '']
  return `${Number((rounded / unit).toPrecision(4))}${prefix}`
}

function shortExponent(value: number): string {
  if (value === 0) return '0'
  return value.toExponential(2).replace(/\.?0*e/, 'e')
}
