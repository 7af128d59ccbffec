import type { Labels } from '../../model/labels.ts'
import type { SeriesColumns } from '../../store/metrics-source.ts'
import type { RuleVector } from '../rules/rule-query.ts'

const NOTHING: RuleVector = { labels: [], values: new Float64Array(0) }

/** The answer to a range query, turned round: what there is at each step. */
export class StepVectors {
  readonly #series: readonly Labels[]
  /** The rows of step i are `#offsets[i]` to `#offsets[i + 1]`. */
  readonly #offsets: Uint32Array
  readonly #seriesOf: Uint32Array
  readonly #values: Float64Array

  /** `steps` of `stepMs` from `startMs` on; samples between steps are passed over. */
  constructor(columns: SeriesColumns, startMs: number, stepMs: number, steps: number) {
    const { labels, offsets, timestampsMs, values } = columns
    const stepOf = (row: number): number => {
      const step = Math.round(((timestampsMs[row] as number) - startMs) / stepMs)
      return step >= 0 && step < steps ? step : -1
    }
    const counts = new Uint32Array(steps + 1)
    for (let row = 0; row < values.length; row++) {
      const step = stepOf(row)
      if (step >= 0) counts[step + 1] = (counts[step + 1] as number) + 1
    }
    for (let i = 1; i <= steps; i++) counts[i] = (counts[i] as number) + (counts[i - 1] as number)
    this.#series = labels
    this.#offsets = counts.slice()
    this.#seriesOf = new Uint32Array(counts[steps] as number)
    this.#values = new Float64Array(counts[steps] as number)
    for (let series = 0; series < labels.length; series++) {
      const end = offsets[series + 1] as number
      for (let row = offsets[series] as number; row < end; row++) {
        const step = stepOf(row)
        if (step < 0) continue
        const place = counts[step] as number
        counts[step] = place + 1
        this.#seriesOf[place] = series
        this.#values[place] = values[row] as number
      }
    }
  }

  at(step: number): RuleVector {
    const from = this.#offsets[step] ?? 0
    const to = this.#offsets[step + 1] ?? 0
    if (from >= to) return NOTHING
    const labels: Labels[] = []
    for (let i = from; i < to; i++) {
      labels.push(this.#series[this.#seriesOf[i] as number] as Labels)
    }
    return { labels, values: this.#values.subarray(from, to) }
  }
}
