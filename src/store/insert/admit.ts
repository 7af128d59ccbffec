import type { Labels } from '../../model/labels.ts'
import type {
  AppendResult,
  RejectedSample,
  RejectReason,
  SampleBatch,
} from '../../model/samples.ts'
import { wordsOf } from '../../model/stale.ts'
import type { HotWindow } from '../hot/hot-window.ts'
import { EARLIEST_MS, LATEST_MS, MAX_AHEAD_MS } from '../limits.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'

const SHOWN_REJECTIONS = 100
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
  /** Puts a row that is new into the buffer. */
  readonly store: (ref: SeriesRef, timestampMs: number, low: number, high: number) => void
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

  constructor(state: AdmissionState) {
    this.#state = state
  }

  admit(batch: SampleBatch, outcome: Outcome): OldRows | undefined {
    const { hot } = this.#state
    const coverStartMs = this.#state.coverStartMs()
    const bounds = this.#bounds()
    const refs = new Int32Array(batch.series.length).fill(UNRESOLVED)
    const { seriesIndex, timestampsMs } = batch
    const words = wordsOf(batch.values)
    let old: OldRows | undefined
    for (let row = 0; row < timestampsMs.length; row++) {
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
        }
        outcome.accepted++
      } else if (time > (this.#knownUntilMs[ref] as number)) {
        this.#state.store(ref, time, low, high)
        this.#noteStored(ref, time)
        outcome.accepted++
      } else {
        old ??= { refs: [], rows: [] }
        old.refs.push(ref)
        old.rows.push(row)
      }
    }
    return old
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
    this.#knownUntilMs[ref] = Number.NEGATIVE_INFINITY
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
