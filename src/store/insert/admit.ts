import type { Labels } from '../../model/labels.ts'
import type {
  AppendResult,
  RejectedSample,
  RejectReason,
  SampleBatch,
} from '../../model/samples.ts'
import { wordsOf } from '../../model/stale.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { HotWindow } from '../hot/hot-window.ts'
import { EARLIEST_MS, LATEST_MS, MAX_AHEAD_MS } from '../limits.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'

const SHOWN_REJECTIONS = 100
const ROWS_PER_LOOK = 64
/** Units of work for one row, and for one series that is new. */
const ROW_UNITS = 4
const SERIES_UNITS = 300
const UNRESOLVED = -2
const REFUSED = -1

/** Collects what became of the rows of one batch. */
export class Outcome implements AppendResult {
  accepted = 0
  rejectedCount = 0
  readonly rejected: RejectedSample[] = []
  readonly rejectedByReason = new Map<RejectReason, number>()

  /** The message is only made for the rows that are shown. */
  reject(series: Labels, timestampMs: number, reason: RejectReason, message: () => string): void {
    this.rejectedCount++
    this.rejectedByReason.set(reason, (this.rejectedByReason.get(reason) ?? 0) + 1)
    if (this.rejected.length < SHOWN_REJECTIONS)
      this.rejected.push({ series, timestampMs, reason, message: message() })
  }

  /** Adds what was refused to counts by reason. */
  countRejected(counts: Map<string, number>): void {
    for (const [reason, count] of this.rejectedByReason) {
      counts.set(reason, (counts.get(reason) ?? 0) + count)
    }
  }
}

/** Rows that only the engine can tell to be new: older than the hot window, of series with earlier samples. */
export interface OldRows {
  readonly refs: SeriesRef[]
  /** Row numbers in the batch. */
  readonly rows: number[]
}

export interface AdmissionState {
  readonly index: SeriesIndex
  readonly hot: HotWindow
  /** Puts a row into the buffer. */
  readonly store: (ref: SeriesRef, timestampMs: number, low: number, high: number) => void
  /** True where the hot window may have a sample of this time that the engine never gets, and the row must not share its fate. */
  readonly mustStoreAgain: (timestampMs: number) => boolean
  /** The hot window holds every sample from here on. */
  readonly coverStartMs: () => number
  /** How long samples are kept. */
  readonly keepMsOf: (ref: SeriesRef) => number
  /** The same for a series that is not known yet. */
  readonly keepMsOfNew: (labels: Labels) => number
  /** Samples before this are gone, whatever their retention. */
  readonly droppedUntilMs: () => number
  readonly nowMs: () => number
  /** How many series there are in the eyes of `maxSeries`. */
  readonly countedSeries: () => number
  readonly maxSeries: number
  readonly onNewSeries: (ref: SeriesRef) => void
  /** Others write into the same store: what it holds of a series is never known here. */
  readonly isShared: boolean
}

/**
 * Decides, row by row, what is new: of two samples of a series with one timestamp the first wins, and a sample that comes again
 * with the same value is taken as stored (a sender that repeats a push must not be refused). Decided from memory wherever
 * possible; the rows that need the engine are returned.
 */
export class Admission {
  readonly #state: AdmissionState
  /**
   * By ref: no sample after this time was ever stored. -Infinity for a series that began in this process, +Infinity where
   * nothing is known since the series was read back from the store.
   */
  #knownUntilMs = new Float64Array(1024).fill(Number.POSITIVE_INFINITY)

  /** Of the batches that are admitted in slices now. */
  readonly #underWay = new Set<OldRows>()

  constructor(state: AdmissionState) {
    this.#state = state
  }

  /** Admits a batch in one go. */
  admit(batch: SampleBatch, outcome: Outcome): OldRows | undefined {
    const run = this.#begin(batch, outcome)
    this.#admitRows(run, 0, batch.values.length)
    return run.old.rows.length > 0 ? run.old : undefined
  }

