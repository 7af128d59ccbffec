import { Labels } from '../../model/labels.ts'
import { ExemplarSlots } from './exemplar-slots.ts'
import type { SampleWriter } from './sample-writer.ts'
import type { SeriesBudget } from './series-budget.ts'
import type { ExemplarLabels } from './settings.ts'

export interface TableShape {
  /** Names of counters, and of gauges that stay at 1. */
  readonly counters: readonly string[]
  /** Names without `_bucket`, `_sum`, `_count`; all with the same bounds. */
  readonly histograms: readonly string[]
  /** Upper bounds in rising order, without the infinite one. */
  readonly buckets: readonly number[]
  readonly exemplars: ExemplarLabels | undefined
}

/** What stands for all label sets that found no room. */
const OVERFLOW = Labels.from({ metric_overflow: 'true' })
const FIRST_CAPACITY = 32
/** One bit a metric. */
const MOST_METRICS = 31

/**
 * Cumulative counters and classic histograms by label set, in columns: a place for each label set, and for each metric so many numbers a
 * place. A metric of a label set is a series (a histogram several) once it was observed.
 */
export class SeriesTable {
  readonly #shape: TableShape
  readonly #budget: SeriesBudget
  readonly #external: Labels
  readonly #bounds: Float64Array
  readonly #placeOf = new Map<string, number>()
  readonly #labels: Labels[] = []
  /** Labels of the series of a place, made when they are written first. */
  readonly #series: (readonly Labels[] | undefined)[] = []
  readonly #free: number[] = []
  #capacity = 0
  #counts = new Float64Array(0)
  #buckets = new Float64Array(0)
  #sums = new Float64Array(0)
  #updatedMs = new Float64Array(0)
  /** Metrics that were observed, and those of them that were written: a bit each, counters first. */
  #touched = new Uint32Array(0)
  #written = new Uint32Array(0)
  readonly #exemplars: ExemplarSlots | undefined
  #overflowPlace = -1

  constructor(shape: TableShape, budget: SeriesBudget, external: Labels) {
    if (shape.counters.length + shape.histograms.length > MOST_METRICS)
      throw new RangeError(`a table has ${MOST_METRICS} metrics at most`)
    this.#shape = shape
    this.#budget = budget
    this.#external = external
    this.#bounds = Float64Array.from(shape.buckets)
    if (shape.exemplars !== undefined) {
      this.#exemplars = new ExemplarSlots(shape.histograms.length * this.#width, shape.exemplars)
    }
  }

  /** Label sets that are there. */
  get size(): number {
    return this.#placeOf.size
  }

  /** The place of a label set (without `__name__`); that of the overflow where it is new and there is no room. */
  placeOf(labels: Labels): number {
    const known = this.#placeOf.get(labels.key)
    if (known !== undefined) return known
    if (this.#budget.hasRoom(this.#seriesOfPlace)) return this.#add(labels)
    if (this.#overflowPlace < 0) this.#overflowPlace = this.#add(OVERFLOW)
    return this.#overflowPlace
  }

  count(place: number, counter: number, by: number, nowMs: number): void {
    const at = place * this.#shape.counters.length + counter
    this.#counts[at] = (this.#counts[at] as number) + by
    this.#touch(place, counter, nowMs)
  }

  /** Sets what stays as it is: a metric of information. */
  set(place: number, counter: number, value: number, nowMs: number): void {
    this.#counts[place * this.#shape.counters.length + counter] = value
    this.#touch(place, counter, nowMs)
  }

  /** `weight`: how many observations this one stands for. */
  observe(place: number, histogram: number, value: number, weight: number, nowMs: number): void {
    const { histograms, counters } = this.#shape
    const first = (place * histograms.length + histogram) * this.#width
    const bucket = first + this.bucketOf(value)
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + weight
    const sum = place * histograms.length + histogram
    this.#sums[sum] = (this.#sums[sum] as number) + value * weight
    this.#touch(place, counters.length + histogram, nowMs)
  }

  /** Keeps the ids as the newest exemplar of the bucket of this value. `ids`: where those of the span begin in the columns. */
  keepExemplar(
    place: number,
    histogram: number,
    value: number,
    ids: { readonly traceIds: Uint8Array; readonly spanIds: Uint8Array; readonly row: number },
  ): void {
    const slot = histogram * this.#width + this.bucketOf(value)
    this.#exemplars?.keep(place, slot, value, ids)
  }

  /** The first bucket whose upper bound is not below the value; the last is the infinite one. */
  bucketOf(value: number): number {
    let low = 0
    let high = this.#bounds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#bounds[middle] as number) >= value) high = middle
      else low = middle + 1
    }
    return low
  }

  /**
   * Writes every series as it is now. One that is new begins with 0 at `zeroMs`, so that its first increase is seen. Label sets that were
   * not observed since `staleBeforeMs` end. `rest` is awaited between label sets.
   */
  async collect(
    writer: SampleWriter,
    times: { readonly nowMs: number; readonly zeroMs: number; readonly staleBeforeMs: number },
    rest: (rows: number) => Promise<void> | undefined,
  ): Promise<void> {
    for (const [key, place] of [...this.#placeOf]) {
      const rows = writer.rows
      if ((this.#updatedMs[place] as number) < times.staleBeforeMs) {
        this.#end(writer, key, place, times.nowMs)
      } else {
        this.#write(writer, place, times)
      }
      const pause = rest(writer.rows - rows)
      if (pause !== undefined) await pause
    }
  }

  /** Buckets of a histogram with the infinite one. */
  get #width(): number {
    return this.#bounds.length + 1
  }

  get #seriesOfPlace(): number {
    return this.#shape.counters.length + this.#shape.histograms.length * (this.#width + 2)
  }

  #touch(place: number, metric: number, nowMs: number): void {
    const bit = 1 << metric
    const touched = this.#touched[place] as number
    if ((touched & bit) === 0) {
      this.#touched[place] = touched | bit
      this.#budget.add(metric < this.#shape.counters.length ? 1 : this.#width + 2)
    }
    this.#updatedMs[place] = nowMs
  }

