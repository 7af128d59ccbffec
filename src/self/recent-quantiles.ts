import type { Metric } from '../model/metric-family.ts'

const CAPACITY = 1000
const MAX_AGE_MS = 10 * 60_000
/** Those of most of Prometheus's own summaries. */
const QUANTILES: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.99]

/**
 * A summary as Prometheus's own metrics have it: quantiles of the last ten minutes, and sum and count of all time. The quantiles are
 * those of the last 1,000 observations, as they were observed.
 */
export class RecentQuantiles {
  readonly #values = new Float64Array(CAPACITY)
  readonly #timesMs = new Float64Array(CAPACITY)
  readonly #shown: readonly number[]
  #count = 0
  #sum = 0

  constructor(quantiles: readonly number[] = QUANTILES) {
    this.#shown = quantiles
  }

  observe(value: number, nowMs: number): void {
    const at = this.#count % CAPACITY
    this.#values[at] = value
    this.#timesMs[at] = nowMs
    this.#count++
    this.#sum += value
  }

  /** NaN where nothing was observed lately, as Prometheus writes it. */
  quantiles(nowMs: number): number[] {
    const kept = Math.min(this.#count, CAPACITY)
    const recent = this.#values
      .subarray(0, kept)
      .filter((_, i) => nowMs - (this.#timesMs[i] as number) <= MAX_AGE_MS)
    recent.sort()
    return this.#shown.map(
      (quantile) => recent[Math.max(0, Math.ceil(quantile * recent.length) - 1)] ?? Number.NaN,
    )
  }

  /** The lines of the family; `labels` are those of the summary. */
  metrics(labels: readonly string[], nowMs: number): Metric[] {
    const lines: Metric[] = this.quantiles(nowMs).map((value, i) => ({
      labels: [...labels, 'quantile', String(this.#shown[i])],
      value,
    }))
    lines.push(
      { labels, value: this.#sum, suffix: '_sum' },
      { labels, value: this.#count, suffix: '_count' },
    )
    return lines
  }
}