  /**
   * The same in slices, for a batch that others cannot wait for. Rows that need the engine are given to `ask` before anything else
   * can run.
   */
  async admitInSlices(
    batch: SampleBatch,
    outcome: Outcome,
    ask: (old: OldRows) => void,
  ): Promise<void> {
    const { index } = this.#state
    const slices = new Slices()
    const run = this.#begin(batch, outcome)
    const count = batch.values.length
    this.#underWay.add(run.old)
    try {
      for (let from = 0; from < count; from += ROWS_PER_LOOK) {
        const to = Math.min(count, from + ROWS_PER_LOOK)
        const known = index.size
        this.#admitRows(run, from, to)
        const units = (to - from) * ROW_UNITS + (index.size - known) * SERIES_UNITS
        if (to === count || !slices.spend(units)) continue
        await slices.rest()
        // Meanwhile a series may have been forgotten, and its ref given to another.
        run.refs.fill(UNRESOLVED)
        run.bounds = this.#bounds()
        run.coverStartMs = this.#state.coverStartMs()
      }
      if (run.old.rows.length > 0) ask(run.old)
    } finally {
      this.#underWay.delete(run.old)
    }
  }

  /** Adds the series that are new, in slices, for a batch that will be offered in one go. */
  async meet(series: readonly Labels[], timestampMs: number): Promise<void> {
    const { index } = this.#state
    const slices = new Slices()
    for (const labels of series) {
      const known = index.size
      this.#resolve(labels, timestampMs, this.#bounds())
      if (slices.spend(ROW_UNITS + (index.size - known) * SERIES_UNITS)) await slices.rest()
    }
  }

  /** The series with rows that wait here: their refs may not be given to others. */
  addRefsInUse(refs: Set<SeriesRef>): void {
    for (const old of this.#underWay) for (const ref of old.refs) refs.add(ref)
  }

  #begin(batch: SampleBatch, outcome: Outcome): AdmissionRun {
    return {
      batch,
      outcome,
      words: wordsOf(batch.values),
      old: { refs: [], rows: [] },
      refs: new Int32Array(batch.series.length).fill(UNRESOLVED),
      bounds: this.#bounds(),
      coverStartMs: this.#state.coverStartMs(),
    }
  }

  /** Admits the rows from `from` to `to` (exclusive). */
  #admitRows(run: AdmissionRun, from: number, to: number): void {
    const { hot } = this.#state
    const { batch, words, old, refs, bounds, coverStartMs, outcome } = run
    const { seriesIndex, timestampsMs } = batch
    for (let row = from; row < to; row++) {
      const at = seriesIndex[row] as number
      const time = timestampsMs[row] as number
      let ref = refs[at] as number
      if (ref < 0) {
        ref = ref === REFUSED ? REFUSED : this.#resolve(batch.series[at] as Labels, time, bounds)
        refs[at] = ref
      }
      if (ref < 0 || !this.#isWithin(time, this.#state.keepMsOf(ref), bounds)) {
        this.#refuse(batch.series[at] as Labels, ref, time, bounds, outcome)
        continue
      }
      const low = words[row * 2] as number
      const high = words[row * 2 + 1] as number
      if (time >= coverStartMs) {
        const result = hot.add(ref, time, low, high)
        if (result === 'added') {
          this.#state.store(ref, time, low, high)
          this.#noteStored(ref, time)
        } else if (result === 'conflict') {
          rejectDuplicate(batch.series[at] as Labels, time, outcome)
          continue
        } else if (this.#state.mustStoreAgain(time)) {
          this.#state.store(ref, time, low, high)
        }
        outcome.accepted++
      } else if (time > (this.#knownUntilMs[ref] as number)) {
        this.#state.store(ref, time, low, high)
        this.#noteStored(ref, time)
        outcome.accepted++
      } else {
        old.refs.push(ref)
        old.rows.push(row)
      }
    }
  }