  #add(labels: Labels): number {
    const place = this.#free.pop() ?? this.#labels.length
    if (place >= this.#capacity) this.#grow()
    this.#labels[place] = labels
    this.#placeOf.set(labels.key, place)
    return place
  }

  #grow(): void {
    this.#capacity = Math.max(FIRST_CAPACITY, this.#capacity * 2)
    const { counters, histograms } = this.#shape
    this.#counts = grown(this.#counts, this.#capacity * counters.length)
    this.#buckets = grown(this.#buckets, this.#capacity * histograms.length * this.#width)
    this.#sums = grown(this.#sums, this.#capacity * histograms.length)
    this.#updatedMs = grown(this.#updatedMs, this.#capacity)
    const touched = new Uint32Array(this.#capacity)
    touched.set(this.#touched)
    this.#touched = touched
    const written = new Uint32Array(this.#capacity)
    written.set(this.#written)
    this.#written = written
    this.#exemplars?.grow(this.#capacity)
  }

  #write(
    writer: SampleWriter,
    place: number,
    { nowMs, zeroMs }: { readonly nowMs: number; readonly zeroMs: number },
  ): void {
    const { counters, histograms } = this.#shape
    const series = (this.#series[place] ??= this.#makeSeries(place))
    const touched = this.#touched[place] as number
    const isNew = (metric: number): boolean =>
      ((this.#written[place] as number) & (1 << metric)) === 0
    const put = (at: number, value: number, begins: boolean): void => {
      const labels = series[at] as Labels
      if (begins) writer.add(labels, zeroMs, 0)
      writer.add(labels, nowMs, value)
    }
    for (let i = 0; i < counters.length; i++) {
      if ((touched & (1 << i)) === 0) continue
      put(i, this.#counts[place * counters.length + i] as number, isNew(i))
    }
    for (let i = 0; i < histograms.length; i++) {
      const metric = counters.length + i
      if ((touched & (1 << metric)) === 0) continue
      const first = (place * histograms.length + i) * this.#width
      const at = counters.length + i * (this.#width + 2)
      let count = 0
      for (let bucket = 0; bucket < this.#width; bucket++) {
        count += this.#buckets[first + bucket] as number
        put(at + bucket, count, isNew(metric))
        const slot = i * this.#width + bucket
        this.#exemplars?.take(place, slot, series[at + bucket] as Labels, nowMs, writer)
      }
      put(at + this.#width, this.#sums[place * histograms.length + i] as number, isNew(metric))
      put(at + this.#width + 1, count, isNew(metric))
    }
    this.#written[place] = touched
  }

  /** Counters, then of each histogram the buckets, the sum and the count. */
  #makeSeries(place: number): readonly Labels[] {
    const { counters, histograms, buckets } = this.#shape
    const base = [...pairsOf(this.#external), ...pairsOf(this.#labels[place] ?? Labels.EMPTY)]
    const named = (name: string, le = ''): Labels =>
      Labels.fromPairs(
        base.concat([
          ['__name__', name],
          ['le', le],
        ]),
      )
    const bounds = [...buckets.map(String), '+Inf']
    const series = counters.map((name) => named(name))
    for (const name of histograms) {
      for (const bound of bounds) series.push(named(`${name}_bucket`, bound))
      series.push(named(`${name}_sum`), named(`${name}_count`))
    }
    return series
  }

  #end(writer: SampleWriter, key: string, place: number, nowMs: number): void {
    const { counters, histograms } = this.#shape
    const series = this.#series[place] ?? []
    const written = this.#written[place] as number
    const touched = this.#touched[place] as number
    let count = 0
    for (let metric = 0; metric < counters.length + histograms.length; metric++) {
      const isCounter = metric < counters.length
      const from = isCounter
        ? metric
        : counters.length + (metric - counters.length) * (this.#width + 2)
      const to = from + (isCounter ? 1 : this.#width + 2)
      if ((touched & (1 << metric)) !== 0) count += to - from
      if ((written & (1 << metric)) === 0) continue
      for (const labels of series.slice(from, to)) writer.end(labels, nowMs)
    }
    this.#budget.add(-count)
    this.#placeOf.delete(key)
    this.#series[place] = undefined
    this.#touched[place] = 0
    this.#written[place] = 0
    const width = histograms.length * this.#width
    this.#counts.fill(0, place * counters.length, (place + 1) * counters.length)
    this.#buckets.fill(0, place * width, (place + 1) * width)
    this.#sums.fill(0, place * histograms.length, (place + 1) * histograms.length)
    this.#exemplars?.clear(place)
    if (place === this.#overflowPlace) this.#overflowPlace = -1
    this.#free.push(place)
  }
}

function grown(column: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(length)
  next.set(column)
  return next
}

function pairsOf({ flat }: Labels): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}
