import { isReset } from '../../../model/histograms/detect-reset.ts'
import { HINT_GAUGE, HINT_UNKNOWN } from '../../../model/histograms/histogram-table.ts'
import { firstAfter } from '../instant-rows.ts'
import type { HistogramNotes } from './histogram-notes.ts'
import { HISTOGRAM, type HistogramWork, NOTHING } from './histogram-work.ts'
import { HistogramKernel, MixedSteps } from './kernels.ts'
import type { MixedWindow } from './mixed-windows.ts'

/** How an anchored or smoothed range lies in the windows that are cut for it. */
export interface ExtendedRange {
  readonly isSmoothed: boolean
  readonly rangeMs: number
  /** How far windows reach beyond the end of the range. */
  readonly afterMs: number
}

/** Kernels that look at histograms between samples. */
abstract class InterpolatingKernel extends HistogramKernel {
  protected isResetBetween(row: number, before: number): boolean {
    const { table, scratch } = this.work
    return isReset(table, row, before, scratch)
  }

  /** The histogram at a time on the line between entry `at` and the next; behind a reset a counter began at nothing. */
  protected between({ histograms }: MixedWindow, at: number, atMs: number, isCounter: boolean) {
    const { draft, table } = this.work
    const { rows, timestampsMs } = histograms
    const [row, next] = [rows[at] as number, rows[at + 1] as number]
    const fromMs = timestampsMs[at] as number
    const toMs = timestampsMs[at + 1] as number
    if (atMs === fromMs) return row
    if (atMs === toMs) return next
    const share = (atMs - fromMs) / (toMs - fromMs)
    draft.load(table, next)
    if (isCounter && this.isResetBetween(next, row)) {
      draft.multiply(share)
      return draft.commit(table)
    }
    if (draft.add(table, row, -1).isReconciled) this.notes.boundsReconciled('subtraction')
    draft.multiply(share)
    if (draft.add(table, row, 1).isReconciled) this.notes.boundsReconciled('addition')
    return draft.commit(table)
  }
}

/** rate, increase and delta of anchored and smoothed ranges (functions.go, extendedHistogramRate). */
export class ExtendedHistogramRate extends InterpolatingKernel {
  readonly #isCounter: boolean
  readonly #isRate: boolean
  readonly #range: ExtendedRange

  constructor(
    work: HistogramWork,
    notes: HistogramNotes,
    func: 'rate' | 'increase' | 'delta',
    range: ExtendedRange,
  ) {
    super(work, notes)
    this.#isCounter = func !== 'delta'
    this.#isRate = func === 'rate'
    this.#range = range
  }

