import { randomBytes } from 'node:crypto'
import type { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { PendingExtras, type PendingHistogram } from './extras.ts'
import { GroupCommit } from './group-commit.ts'
import { PendingRows } from './pending-rows.ts'
import type { StoredDays } from './stored-days.ts'
import { RowBatch, writeRows } from './write-rows.ts'

/** Scraped rows, for which nobody waits, are durable after this long at most. */
const LINGER_MS = 1000

export interface SampleWriterOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly storedDays: StoredDays
  readonly keepOf: (ref: SeriesRef) => number
  /** Bytes of rows that may wait for the engine. */
  readonly maxPendingBytes: number
  readonly onWriteFailure: (problem: Problem, attempt: number) => void
  readonly onBacklog: (full: boolean) => void
}

/** Everything between "accepted" and "durable": the buffer, its bound, and the commits that empty it. */
export class SampleWriter {
  readonly #options: SampleWriterOptions
  readonly #commit: GroupCommit<RowBatch>
  /** Tells the batches of this process from those of every other. */
  readonly #origin = randomBytes(8).toString('hex')
  #pending = new PendingRows()
  #extras = new PendingExtras()
  #batches = 0
  #isShedding = false
  /** Rows taken for storing, and rows that were not because the backlog was full. */
  appended = 0
  unstored = 0
  /** The times that the rows which were not stored lie between. */
  #unstoredFromMs = Number.POSITIVE_INFINITY
  #unstoredUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: SampleWriterOptions) {
    this.#options = options
    this.#commit = new GroupCommit<RowBatch>({
      isBuffered: () => this.#pending.length > 0 || !this.#extras.isEmpty,
      take: () => this.#take(),
      write: (batch) => this.#write(batch),
      lingerMs: LINGER_MS,
      onFailure: options.onWriteFailure,
    })
  }

  /** Where exemplars, histograms and metadata of the next commit go. */
  get extras(): PendingExtras {
    return this.#extras
  }

  /** The native histograms that are not durable yet, the ones being written first. */
  get waitingHistograms(): PendingHistogram[] {
    const writing = this.#commit.inFlight?.extras.histograms ?? []
    return [...writing, ...this.#extras.histograms]
  }

  /** The buffers of rows that are not durable yet, the one being written first. */
  get buffers(): PendingRows[] {
    const writing = this.#commit.inFlight?.rows
    return writing === undefined ? [this.#pending] : [writing, this.#pending]
  }

  get pendingRows(): number {
    return this.buffers.reduce((sum, rows) => sum + rows.length, 0)
  }

  /** The time of the oldest row that is not durable yet; +Infinity when all are. */
  get oldestMs(): number {
    return Math.min(...this.buffers.map((rows) => rows.oldestMs))
  }

  /** The same of those rows that were in the hot window when they came: it must not lose them yet. */
  get oldestHotMs(): number {
    return Math.min(...this.buffers.map((rows) => rows.oldestHotMs))
  }

  /** From when on the hot window may hold rows that the engine does not have; +Infinity when it has all. */
  get undurableFromMs(): number {
    return Math.min(this.oldestHotMs, this.#unstoredFromMs)
  }

  get isFull(): boolean {
    const writing = this.#commit.inFlight?.sizeBytes ?? 0
    return writing + this.#gatheredBytes() >= this.#options.maxPendingBytes
  }

  /** True from when the bound was passed until a batch was stored and there is room again. */
  get isShedding(): boolean {
    return this.#isShedding
  }

  /** The series that something here belongs to: their refs may not be given to others. */
  refsInUse(): Set<SeriesRef> {
    const refs = new Set<SeriesRef>()
    for (const rows of this.buffers) {
      for (let i = 0; i < rows.length; i++) refs.add(rows.refs[i] as number)
    }
    for (const extras of [this.#extras, this.#commit.inFlight?.extras]) {
      for (const { ref } of extras?.exemplars ?? []) refs.add(ref)
      for (const { ref } of extras?.histograms ?? []) refs.add(ref)
    }
    return refs
  }

  /** Takes a row. `isHot` tells that the hot window has it, too. */
  push(ref: SeriesRef, timestampMs: number, low: number, high: number, isHot: boolean): void {
    this.#pending.push(ref, timestampMs, low, high, isHot)
    this.appended++
    if ((this.#pending.length & 1023) === 0) this.noteGrowth()
  }

  /** A row that nobody sends again while the backlog is full: the hot window has it, the engine never will. */
  shed(timestampMs: number): void {
    this.unstored++
    if (timestampMs < this.#unstoredFromMs) this.#unstoredFromMs = timestampMs
    if (timestampMs > this.#unstoredUntilMs) this.#unstoredUntilMs = timestampMs
  }

  /** True when a row of this time may have been shed: that the hot window has it does not mean that it is stored. */
  mayHaveShed(timestampMs: number): boolean {
    return timestampMs >= this.#unstoredFromMs && timestampMs <= this.#unstoredUntilMs
  }

  /** To be called after something was added to `extras`. */
  noteGrowth(): void {
    if (this.#isShedding || !this.isFull) return
    this.#isShedding = true
    this.#options.onBacklog(true)
  }

  /** See `GroupCommit`. */
  noteRows(): void {
    this.#commit.noteRows()
  }

  barrier(timeoutMs: number): Promise<void> {
    return this.#commit.barrier(timeoutMs)
  }

  /** The same; `work` is given the rows that came after those that are durable now, and that are stored after it. */
  exclusively(timeoutMs: number, work: (later: PendingRows) => Promise<void>): Promise<void> {
    return this.#commit.exclusively(timeoutMs, () => work(this.#pending))
  }

  retryNow(): void {
    this.#commit.retryNow()
  }

  stop(timeoutMs: number): Promise<boolean> {
    return this.#commit.stop(timeoutMs)
  }

  #take(): RowBatch {
    const batch = new RowBatch(++this.#batches, this.#pending, this.#extras)
    this.#pending = new PendingRows()
    this.#extras = new PendingExtras()
    return batch
  }

  async #write(batch: RowBatch): Promise<void> {
    const { client, index, keepOf, storedDays } = this.#options
    await writeRows(batch, { client, index, keepOf, storedDays, origin: this.#origin })
    if (this.#isShedding && this.#gatheredBytes() < this.#options.maxPendingBytes) {
      this.#isShedding = false
      this.#options.onBacklog(false)
    }
  }

  #gatheredBytes(): number {
    return this.#pending.sizeBytes + this.#extras.sizeBytes
  }
}
