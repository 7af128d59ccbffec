import { ERROR_LABEL, PRESERVE_ERROR_LABEL } from '../../lang/logql/pipeline/line-labels.ts'
import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { MetricLimits } from './metric-context.ts'
import { tooManySamples } from './metric-context.ts'
import type { Samples } from './windows.ts'

/** Takes the values of lines, series by series, in order of time. */
export interface Collector {
  /** `timeNs` is nanoseconds after the end of the first window; negative before it. */
  add(labels: Labels, timeNs: number, value: number): void
}

/** Lines of one series, with one value, in the same windows. */
export interface TallyRow {
  /** The steps whose windows hold them: from `first` up to, not including, `end`. */
  readonly first: number
  readonly end: number
  /** When one of them was. */
  readonly timeNs: number
  readonly lines: number
  /** Of each of them; of the bytes of lines, what they are together. */
  readonly value: number
}

/** Takes lines that the engine has counted, in any order, besides those that were read. */
export interface TallyCollector extends Collector {
  addRow(labels: Labels, row: TallyRow): void
}

/** The steps whose windows hold a moment: from `first` up to, not including, `end`. */
export interface StepRange {
  readonly stepNs: number
  readonly steps: number
  readonly rangeNs: number
}

function firstStep(timeNs: number, { stepNs }: StepRange): number {
  return Math.max(0, Math.ceil(timeNs / stepNs))
}

function endStep(timeNs: number, { stepNs, steps, rangeNs }: StepRange): number {
  return Math.min(steps, Math.ceil((timeNs + rangeNs) / stepNs))
}

/** Each series holds a value for every step, whether it comes to the result or is aggregated. */
function refuseTooMany(series: number, steps: number, { maxSamples }: MetricLimits): void {
  if (series * steps > maxSamples) throw tooManySamples(maxSamples)
}

/** A series marked with an error ends the query, unless the query asks for errors: at once, not when all is read. */
function refuseError(labels: Labels): void {
  const error = labels.get(ERROR_LABEL)
  if (error === '' || labels.get(PRESERVE_ERROR_LABEL) === 'true') return
  throw new Problem(
    'bad_data',
    `pipeline error: '${error}' for series: '${labels.toString()}'.\n` +
      `Use a label filter to intentionally skip this error. (e.g | __error__!="${error}").\n` +
      'To skip all potential errors you can match empty errors.(e.g __error__="")\n' +
      'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n',
  )
}

/** A series whose windows are only counted and summed up. */
export interface CountedSeries {
  readonly labels: Labels
  /** Per step, how many more (or fewer) lines than in the step before. */
  readonly counts: Int32Array
  /** The same of the values; empty when they are not asked for. */
  readonly sums: Float64Array
}

/** Counts lines and sums up whole numbers: what enters and leaves each window is noted, no line is held. */
export class CountingCollector implements TallyCollector {
  readonly #range: StepRange
  readonly #limits: MetricLimits
  readonly #series = new Map<string, CountedSeries>()
  readonly #sumsUp: boolean

  /** `sumsUp`: the values matter, not only how many they are. */
  constructor(range: StepRange, limits: MetricLimits, sumsUp: boolean) {
    this.#range = range
    this.#limits = limits
    this.#sumsUp = sumsUp
  }

  get series(): Iterable<CountedSeries> {
    return this.#series.values()
  }

  add(labels: Labels, timeNs: number, value: number): void {
    const first = firstStep(timeNs, this.#range)
    this.addRow(labels, { first, end: endStep(timeNs, this.#range), timeNs, lines: 1, value })
  }

  addRow(labels: Labels, { first, end, lines, value }: TallyRow): void {
    if (first >= end) return
    const { counts, sums } = this.#of(labels)
    counts[first] = (counts[first] as number) + lines
    counts[end] = (counts[end] as number) - lines
    if (!this.#sumsUp) return
    sums[first] = (sums[first] as number) + value
    sums[end] = (sums[end] as number) - value
  }

  #of(labels: Labels): CountedSeries {
    let own = this.#series.get(labels.key)
    if (!own) {
      refuseError(labels)
      const size = this.#range.steps + 1
      refuseTooMany(this.#series.size + 1, size, this.#limits)
      const sums = new Float64Array(this.#sumsUp ? size : 0)
      own = { labels, counts: new Int32Array(size), sums }
      this.#series.set(labels.key, own)
    }
    return own
  }
}

/** The values of one series as they come. */
class GrowingSamples {
  readonly labels: Labels
  length = 0
  #isSorted = true
  #timesNs = new Float64Array(16)
  #values = new Float64Array(16)

  constructor(labels: Labels) {
    this.labels = labels
  }

  push(timeNs: number, value: number): void {
    if (this.length === this.#values.length) {
      this.#timesNs = doubled(this.#timesNs)
      this.#values = doubled(this.#values)
    }
    if (this.length > 0 && timeNs < (this.#timesNs[this.length - 1] as number)) {
      this.#isSorted = false
    }
    this.#timesNs[this.length] = timeNs
    this.#values[this.length] = value
    this.length++
  }

  samples(): Samples {
    if (!this.#isSorted) this.#sort()
    return {
      timesNs: this.#timesNs.subarray(0, this.length),
      values: this.#values.subarray(0, this.length),
    }
  }

  /** By time, then by value, so that sums of the same values are always the same. */
  #sort(): void {
    const timesNs = this.#timesNs.slice(0, this.length)
    const values = this.#values.slice(0, this.length)
    const order = Uint32Array.from(timesNs, (_, i) => i).sort(
      (a, b) =>
        (timesNs[a] as number) - (timesNs[b] as number) ||
        (values[a] as number) - (values[b] as number),
    )
    for (const [to, from] of order.entries()) {
      this.#timesNs[to] = timesNs[from] as number
      this.#values[to] = values[from] as number
    }
    this.#isSorted = true
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2)
  larger.set(array)
  return larger
}

/** Holds every value, for aggregations that look at them one by one. */
export class HoldingCollector implements TallyCollector {
  readonly #range: StepRange
  readonly #limits: MetricLimits
  readonly #series = new Map<string, GrowingSamples>()
  #held = 0

  constructor(range: StepRange, limits: MetricLimits) {
    this.#range = range
    this.#limits = limits
  }

  *series(): Generator<{ readonly labels: Labels; readonly samples: Samples }> {
    for (const own of this.#series.values()) yield { labels: own.labels, samples: own.samples() }
  }

  add(labels: Labels, timeNs: number, value: number): void {
    if (firstStep(timeNs, this.#range) >= endStep(timeNs, this.#range)) return
    let own = this.#series.get(labels.key)
    if (!own) {
      refuseError(labels)
      refuseTooMany(this.#series.size + 1, this.#range.steps, this.#limits)
      own = new GrowingSamples(labels)
      this.#series.set(labels.key, own)
    }
    if (++this.#held > this.#limits.maxSamples) throw tooManySamples(this.#limits.maxSamples)
    own.push(timeNs, value)
  }

  /** The lines of a row are in the same windows, whenever they were: for aggregations that do not look at the order within them. */
  addRow(labels: Labels, { timeNs, lines, value }: TallyRow): void {
    for (let i = 0; i < lines; i++) this.add(labels, timeNs, value)
  }
}
