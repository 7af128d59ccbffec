import type { Labels } from '../model/labels.ts'
import { Problem } from '../model/problem.ts'
import type { SpanAppendResult, SpanBatch, SpanSink } from '../model/spans.ts'
import type { StoreClient } from './client.ts'
import { admitSpans } from './insert/admit-spans.ts'
import { SpanWriter } from './insert/span-writer.ts'
import { StoredDays } from './insert/stored-days.ts'
import { TraceSizes } from './insert/trace-sizes.ts'
import type { Retention } from './limits.ts'
import { loadSeries } from './load.ts'
import type { StoreEvents } from './metrics-store-options.ts'
import { migrate } from './migrate.ts'
import { dropExpired, SPAN_TABLES, type Dropped } from './retention.ts'
import { CleanTimes, readBuckets } from './select/clean-times.ts'
import { findTraces } from './select/find-traces.ts'
import { readAttributeNames, readTraces, readValues } from './select/read-spans.ts'
import { tallySpans } from './select/tally-spans.ts'
import { RetentionClasses } from './series/retention-classes.ts'
import { SeriesIndex, type SeriesRef } from './series/series-index.ts'
import { PartsFollowers } from './shared/parts-follower.ts'
import type { SpanTally, SpanTallyRequest } from './span-tally.ts'
import type {
  ReadSpansOptions,
  SpanCondition,
  SpanRange,
  SpanRows,
  SpansSource,
} from './spans-source.ts'

const NS_PER_MS = 1_000_000n

export interface SpansStoreOptions {
  readonly client: StoreClient
  readonly retention: Retention
  /** Resources known at once. */
  readonly maxResources?: number
  /** Of a trace while it is being sent; those beyond are left out. */
  readonly maxSpansPerTrace?: number
  readonly maxPendingBytes?: number
  readonly commitTimeoutMs?: number
  readonly nowMs?: () => number
  /** False while the engine is known to be away: spans are then refused at once, to be sent again. */
  readonly isEngineReady?: () => boolean
  /** Why pushes are refused although the engine is there; undefined while they are taken. */
  readonly refusal?: () => string | undefined
  readonly events?: StoreEvents
}

const DEFAULTS = {
  maxResources: 100_000,
  maxSpansPerTrace: 200_000,
  maxPendingBytes: 64 * 1024 * 1024,
  commitTimeoutMs: 30_000,
}

/** The spans of one tenant: takes them durably and answers selections from the engine. */
export class SpansStore implements SpanSink, SpansSource {
  readonly #options: SpansStoreOptions & typeof DEFAULTS
  readonly #client: StoreClient
  readonly #nowMs: () => number
  readonly #index: SeriesIndex
  readonly #storedDays: StoredDays
  readonly #followers: PartsFollowers
  readonly #clean = new CleanTimes()
  readonly #traces: TraceSizes
  readonly #classes: RetentionClasses
  readonly #writer: SpanWriter
  #retention: Retention

