import { randomBytes } from 'node:crypto'
import type { Problem } from '../../model/problem.ts'
import type { SeriesRef } from '../series/series-index.ts'
import { GroupCommit } from './group-commit.ts'
import { PendingLines, type TakenLines } from './pending-lines.ts'
import { LineRowBatch, writeLines, type LineContext } from './write-lines.ts'

const LINGER_MS = 1000

export interface LineWriterOptions extends Omit<LineContext, 'origin'> {
  /** Bytes of lines that may wait for the engine. */
  readonly maxPendingBytes: number
  readonly onWriteFailure: (problem: Problem, attempt: number) => void
  readonly onBacklog: (full: boolean) => void
}

/** Everything of a log line between "accepted" and "durable": the buffer, its bound, and the commits that empty it. */
export class LineWriter {
  readonly #options: LineWriterOptions
  readonly #commit: GroupCommit<LineRowBatch>
  readonly #origin = randomBytes(8).toString('hex')
  #pending = new PendingLines()
  #batches = 0
  #wasFull = false
  /** Lines and bytes taken for storing. */
  appended = 0
  appendedBytes = 0

  constructor(options: LineWriterOptions) {
    this.#options = options
    this.#commit = new GroupCommit<LineRowBatch>({
      isBuffered: () => this.#pending.rows > 0,
      take: () => this.#take(),
      write: (batch) => this.#write(batch),
      lingerMs: LINGER_MS,
      onFailure: options.onWriteFailure,
    })
  }

  get pendingRows(): number {
    return this.#pending.rows + (this.#commit.inFlight?.lines.rows ?? 0)
  }

  get pendingBytes(): number {
    return this.#pending.sizeBytes + (this.#commit.inFlight?.sizeBytes ?? 0)
  }

  get isFull(): boolean {
    return this.pendingBytes >= this.#options.maxPendingBytes
  }

  /** The streams that something here belongs to: their refs may not be given to others. */
  addRefsInUse(refs: Set<SeriesRef>): void {
    this.#pending.addRefsInUse(refs)
    this.#commit.inFlight?.lines.addRefsInUse(refs)
  }

  push(taken: TakenLines): void {
    this.#pending.push(taken)
    this.appended += taken.rows.length
    this.appendedBytes += taken.batch.bytes.length
    if (this.#wasFull || !this.isFull) return
    this.#wasFull = true
    this.#options.onBacklog(true)
  }

  /** See `GroupCommit`. */
  barrier(timeoutMs: number): Promise<void> {
    return this.#commit.barrier(timeoutMs)
  }

  exclusively(timeoutMs: number, work: () => Promise<void>): Promise<void> {
    return this.#commit.exclusively(timeoutMs, work)
  }

  retryNow(): void {
    this.#commit.retryNow()
  }

  stop(timeoutMs: number): Promise<boolean> {
    return this.#commit.stop(timeoutMs)
  }

  #take(): LineRowBatch {
    const batch = new LineRowBatch(++this.#batches, this.#pending)
    this.#pending = new PendingLines()
    return batch
  }

  async #write(batch: LineRowBatch): Promise<void> {
    await writeLines(batch, { ...this.#options, origin: this.#origin })
    if (!this.#wasFull || this.#pending.sizeBytes >= this.#options.maxPendingBytes) return
    this.#wasFull = false
    this.#options.onBacklog(false)
  }
}
