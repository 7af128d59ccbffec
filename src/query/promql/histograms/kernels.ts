import { isReset } from '../../../model/histograms/detect-reset.ts'
import { HINT_GAUGE, HINT_NO_RESET, HINT_RESET } from '../../../model/histograms/histogram-table.ts'
import type { Labels } from '../../../model/labels.ts'
import type { WindowKernel } from '../window.ts'
import type { HistogramNotes } from './histogram-notes.ts'
import { FLOAT, HISTOGRAM, type HistogramWork, NOTHING } from './histogram-work.ts'
import type { MixedKernel, MixedWindow } from './mixed-windows.ts'

/** What all kernels have: where results go, and what is told. */
export abstract class HistogramKernel implements MixedKernel {
  value = 0
  protected name = ''
  protected readonly work: HistogramWork
  protected readonly notes: HistogramNotes
  /** Of each histogram of the series: 1 it comes after a reset, 2 it does not, 0 it is not known yet. */
  #resets = new Uint8Array(0)
  #rows: Int32Array = new Int32Array(0)

  constructor(work: HistogramWork, notes: HistogramNotes) {
    this.work = work
    this.notes = notes
  }

  load(labels: Labels, { histograms }: MixedWindow): void {
    this.name = labels.name
    this.#rows = histograms.rows
    if (this.#resets.length < histograms.to) this.#resets = new Uint8Array(histograms.to)
    else this.#resets.fill(0, 0, histograms.to)
  }

  abstract compute(window: MixedWindow): number

  /** Whether the counter was reset between entry `at` of the slice and the one before it. */
  protected isResetAt(at: number): boolean {
    if (this.#resets[at] === 0) {
      const { table, scratch } = this.work
      const row = this.#rows[at] as number
      this.#resets[at] = isReset(table, row, this.#rows[at - 1] as number, scratch) ? 1 : 2
    }
    return this.#resets[at] === 1
  }

  protected isGauge(row: number): boolean {
    return this.work.table.hints[row] === HINT_GAUGE
  }

  protected mixed(): number {
    this.notes.mixedFloats(this.name)
    return NOTHING
  }

  protected mixedSchemas(): number {
    this.notes.mixedSchemas(this.name)
    return NOTHING
  }

  /** Makes the draft the result. */
  protected commit(): number {
    this.value = this.work.draft.commit(this.work.table)
    return HISTOGRAM
  }
}

/** Functions that ignore histograms. */
export class FloatsOnly extends HistogramKernel {
  readonly #floats: WindowKernel

  constructor(work: HistogramWork, notes: HistogramNotes, floats: WindowKernel) {
    super(work, notes)
    this.#floats = floats
  }

  compute({ floatFrom, floatTo, endMs, step }: MixedWindow): number {
    if (floatTo === floatFrom) return NOTHING
    this.notes.ignoredInRange(this.name)
    const floats = this.#floats
    if (floatTo - floatFrom < floats.minSamples) return NOTHING
    if (floats.hasResult?.(floatFrom, floatTo, endMs) === false) return NOTHING
    this.value = floats.compute(floatFrom, floatTo, endMs, step)
    return FLOAT
  }
}

export type MixedFact = 'count' | 'present' | 'first' | 'last' | 'first-seconds' | 'last-seconds'

/** The simplest questions about a window, whatever its samples are. */
export class MixedFacts extends HistogramKernel {
  readonly #fact: MixedFact

  constructor(work: HistogramWork, notes: HistogramNotes, fact: MixedFact) {
    super(work, notes)
    this.#fact = fact
  }

  compute(window: MixedWindow): number {
    const { floats, histograms, floatFrom, floatTo, from, to } = window
    switch (this.#fact) {
      case 'count':
        this.value = floatTo - floatFrom + to - from
        return FLOAT
      case 'present':
        this.value = 1
        return FLOAT
      case 'first':
      case 'first-seconds': {
        const floatMs = floatTo > floatFrom ? (floats.timestampsMs[floatFrom] as number) : Infinity
        const isFloat = floatMs < (histograms.timestampsMs[from] as number)
        return this.#at(window, isFloat, isFloat ? floatFrom : from)
      }
      case 'last':
      case 'last-seconds': {
        const floatMs =
          floatTo > floatFrom ? (floats.timestampsMs[floatTo - 1] as number) : -Infinity
        const isFloat = floatMs > (histograms.timestampsMs[to - 1] as number)
        return this.#at(window, isFloat, (isFloat ? floatTo : to) - 1)
      }
      default:
        return this.#fact satisfies never
    }
  }

  #at({ floats, histograms }: MixedWindow, isFloat: boolean, at: number): number {
    if (this.#fact.endsWith('-seconds')) {
      const { timestampsMs } = isFloat ? floats : histograms
      this.value = (timestampsMs[at] as number) / 1000
      return FLOAT
    }
    this.value = isFloat ? (floats.values[at] as number) : (histograms.rows[at] as number)
    return isFloat ? FLOAT : HISTOGRAM
  }
}