  private constructor(options: SpansStoreOptions) {
    this.#options = { ...DEFAULTS, ...options }
    this.#client = options.client
    this.#nowMs = options.nowMs ?? Date.now
    this.#index = new SeriesIndex(options.client)
    this.#storedDays = new StoredDays(this.#index, options.client.isShared, this.#nowMs)
    const { client } = options
    this.#followers = new PartsFollowers([
      { client, table: 'resource_days', read: (where) => this.#load(where) },
      {
        client,
        table: 'spans',
        read: async (where) => this.#clean.noteWrite(await readBuckets(client, where)),
      },
    ])
    this.#retention = options.retention
    this.#traces = new TraceSizes(this.#options.maxSpansPerTrace)
    this.#classes = new RetentionClasses(options.retention)
    this.#writer = new SpanWriter({
      client: options.client,
      index: this.#index,
      storedDays: this.#storedDays,
      onWrite: (buckets) => this.#clean.noteWrite(buckets),
      keepOf: (ref) => this.#classes.keepSecondsOf(ref),
      maxPendingBytes: this.#options.maxPendingBytes,
      onWriteFailure: (problem, attempt) => options.events?.onWriteFailure?.(problem, attempt),
      onBacklog: (full) => options.events?.onBacklog?.(full),
    })
  }

  /** Brings the schema up to date and reads the resources back. */
  static async open(options: SpansStoreOptions): Promise<SpansStore> {
    await migrate(options.client)
    const store = new SpansStore(options)
    await store.#restore()
    store.#followers.start()
    return store
  }

  /** See `SpanSink`. Also rejects, with the spans to be stored none the less, when the commit takes longer than it may. */
  async append(batch: SpanBatch): Promise<SpanAppendResult> {
    const refusal = this.#options.refusal?.()
    if (refusal !== undefined) throw new Problem('unavailable', refusal)
    if (this.#options.isEngineReady?.() === false) {
      throw new Problem(
        'unavailable',
        'the store cannot take spans now: nothing of this request was taken, try again',
      )
    }
    if (this.#writer.isFull) {
      throw new Problem(
        'unavailable',
        `the backlog of spans waiting for the store is full (storage.max-pending-bytes = ${this.#options.maxPendingBytes}): nothing of this request was taken, try again`,
      )
    }
    const { taken, refused, outOfBounds, tooLarge } = admitSpans(batch, {
      index: this.#index,
      traces: this.#traces,
      nowMs: this.#nowMs(),
      hasRoom: () => this.#index.size < this.#options.maxResources,
      onNewResource: (ref) => this.#classes.assign(ref, this.#index.labelsOf(ref)),
    })
    if (taken.rows.length > 0) {
      this.#writer.push(taken)
      await this.#writer.barrier(this.#options.commitTimeoutMs)
    }
    const isWhole = taken.rows.length === batch.startsNs.length
    const counts = {
      ...{ accepted: taken.rows.length, refused, outOfBounds },
      ...(tooLarge > 0 ? { tooLarge } : {}),
    }
    return isWhole ? counts : { ...counts, rows: taken.rows }
  }

  findTraces(
    condition: SpanCondition,
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly enough: number },
  ): AsyncIterable<readonly string[]> {
    return findTraces({ client: this.#client, index: this.#index }, condition, range, options)
  }

  async readTraces(traceIds: readonly string[], options: ReadSpansOptions): Promise<SpanRows> {
    // Another process may have stored a span of a resource that is new: without it the span would have no attributes of it.
    await this.#followers.follow()
    return readTraces({ client: this.#client, index: this.#index }, traceIds, options)
  }

  resources({ startNs, endNs }: SpanRange): readonly Labels[] {
    const startMs = Number(startNs / NS_PER_MS)
    const endMs = Number(endNs / NS_PER_MS) + 1
    return this.#index
      .all()
      .filter((ref) => this.#index.firstMsOf(ref) <= endMs && this.#index.lastMsOf(ref) >= startMs)
      .map((ref) => this.#index.labelsOf(ref))
  }

  attributeNames(range: SpanRange, signal: AbortSignal): Promise<readonly string[]> {
    return readAttributeNames({ client: this.#client, index: this.#index }, range, signal)
  }

  values(
    of: { readonly attribute: string } | { readonly column: 'name' | 'message' },
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly limit: number },
  ): Promise<readonly string[]> {
    return readValues({ client: this.#client, index: this.#index }, of, range, options)
  }

  tally(request: SpanTallyRequest, signal: AbortSignal): Promise<SpanTally | undefined> {
    const options = { client: this.#client, index: this.#index, clean: this.#clean }
    return tallySpans(options, request, signal)
  }

  /** Applies retention by time and by size; partitions that expired are dropped, and the resources that only they held. */
  async applyRetention(): Promise<Dropped> {
    let droppedUntilMs = Number.NEGATIVE_INFINITY
    const dropped = await dropExpired(
      this.#client,
      this.#retention,
      this.#nowMs(),
      (untilMs) => (droppedUntilMs = untilMs),
      SPAN_TABLES,
    )
    this.forgetBefore(droppedUntilMs)
    return dropped
  }

  /** Forgets resources of which nothing is kept: everything before `untilMs` is dropped. */
  forgetBefore(untilMs: number): void {
    const nowMs = this.#nowMs()
    const inUse = new Set<SeriesRef>()
    this.#writer.addRefsInUse(inUse)
    const gone = this.#index.all().filter((ref) => {
      const endedMs = Math.max(nowMs - this.#classes.timeMsOf(ref), untilMs)
      return this.#index.lastMsOf(ref) < endedMs && !inUse.has(ref)
    })
    for (const ref of gone) this.#storedDays.forget(ref)
    this.#index.remove(gone)
  }

  /** Takes another retention into force for spans to come and for what is kept. */
  setRetention(retention: Retention): void {
    this.#retention = retention
    for (const ref of this.#classes.replace(retention, this.#index)) this.#storedDays.forget(ref)
  }

  /** The engine is back: repeat what failed without waiting. */
  engineReturned(): void {
    this.#writer.retryNow()
  }

  figures(): {
    readonly resources: number
    readonly pendingSpans: number
    readonly pendingBytes: number
    readonly appendedSpans: number
  } {
    return {
      resources: this.#index.size,
      pendingSpans: this.#writer.pendingRows,
      pendingBytes: this.#writer.pendingBytes,
      appendedSpans: this.#writer.appended,
    }
  }

  /** Stores what is left, for at most `timeoutMs`; resolves to whether everything is durable. */
  async stop(timeoutMs: number): Promise<boolean> {
    await this.#followers.stop()
    return this.#writer.stop(timeoutMs)
  }

  /** Reads now what others have written, of a store that is shared. Otherwise that happens once a second. */
  follow(): Promise<void> {
    return this.#followers.follow()
  }

  async #restore(): Promise<void> {
    await this.#followers.begin()
    await this.#load('1')
  }

  #load(where: string): Promise<void> {
    return loadSeries(
      this.#client,
      (labels, low, high, firstMs, lastMs, last) => {
        const ref = this.#index.restore(labels, low, high, firstMs, lastMs)
        if (ref < 0) return
        this.#classes.assign(ref, this.#index.labelsOf(ref))
        if (this.#classes.keepSecondsOf(ref) === last.keepSeconds)
          this.#index.setStoredDay(ref, Math.max(last.day, this.#index.storedDayOf(ref)))
      },
      'resource_days',
      where,
    )
  }
}
