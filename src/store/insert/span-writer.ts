import { randomBytes } from 'node:crypto'
import type { Problem } from '../../model/problem.ts'
import type { SeriesRef } from '../series/series-index.ts'
import { GroupCommit } from './group-commit.ts'
import { PendingSpans, type TakenSpans } from './pending-spans.ts'
import { SpanRowBatch, writeSpans, type SpanContext } from './write-spans.ts'

const LINGER_MS = 1000

export interface SpanWriterOptions extends Omit<SpanContext, 'origin'> {
  /** Bytes of spans that may wait for the engine. */
  readonly maxPendingBytes: number
  readonly onWriteFailure: (problem: Problem, attempt: number) => void
  readonly onBacklog: (full: boolean) => void
  /** Before and after spans of these times are written: numbers of `SPAN_BUCKET_NS` since 1970. */
  readonly onWrite: (buckets: ReadonlySet<number>) => void
}

/** Everything of a span between "accepted" and "durable": the buffer, its bound, and the commits that empty it. */
export class SpanWriter {
  readonly #options: SpanWriterOptions
  readonly #commit: GroupCommit<SpanRowBatch>
  readonly #origin = randomBytes(8).toString('hex')
  #pending = new PendingSpans()
  #batches = 0
  #wasFull = false
  /** Spans taken for storing. */
  appended = 0

  constructor(options: SpanWriterOptions) {
    this.#options = options
    this.#commit = new GroupCommit<SpanRowBatch>({
      isBuffered: () => this.#pending.rows > 0,
      take: () => this.#take(),
      write: (batch) => this.#write(batch),
      lingerMs: LINGER_MS,
      onFailure: options.onWriteFailure,
    })
  }

  get pendingRows(): number {
    return this.#pending.rows + (this.#commit.inFlight?.spans.rows ?? 0)
  }

  get pendingBytes(): number {
    return this.#pending.sizeBytes + (this.#commit.inFlight?.sizeBytes ?? 0)
  }

  get isFull(): boolean {
    return this.pendingBytes >= this.#options.maxPendingBytes
  }

  /** The resources that something here belongs to: their refs may not be given to others. */
  addRefsInUse(refs: Set<SeriesRef>): void {
    this.#pending.addRefsInUse(refs)
    this.#commit.inFlight?.spans.addRefsInUse(refs)
  }

  push(taken: TakenSpans): void {
    this.#pending.push(taken)
    this.appended += taken.rows.length
    if (this.#wasFull || !this.isFull) return
    this.#wasFull = true
    this.#options.onBacklog(true)
  }

  /** See `GroupCommit`. */
  barrier(timeoutMs: number): Promise<void> {
    return this.#commit.barrier(timeoutMs)
  }

  retryNow(): void {
    this.#commit.retryNow()
  }

  stop(timeoutMs: number): Promise<boolean> {
    return this.#commit.stop(timeoutMs)
  }

  #take(): SpanRowBatch {
    const batch = new SpanRowBatch(++this.#batches, this.#pending)
    this.#pending = new PendingSpans()
    return batch
  }

  async #write(batch: SpanRowBatch): Promise<void> {
    const buckets = batch.buckets()
    this.#options.onWrite(buckets)
    try {
      await writeSpans(batch, { ...this.#options, origin: this.#origin })
    } finally {
      this.#options.onWrite(buckets)
    }
    if (!this.#wasFull || this.#pending.sizeBytes >= this.#options.maxPendingBytes) return
    this.#wasFull = false
    this.#options.onBacklog(false)
  }
}
