import type { Labels } from '../model/labels.ts'
import type { LineAppendResult, LineSink, LogBatch } from '../model/lines.ts'
import { Problem } from '../model/problem.ts'
import type { StoreClient } from './client.ts'
import { admitLines } from './insert/admit-lines.ts'
import { LineSequences } from './insert/line-sequences.ts'
import { LineWriter } from './insert/line-writer.ts'
import { StoredDays } from './insert/stored-days.ts'
import { deleteLines, type LineDeletion } from './delete-lines.ts'
import type { LinesToDelete } from './lines-to-delete.ts'
import { ENDED_AFTER_MS, type Retention } from './limits.ts'
import type {
  LineBounds,
  LineSelection,
  LinesSource,
  LineStats,
  LineVolume,
  StreamQuery,
  Tally,
  TallyRequest,
  VolumeRequest,
} from './lines-source.ts'
import { loadSeries } from './load.ts'
import type { Limited, NameQuery } from './metrics-source.ts'
import type { StoreEvents } from './metrics-store-options.ts'
import { migrate } from './migrate.ts'
import { dropExpired, LINE_TABLES, type Dropped } from './retention.ts'
import { readLineStats, readLineVolume } from './select/line-figures.ts'
import { findLabelNames, findLabelValues, findSeries } from './select/names.ts'
import { readLines } from './select/read-lines.ts'
import { decimalId } from './select/read-samples.ts'
import { tallyLines } from './select/tally-lines.ts'
import { RetentionClasses } from './series/retention-classes.ts'
import { SeriesIndex, type SeriesRef } from './series/series-index.ts'
import { PartsFollower } from './shared/parts-follower.ts'

const COUNT_INTERVAL_MS = 60_000
const RECOUNT_MS = 1000
const NS_PER_MS = 1_000_000n

export interface LinesStoreOptions {
  readonly client: StoreClient
  readonly retention: Retention
  /** Streams that are active at once: those with a line in the last hour. Asked for every stream that is new. */
  readonly maxStreams?: () => number
  /** Streams known at once, those that ended included. */
  readonly maxKnownStreams?: number
  readonly maxPendingBytes?: number
  readonly commitTimeoutMs?: number
  readonly nowMs?: () => number
  /** False while the engine is known to be away: pushes are then refused at once, to be retried. */
  readonly isEngineReady?: () => boolean
  /** Why pushes are refused although the engine is there; undefined while they are taken. */
  readonly refusal?: () => string | undefined
  readonly events?: StoreEvents
}

export interface LinesStoreStats {
  readonly streams: number
  readonly activeStreams: number
  readonly pendingLines: number
  readonly pendingBytes: number
  readonly appendedLines: number
  readonly appendedBytes: number
}

/**
 * What is told of every batch that became durable, and of which rows: live tails read along. Who wants the lines later copies them: when
 * the listeners returned, the memory of the batch's bytes becomes another's.
 */
export type LineListener = (batch: LogBatch, rows: Uint32Array) => void

const DEFAULTS = {
  maxStreams: () => 100_000,
  maxKnownStreams: 200_000,
  maxPendingBytes: 64 * 1024 * 1024,
  commitTimeoutMs: 30_000,
}

/** The log lines of one tenant: takes them durably and answers selections from the engine. */
export class LinesStore implements LineSink, LinesSource {
  readonly #options: LinesStoreOptions & typeof DEFAULTS
  readonly #client: StoreClient
  readonly #nowMs: () => number
  readonly #index: SeriesIndex
  readonly #storedDays: StoredDays
  readonly #follower: PartsFollower
  readonly #classes: RetentionClasses
  readonly #sequences = new LineSequences()
  readonly #writer: LineWriter
  readonly #listeners = new Set<LineListener>()
  #retention: Retention
  #ended = 0
  #countedAtMs = 0
  readonly #timer: NodeJS.Timeout

