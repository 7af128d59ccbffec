import { HINT_GAUGE } from '../../../model/histograms/histogram-table.ts'
import type { Labels } from '../../../model/labels.ts'
import { emptyWindow, extrapolate, type SampledWindow } from '../window-rate.ts'
import type { WindowKernel } from '../window.ts'
import type { HistogramNotes } from './histogram-notes.ts'
import { FLOAT, type HistogramWork, NOTHING } from './histogram-work.ts'
import { HistogramKernel } from './kernels.ts'
import type { MixedWindow } from './mixed-windows.ts'

/** rate, increase and delta (functions.go, histogramRate and extrapolatedRate). */
export class HistogramRate extends HistogramKernel {
  readonly #isCounter: boolean
  readonly #isRate: boolean
  readonly #sampled: SampledWindow

  constructor(
    work: HistogramWork,
    notes: HistogramNotes,
    options: { readonly isCounter: boolean; readonly isRate: boolean; readonly rangeMs: number },
  ) {
    super(work, notes)
    this.#isCounter = options.isCounter
    this.#isRate = options.isRate
    this.#sampled = emptyWindow(options.isCounter, options.rangeMs)
  }

  compute(window: MixedWindow): number {
    const { histograms, floatFrom, floatTo, from, to, endMs } = window
    if (floatTo > floatFrom) return this.mixed()
    if (to - from < 2) return NOTHING
    const { rows, timestampsMs } = histograms
    if (!this.#difference(rows, from, to)) return this.mixedSchemas()
    const { draft, table } = this.work
    const sampled = this.#sampled
    sampled.firstMs = timestampsMs[from] as number
    sampled.newestMs = timestampsMs[to - 1] as number
    sampled.samples = to - from
    sampled.first = table.totals[rows[from] as number] as number
    sampled.difference = draft.count
    sampled.endMs = endMs
    draft.multiply(extrapolate(sampled, this.#isRate))
    return this.commit()
  }

  /** Makes the draft what was observed between the first and the last, resets added back; false when schemas are of two kinds. */
  #difference(rows: Int32Array, from: number, to: number): boolean {
    const { table, draft } = this.work
    const first = rows[from] as number
    const last = rows[to - 1] as number
    // Behind a reset the first one does not matter, whatever its buckets are.
    const isFirstLeft = this.#isCounter && this.isResetAt(from + 1)
    const layout = isFirstLeft ? (rows[from + 1] as number) : first
    const isCustom = table.isCustom(layout)
    let schema = Math.min(table.schemas[layout] as number, table.schemas[last] as number)
    for (let i = from + 1; i < to; i++) {
      const row = rows[i] as number
      const isLooked = this.#isCounter || i === to - 1
      if (isLooked && table.isCustom(row) !== isCustom) return false
      if (this.#isCounter) schema = Math.min(schema, table.schemas[row] as number)
    }
    this.#noteKind(rows, from, to)
    draft.load(table, last)
    draft.coarsenTo(schema)
    if (!isFirstLeft && draft.add(table, first, -1).isReconciled) {
      this.notes.boundsReconciled('subtraction')
    }
    if (this.#isCounter) {
      for (let i = from + 1; i < to; i++) {
        const isAdded = this.isResetAt(i) && !(isFirstLeft && i === from + 1)
        if (isAdded && draft.add(table, rows[i - 1] as number, 1).isReconciled) {
          this.notes.boundsReconciled('addition')
        }
      }
    }
    draft.hint = HINT_GAUGE
    return true
  }

  #noteKind(rows: Int32Array, from: number, to: number): void {
    if (!this.#isCounter) {
      const areGauges = this.isGauge(rows[from] as number) && this.isGauge(rows[to - 1] as number)
      if (!areGauges) this.notes.notGauge(this.name)
      return
    }
    for (let i = from; i < to; i++) {
      if (this.isGauge(rows[i] as number)) return this.notes.notCounter(this.name)
    }
  }
}

/** irate and idelta: the last two samples (functions.go, instantValue). */
export class HistogramPair extends HistogramKernel {
  readonly #isRate: boolean
  readonly #floats: WindowKernel

  constructor(work: HistogramWork, notes: HistogramNotes, isRate: boolean, floats: WindowKernel) {
    super(work, notes)
    this.#isRate = isRate
    this.#floats = floats
  }

  override load(labels: Labels, window: MixedWindow): void {
    super.load(labels, window)
  }

  compute(window: MixedWindow): number {
    const { floats, histograms, floatFrom, floatTo, from, to, endMs, step } = window
    if (floatTo - floatFrom + to - from < 2) return NOTHING
    // How many of the last two are floats.
    let floatCount = 0
    let [float, at] = [floatTo, to]
    for (let i = 0; i < 2; i++) {
      const floatMs = float > floatFrom ? (floats.timestampsMs[float - 1] as number) : -Infinity
      const histogramMs = at > from ? (histograms.timestampsMs[at - 1] as number) : -Infinity
      if (floatMs > histogramMs) {
        floatCount++
        float--
      } else at--
    }
    if (floatCount === 1) return this.mixed()
    if (floatCount === 2) {
      this.value = this.#floats.compute(floatFrom, floatTo, endMs, step)
      return FLOAT
    }
    return this.#pair(window)
  }

  #pair({ histograms, to }: MixedWindow): number {
    const { table, draft } = this.work
    const { rows, timestampsMs } = histograms
    const newest = rows[to - 1] as number
    const before = rows[to - 2] as number
    const gauges = [newest, before].filter((row) => this.isGauge(row)).length
    if (this.#isRate && gauges > 0) this.notes.notCounter(this.name)
    if (!this.#isRate && gauges < 2) this.notes.notGauge(this.name)
    draft.load(table, newest)
    if (!this.#isRate || !this.isResetAt(to - 1)) {
      const addition = draft.add(table, before, -1)
      if (!addition.isCompatible) return this.mixedSchemas()
      if (addition.isReconciled) this.notes.boundsReconciled('subtraction')
    }
    draft.hint = HINT_GAUGE
    if (this.#isRate) {
      const sampledMs = (timestampsMs[to - 1] as number) - (timestampsMs[to - 2] as number)
      draft.divide(sampledMs / 1000)
    }
    return this.commit()
  }
}
