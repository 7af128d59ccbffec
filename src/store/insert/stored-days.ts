import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'

const DAY_MS = 86_400_000
/** More than the days until 2100: keys are made of a day and something else. */
export const DAYS = 65_536
const REMEMBERED_DAYS = 500_000

/** Days since the epoch. */
export function dayOf(timestampMs: number): number {
  return Math.floor(timestampMs / DAY_MS)
}

/** Remembers on which days the labels of a series are stored. */
export class StoredDays {
  readonly #index: SeriesIndex
  readonly #others = new Set<number>()
  readonly #firstSureDay: () => number

  /**
   * Where others share the store, what is remembered of earlier days than today counts for nothing: their retention may have dropped
   * such a day with the labels that were stored on it. The day that it is now is never dropped.
   */
  constructor(index: SeriesIndex, isShared: boolean, nowMs: () => number) {
    this.#index = index
    this.#firstSureDay = isShared ? () => dayOf(nowMs()) : () => Number.NEGATIVE_INFINITY
  }

  has(ref: SeriesRef, day: number): boolean {
    if (day < this.#firstSureDay()) return false
    return this.#index.storedDayOf(ref) === day || this.#others.has(ref * DAYS + day)
  }

  add(ref: SeriesRef, day: number): void {
    const newest = this.#index.storedDayOf(ref)
    if (day > newest) {
      this.#index.setStoredDay(ref, day)
      return
    }
    if (this.#others.size >= REMEMBERED_DAYS) this.#others.clear()
    this.#others.add(ref * DAYS + day)
  }

  forget(ref: SeriesRef): void {
    this.#index.setStoredDay(ref, -1)
    if (this.#others.size > 0) this.#others.clear()
  }
}