  /** The ref of the series of one thing that is not a float sample; negative, and told in the outcome, when it is refused. */
  admitOther(labels: Labels, timestampMs: number, outcome: Outcome): number {
    const bounds = this.#bounds()
    const ref = this.#resolve(labels, timestampMs, bounds)
    if (ref >= 0 && this.#isWithin(timestampMs, this.#state.keepMsOf(ref), bounds)) return ref
    this.#refuse(labels, ref, timestampMs, bounds, outcome)
    return REFUSED
  }

  /** True when something of a known series at this time may be stored. */
  isWithinBounds(ref: SeriesRef, timestampMs: number): boolean {
    return this.#isWithin(timestampMs, this.#state.keepMsOf(ref), this.#bounds())
  }

  /** Adds one row that the engine said is new. */
  admitOld(ref: SeriesRef, time: number, low: number, high: number): void {
    this.#state.store(ref, time, low, high)
    this.#state.index.touch(ref, time)
  }

  /** A series that was read back from the store: what it holds is not known here. */
  noteRestored(ref: SeriesRef): void {
    this.#reserve(ref)
    this.#knownUntilMs[ref] = Number.POSITIVE_INFINITY
  }

  #noteStored(ref: SeriesRef, time: number): void {
    if (time > (this.#knownUntilMs[ref] as number)) this.#knownUntilMs[ref] = time
    this.#state.index.touch(ref, time)
  }

  #bounds(): TimeBounds {
    const nowMs = this.#state.nowMs()
    const latestMs = Math.min(nowMs + MAX_AHEAD_MS, LATEST_MS)
    return { nowMs, latestMs, earliestMs: Math.max(EARLIEST_MS, this.#state.droppedUntilMs()) }
  }

  #isWithin(time: number, keepMs: number, { nowMs, earliestMs, latestMs }: TimeBounds): boolean {
    return time >= earliestMs && time <= latestMs && time >= nowMs - keepMs
  }

  /**
   * The ref of a series, which is added when it is new, the limit allows it and its first sample can be stored: what is refused
   * anyway must not take the place of a series.
   */
  #resolve(labels: Labels, firstTime: number, bounds: TimeBounds): number {
    const { index } = this.#state
    const known = index.find(labels)
    if (known >= 0) return known
    if (!this.#isWithin(firstTime, this.#state.keepMsOfNew(labels), bounds)) return UNRESOLVED
    if (this.#state.countedSeries() >= this.#state.maxSeries) return REFUSED
    const ref = index.add(labels)
    this.#reserve(ref)
    this.#knownUntilMs[ref] = this.#state.isShared
      ? Number.POSITIVE_INFINITY
      : Number.NEGATIVE_INFINITY
    this.#state.onNewSeries(ref)
    return ref
  }

  #refuse(labels: Labels, ref: number, time: number, bounds: TimeBounds, outcome: Outcome): void {
    if (ref === REFUSED) {
      outcome.reject(labels, time, 'series_limit', () => {
        return `the limit of ${this.#state.maxSeries} series is reached (storage.max-series): new series are refused`
      })
      return
    }
    outcome.reject(labels, time, 'out_of_bounds', () => {
      const reason = time > bounds.latestMs ? 'too far in the future' : 'older than the retention'
      return `timestamp ${time} is out of bounds: ${reason}`
    })
  }

  #reserve(ref: SeriesRef): void {
    if (ref < this.#knownUntilMs.length) return
    let size = this.#knownUntilMs.length * 2
    while (size <= ref) size *= 2
    const grown = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
    grown.set(this.#knownUntilMs)
    this.#knownUntilMs = grown
  }
}

/** A batch that is being admitted. */
interface AdmissionRun {
  readonly batch: SampleBatch
  readonly outcome: Outcome
  /** Of the batch's values. */
  readonly words: Uint32Array
  readonly old: OldRows
  /** By place in the batch's table of series, as far as they are known in this turn. */
  readonly refs: Int32Array
  bounds: TimeBounds
  coverStartMs: number
}

/** What times can be stored now, besides the retention of each series. */
interface TimeBounds {
  readonly nowMs: number
  readonly earliestMs: number
  readonly latestMs: number
}

/** Words of Prometheus (storage.ErrDuplicateSampleForTimestamp). */
export function rejectDuplicate(labels: Labels, time: number, outcome: Outcome): void {
  outcome.reject(labels, time, 'duplicate_timestamp', () => 'duplicate sample for timestamp')
}