  compute(window: MixedWindow): number {
    const { histograms, floatFrom, floatTo, from, to } = window
    if (floatTo > floatFrom) return this.mixed()
    const { isSmoothed, rangeMs, afterMs } = this.#range
    const { rows, timestampsMs } = histograms
    const endMs = window.endMs - afterMs
    const startMs = endMs - rangeMs
    const first = Math.max(from, firstAfter(timestampsMs, from, to - 1, startMs) - 1)
    const last = isSmoothed ? firstAfter(timestampsMs, from, to - 1, endMs - 1) : to - 1
    const firstMs = timestampsMs[first] as number
    const lastMs = timestampsMs[last] as number
    if (lastMs <= startMs || (isSmoothed && firstMs > endMs)) return NOTHING
    if (!this.#areOfOneKind(rows, first, last)) return this.mixedSchemas()
    const cutsLeft = isSmoothed && firstMs < startMs
    const cutsRight = isSmoothed && last > from && lastMs > endMs
    const left = cutsLeft
      ? this.between(window, first, startMs, this.#isCounter)
      : (rows[first] as number)
    const right = cutsRight
      ? this.between(window, last - 1, endMs, this.#isCounter)
      : (rows[last] as number)
    if (!this.#isCounter && !(this.isGauge(left) && this.isGauge(right))) {
      this.notes.notGauge(this.name)
    }
    const added = this.#isCounter ? this.#lost(rows, { first, last, left, right, cutsLeft }) : []
    const { draft, table } = this.work
    draft.load(table, right)
    if (draft.add(table, left, -1).isReconciled) this.notes.boundsReconciled('subtraction')
    for (const row of added) {
      if (draft.add(table, row, 1).isReconciled) this.notes.boundsReconciled('addition')
    }
    if (this.#isRate) draft.divide(rangeMs / 1000)
    draft.hint = HINT_GAUGE
    return this.commit()
  }

  #areOfOneKind(rows: Int32Array, first: number, last: number): boolean {
    const { table } = this.work
    const isCustom = table.isCustom(rows[first] as number)
    for (let i = first; i <= last; i++) {
      const row = rows[i] as number
      if (table.isCustom(row) !== isCustom) return false
      if (this.#isCounter && this.isGauge(row)) this.notes.notCounter(this.name)
    }
    return true
  }

  /** What the counter had before each of its resets within the range. */
  #lost(
    rows: Int32Array,
    ends: {
      readonly first: number
      readonly last: number
      readonly left: number
      readonly right: number
      readonly cutsLeft: boolean
    },
  ): readonly number[] {
    const { first, last, left, right, cutsLeft } = ends
    const second = rows[first + 1]
    // A reset next to the start is in the value at the start already.
    const skips =
      cutsLeft && second !== undefined && this.isResetBetween(second, rows[first] as number)
    let before = skips ? second : left
    const from = first + (skips ? 2 : 1)
    if (from > last) return []
    const lost: number[] = []
    for (let i = from; i < last; i++) {
      const row = rows[i] as number
      if (this.isResetBetween(row, before)) lost.push(before)
      before = row
    }
    if (this.isResetBetween(right, before)) lost.push(before)
    return lost
  }
}

/** resets and changes of an anchored range: the last sample at or before its start counts as the one to compare with. */
export class AnchoredSteps extends MixedSteps {
  readonly #rangeMs: number

  constructor(
    work: HistogramWork,
    notes: HistogramNotes,
    counts: 'resets' | 'changes',
    rangeMs: number,
  ) {
    super(work, notes, counts)
    this.#rangeMs = rangeMs
  }

  override compute(window: MixedWindow): number {
    const { floats, histograms, floatFrom, floatTo, from, to } = window
    const startMs = window.endMs - this.#rangeMs
    const float = firstAfter(floats.timestampsMs, floatFrom, floatTo, startMs)
    const histogram = firstAfter(histograms.timestampsMs, from, to, startMs)
    if (float === floatTo && histogram === to) return NOTHING
    const floatMs = float > floatFrom ? (floats.timestampsMs[float - 1] as number) : -Infinity
    const ms = histogram > from ? (histograms.timestampsMs[histogram - 1] as number) : -Infinity
    const isFloat = floatMs > -Infinity && floatMs >= ms
    const isHistogram = ms > -Infinity && !isFloat
    return super.compute({
      ...window,
      floatFrom: float - (isFloat ? 1 : 0),
      from: histogram - (isHistogram ? 1 : 0),
    })
  }
}

/** A smoothed instant selector: the histogram on the line between those before and after, or the last one (engine.go, evalSmoothed). */
export class SmoothedHistogram extends InterpolatingKernel {
  readonly #afterMs: number

  constructor(work: HistogramWork, notes: HistogramNotes, afterMs: number) {
    super(work, notes)
    this.#afterMs = afterMs
  }

  compute(window: MixedWindow): number {
    const { histograms, floatFrom, floatTo, from, to } = window
    if (floatTo > floatFrom) return this.mixed()
    const { rows, timestampsMs } = histograms
    const { table } = this.work
    const atMs = window.endMs - this.#afterMs
    const next = firstAfter(timestampsMs, from, to, atMs - 1)
    if (next < to && timestampsMs[next] === atMs) return this.#give(rows[next] as number)
    if (next === from) return NOTHING
    const before = rows[next - 1] as number
    if (next === to) return this.#give(table.withHint(before, HINT_UNKNOWN))
    const after = rows[next] as number
    if (table.isCustom(before) !== table.isCustom(after)) return this.mixedSchemas()
    const isCounter = !this.isGauge(before) || !this.isGauge(after)
    return this.#give(this.between(window, next - 1, atMs, isCounter))
  }

  #give(row: number): number {
    this.value = row
    return HISTOGRAM
  }
}
