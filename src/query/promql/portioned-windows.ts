import type { Labels } from '../../model/labels.ts'
import { wordsOf } from '../../model/stale.ts'
import type { PortionColumns, SeriesPortions } from '../../store/metrics-source.ts'
import { type Slice, sliceOf, type SliceScratch, type WindowSource } from './window.ts'

/** A portion with the words under its values, for telling staleness markers. */
interface Loaded extends PortionColumns {
  readonly words: Uint32Array
}

/**
 * Windows over a selection that is too large to be held at once: rows are asked for in order, and while those of one portion are
 * evaluated the next is read.
 */
export class PortionedWindows implements WindowSource {
  readonly labels: readonly Labels[]
  readonly #portions: SeriesPortions
  #current: Loaded | undefined
  #next: { readonly from: number; readonly columns: Promise<PortionColumns> } | undefined
  #scratch: SliceScratch = { timestampsMs: new Float64Array(0), values: new Float64Array(0) }

  constructor(portions: SeriesPortions) {
    this.#portions = portions
    this.labels = portions.labels
  }

  load(row: number, slice: Slice): void | Promise<void> {
    const current = this.#current
    if (current === undefined || row < current.from || row >= current.to) {
      return this.#read(row).then((loaded) => this.#cut(loaded, row, slice))
    }
    this.#cut(current, row, slice)
  }

  #cut(portion: Loaded, row: number, slice: Slice): void {
    const at = row - portion.from
    const from = portion.offsets[at] as number
    const to = portion.offsets[at + 1] as number
    this.#scratch = sliceOf(portion, from, to, this.#scratch, slice)
  }

  async #read(row: number): Promise<Loaded> {
    const ahead = this.#next?.from === row ? this.#next.columns : this.#portions.read(row)
    // Freed before the next one is asked for, so that no more than two are held.
    this.#current = undefined
    this.#next = undefined
    const columns = await ahead
    const loaded = { ...columns, words: wordsOf(columns.values) }
    this.#current = loaded
    if (columns.to < this.labels.length) {
      const next = this.#portions.read(columns.to)
      // Its failure is told to who asks for it; nobody may, when the query ends before.
      next.catch(() => undefined)
      this.#next = { from: columns.to, columns: next }
    }
    return loaded
  }
}
