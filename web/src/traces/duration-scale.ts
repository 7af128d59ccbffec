import { formatValue } from '../format/format-value.ts'

/** From durations to heights. */
export interface DurationScale {
  /** Share of the height of a duration in milliseconds: 0 at the bottom. */
  readonly at: (durationMs: number) => number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
}

/** What the Tempo API does not tell: shorter than a millisecond. */
const LEAST_MS = 0.5

/** A logarithmic scale, for some traces take a thousand times as long as others; from one power of ten to another. */
export function durationScale(durationsMs: readonly number[]): DurationScale {
  let [least, most] = [Number.POSITIVE_INFINITY, LEAST_MS]
  for (const durationMs of durationsMs) {
    least = Math.min(least, Math.max(LEAST_MS, durationMs))
    most = Math.max(most, durationMs)
  }
  const bottom = Math.floor(Math.log10(Math.min(least, most)))
  const top = Math.max(bottom + 1, Math.ceil(Math.log10(most)))
  const shareOf = (ms: number): number => (Math.log10(ms) - bottom) / (top - bottom)
  const powers = Array.from({ length: top - bottom + 1 }, (_none, i) => 10 ** (bottom + i))
  const step = Math.ceil(powers.length / 5)
  return {
    at: (durationMs) => shareOf(Math.max(LEAST_MS, durationMs)),
    ticks: powers
      .filter((_power, i) => i % step === 0)
      .map((ms) => ({ at: shareOf(ms), label: formatValue(ms / 1000, 'seconds') })),
  }
}