/** sum_over_time and avg_over_time. */
export class HistogramSums extends HistogramKernel {
  readonly #isAverage: boolean

  constructor(work: HistogramWork, notes: HistogramNotes, isAverage: boolean) {
    super(work, notes)
    this.#isAverage = isAverage
  }

  compute({ histograms, floatFrom, floatTo, from, to }: MixedWindow): number {
    if (floatTo > floatFrom) return this.mixed()
    const sum = new RowSum(this.work, this.#isAverage)
    for (let i = from; i < to; i++) sum.add(histograms.rows[i] as number)
    const row = sum.finish(this.notes)
    if (row === undefined) return this.mixedSchemas()
    this.value = row
    return HISTOGRAM
  }
}

/** The sum, or the mean, of some histograms. They are added up when all are known. */
export class RowSum {
  readonly #work: HistogramWork
  readonly #isAverage: boolean
  readonly #rows: number[] = []

  constructor(work: HistogramWork, isAverage: boolean) {
    this.#work = work
    this.#isAverage = isAverage
  }

  add(row: number): void {
    this.#rows.push(row)
  }

  get count(): number {
    return this.#rows.length
  }

  /** The row of the result; undefined when exponential and custom buckets were among them. */
  finish(notes: HistogramNotes): number | undefined {
    const { table, draft } = this.#work
    const rows = this.#rows
    const first = rows[0]
    if (first === undefined) return undefined
    draft.load(table, first)
    let isReconciled = false
    for (let i = 1; i < rows.length; i++) {
      const addition = draft.add(table, rows[i] as number, 1)
      if (!addition.isCompatible) return undefined
      if (addition.isReconciled) isReconciled = true
    }
    if (this.#isAverage) {
      if (draft.overflows && rows.every((row) => !isInfinite(this.#work, row))) this.#average()
      else draft.divide(rows.length)
    }
    if (this.#collide()) notes.resetsCollide('aggregation')
    if (isReconciled) notes.boundsReconciled('aggregation')
    return draft.commit(table)
  }

  #collide(): boolean {
    const { hints } = this.#work.table
    return (
      this.#rows.some((row) => hints[row] === HINT_RESET) &&
      this.#rows.some((row) => hints[row] === HINT_NO_RESET)
    )
  }

  /** The mean without a sum, which would be too large. */
  #average(): void {
    const { table, draft, scratch } = this.#work
    const [part] = scratch
    draft.load(table, this.#rows[0] as number)
    for (let i = 1; i < this.#rows.length; i++) {
      draft.multiply(i / (i + 1))
      part.load(table, this.#rows[i] as number)
      part.divide(i + 1)
      draft.add(table, part.commit(table), 1)
    }
  }
}

function isInfinite({ table }: HistogramWork, row: number): boolean {
  const isFinite = (value: number | undefined) => value !== Infinity && value !== -Infinity
  if (!isFinite(table.totals[row]) || !isFinite(table.sums[row])) return true
  return !table.counts
    .subarray(table.negativeFrom[row], table.ends[row])
    .every((count) => isFinite(count))
}

/** resets and changes: how many samples differ in that way from the one before in the window. */
export class MixedSteps extends HistogramKernel {
  readonly #counts: 'resets' | 'changes'

  constructor(work: HistogramWork, notes: HistogramNotes, counts: 'resets' | 'changes') {
    super(work, notes)
    this.#counts = counts
  }

  compute({ floats, histograms, floatFrom, floatTo, from, to }: MixedWindow): number {
    let float = floatFrom
    let at = from
    let before: 'float' | 'histogram' | undefined
    this.value = 0
    while (float < floatTo || at < to) {
      const floatMs = float < floatTo ? (floats.timestampsMs[float] as number) : Infinity
      const histogramMs = at < to ? (histograms.timestampsMs[at] as number) : Infinity
      const kind = floatMs < histogramMs ? 'float' : 'histogram'
      if (before !== undefined && before !== kind) this.value++
      else if (before === 'float' && this.#isFloatStep(floats.values, float)) this.value++
      else if (before === 'histogram' && this.#isStep(histograms.rows, at)) this.value++
      if (kind === 'float') float++
      else at++
      before = kind
    }
    return FLOAT
  }

  #isFloatStep(values: Float64Array, at: number): boolean {
    const value = values[at] as number
    const previous = values[at - 1] as number
    if (this.#counts === 'resets') return value < previous
    return value !== previous && !(value !== value && previous !== previous)
  }

  #isStep(rows: Int32Array, at: number): boolean {
    if (this.#counts === 'resets') return this.isResetAt(at)
    return !this.work.table.areEqual(rows[at] as number, rows[at - 1] as number)
  }
}