  private constructor(options: LinesStoreOptions) {
    this.#options = { ...DEFAULTS, ...options }
    this.#client = options.client
    this.#nowMs = options.nowMs ?? Date.now
    this.#index = new SeriesIndex(options.client)
    this.#storedDays = new StoredDays(this.#index, options.client.isShared, this.#nowMs)
    this.#follower = new PartsFollower({
      client: options.client,
      table: 'stream_days',
      read: (where) => this.#load(where),
    })
    this.#retention = options.retention
    this.#classes = new RetentionClasses(options.retention)
    this.#writer = new LineWriter({
      client: options.client,
      index: this.#index,
      storedDays: this.#storedDays,
      keepOf: (ref) => this.#classes.keepSecondsOf(ref),
      maxPendingBytes: this.#options.maxPendingBytes,
      onWriteFailure: (problem, attempt) => options.events?.onWriteFailure?.(problem, attempt),
      onBacklog: (full) => options.events?.onBacklog?.(full),
    })
    this.#timer = setInterval(() => this.#countEnded(), COUNT_INTERVAL_MS).unref()
  }

  /** Brings the schema up to date and reads the streams back. */
  static async open(options: LinesStoreOptions): Promise<LinesStore> {
    await migrate(options.client)
    const store = new LinesStore(options)
    try {
      await store.#restore()
      store.#follower.start()
    } catch (thrown) {
      clearInterval(store.#timer)
      throw thrown
    }
    return store
  }

  /** See `LineSink`. Also rejects, with the lines to be stored none the less, when the commit takes longer than it may. */
  async append(batch: LogBatch): Promise<LineAppendResult> {
    const refusal = this.#options.refusal?.()
    if (refusal !== undefined) throw new Problem('unavailable', refusal)
    if (this.#options.isEngineReady?.() === false) {
      throw new Problem(
        'unavailable',
        'the store cannot take log lines now: nothing of this request was taken, try again',
      )
    }
    if (this.#writer.isFull) {
      throw new Problem(
        'unavailable',
        `the backlog of log lines waiting for the store is full (storage.max-pending-bytes = ${this.#options.maxPendingBytes}): nothing of this request was taken, try again`,
      )
    }
    const { taken, refusedStreams, refusedLines, outOfBounds } = admitLines(batch, {
      index: this.#index,
      hasRoom: () => this.#hasRoom(),
      sequences: this.#sequences,
      onNewStream: (ref) => this.#classes.assign(ref, this.#index.labelsOf(ref)),
    })
    if (taken.rows.length > 0) {
      this.#writer.push(taken)
      await this.#writer.barrier(this.#options.commitTimeoutMs)
      for (const listener of this.#listeners) listener(batch, taken.rows)
    }
    return { accepted: taken.rows.length, refusedStreams, refusedLines, outOfBounds }
  }

  /** Calls `listener` with each batch that became durable, until the returned function is called. */
  onDurable(listener: LineListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  lines(selection: LineSelection, bounds: LineBounds): AsyncIterable<LogBatch> {
    return readLines({ client: this.#client, index: this.#index }, selection, bounds)
  }

  tally(request: TallyRequest, bounds: LineBounds): Promise<Tally | undefined> {
    return tallyLines({ client: this.#client, index: this.#index }, request, bounds)
  }

  streams(query: StreamQuery): Limited<Labels> {
    return findSeries(this.#index, toNameQuery(query), Number.POSITIVE_INFINITY)
  }

  labelNames(query: StreamQuery): Limited<string> {
    return findLabelNames(this.#index, toNameQuery(query))
  }

  labelValues(name: string, query: StreamQuery): Limited<string> {
    return findLabelValues(this.#index, name, toNameQuery(query))
  }

  stats(selection: Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>): Promise<LineStats> {
    return readLineStats(this.#client, this.#index, selection)
  }

  volume(request: VolumeRequest): Promise<readonly LineVolume[]> {
    return readLineVolume(this.#client, this.#index, request)
  }

  /** Applies retention by time and by size; partitions that expired are dropped, and the streams that only they held. */
  async applyRetention(): Promise<Dropped> {
    let droppedUntilMs = Number.NEGATIVE_INFINITY
    const dropped = await dropExpired(
      this.#client,
      this.#retention,
      this.#nowMs(),
      (untilMs) => (droppedUntilMs = untilMs),
      LINE_TABLES,
    )
    this.forgetBefore(droppedUntilMs)
    return dropped
  }

  /** Forgets streams of which nothing is kept: everything before `untilMs` is dropped. */
  forgetBefore(untilMs: number): void {
    const nowMs = this.#nowMs()
    this.#forget(
      this.#index.all().filter((ref) => {
        const endedMs = Math.max(nowMs - this.#classes.timeMsOf(ref), untilMs)
        return this.#index.lastMsOf(ref) < endedMs
      }),
    )
  }

  /** See `deleteLines` of delete-lines.ts. */
  deleteLines(wanted: LinesToDelete): Promise<number> {
    const { commitTimeoutMs } = this.#options
    const deletion: LineDeletion = {
      client: this.#client,
      index: this.#index,
      barrier: () => this.#writer.barrier(commitTimeoutMs),
      exclusively: (work) => this.#writer.exclusively(commitTimeoutMs, work),
      forget: (refs) => this.#forget(refs),
    }
    return deleteLines(deletion, wanted)
  }

  /** Forgets streams that no line waits to be stored of; returns the ids of those. */
  #forget(refs: readonly SeriesRef[]): readonly string[] {
    const inUse = new Set<SeriesRef>()
    this.#writer.addRefsInUse(inUse)
    const gone = refs.filter((ref) => !inUse.has(ref))
    const ids = gone.map((ref) => decimalId(this.#index, ref))
    for (const ref of gone) this.#storedDays.forget(ref)
    this.#index.remove(gone)
    this.#countEnded()
    return ids
  }

  /** Takes another retention into force for lines to come and for what is kept. */
  setRetention(retention: Retention): void {
    this.#retention = retention
    for (const ref of this.#classes.replace(retention, this.#index)) this.#storedDays.forget(ref)
  }

  /** The engine is back: repeat what failed without waiting. */
  engineReturned(): void {
    this.#writer.retryNow()
  }

  figures(): LinesStoreStats {
    return {
      streams: this.#index.size,
      activeStreams: this.#index.size - this.#ended,
      pendingLines: this.#writer.pendingRows,
      pendingBytes: this.#writer.pendingBytes,
      appendedLines: this.#writer.appended,
      appendedBytes: this.#writer.appendedBytes,
    }
  }

  /** Stores what is left, for at most `timeoutMs`; resolves to whether everything is durable. */
  async stop(timeoutMs: number): Promise<boolean> {
    clearInterval(this.#timer)
    await this.#follower.stop()
    return this.#writer.stop(timeoutMs)
  }

  #hasRoom(): boolean {
    const { size } = this.#index
    if (size >= this.#options.maxKnownStreams) return false
    const most = this.#options.maxStreams()
    if (size - this.#ended < most) return true
    // The count may be a minute old; but a flood of streams must not have it made for each of them.
    if (performance.now() - this.#countedAtMs > RECOUNT_MS) this.#countEnded()
    return size - this.#ended < most
  }

  #countEnded(): void {
    this.#countedAtMs = performance.now()
    this.#ended = this.#index.countEnded(this.#nowMs() - ENDED_AFTER_MS)
  }

  /** Reads now what others have written, of a store that is shared. Otherwise that happens once a second. */
  follow(): Promise<void> {
    return this.#follower.follow()
  }

  async #restore(): Promise<void> {
    await this.#follower.begin()
    await this.#load('1')
    this.#countEnded()
  }

  #load(where: string): Promise<void> {
    return loadSeries(
      this.#client,
      (labels, low, high, firstMs, lastMs, last) => {
        const ref = this.#index.restore(labels, low, high, firstMs, lastMs)
        if (ref < 0) return
        this.#classes.assign(ref, this.#index.labelsOf(ref))
        if (this.#classes.keepSecondsOf(ref) === last.keepSeconds) {
          this.#index.setStoredDay(ref, Math.max(last.day, this.#index.storedDayOf(ref)))
        }
      },
      'stream_days',
      where,
    )
  }
}

function toNameQuery({ selectors, startNs, endNs, limit }: StreamQuery): NameQuery {
  return {
    selectors,
    startMs: Number(startNs / NS_PER_MS),
    endMs: Number(endNs / NS_PER_MS),
    limit,
  }
}
