import { randomBytes } from 'node:crypto'
import type { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { PendingExtras } from './extras.ts'
import { GroupCommit } from './group-commit.ts'
import { PendingRows } from './pending-rows.ts'
import { RowBatch, writeRows, type StoredDays } from './write-rows.ts'

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
  #isFull = false
  /** Rows taken for storing, and rows that were not because the backlog was full. */
  appended = 0
  unstored = 0

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

  get isFull(): boolean {
    return this.#sizeBytes() >= this.#options.maxPendingBytes
  }

  holds(ref: SeriesRef): boolean {
    return this.buffers.some((rows) => rows.holds(ref))
  }

  /** Takes a row. While the backlog is full it is only counted: the hot window has it, the engine never will. */
  push(ref: SeriesRef, timestampMs: number, low: number, high: number): void {
    if (this.#isFull) {
      this.unstored++
      return
    }
    this.#pending.push(ref, timestampMs, low, high)
    this.appended++
    if ((this.#pending.length & 1023) === 0 && this.isFull) {
      this.#isFull = true
      this.#options.onBacklog(true)
    }
  }

  /** See `GroupCommit`. */
  noteRows(): void {
    this.#commit.noteRows()
  }

  barrier(timeoutMs: number): Promise<void> {
    return this.#commit.barrier(timeoutMs)
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
    if (this.#isFull && this.#pending.sizeBytes < this.#options.maxPendingBytes) {
      this.#isFull = false
      this.#options.onBacklog(false)
    }
  }

  #sizeBytes(): number {
    return this.buffers.reduce((sum, rows) => sum + rows.sizeBytes, 0)
  }
}
