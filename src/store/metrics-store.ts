import type { Labels } from '../model/labels.ts'
import type { Matcher } from '../model/matcher.ts'
import { Problem } from '../model/problem.ts'
import type { AppendResult, Exemplar, SampleBatch, SampleSink } from '../model/samples.ts'
import type { StoreClient } from './client.ts'
import { deleteSamples } from './delete.ts'
import { StoreBuckets } from './downsample/store-buckets.ts'
import { endsWithin } from './ends-within.ts'
import { HotCoverage } from './hot/hot-coverage.ts'
import { HotWindow } from './hot/hot-window.ts'
import { StoreHistograms } from './histograms/store-histograms.ts'
import { admitExtras } from './insert/admit-extras.ts'
import { Admission, Outcome, type OldRows } from './insert/admit.ts'
import { OldRowLane } from './insert/old-rows.ts'
import type { PendingRows } from './insert/pending-rows.ts'
import { Readiness } from './insert/readiness.ts'
import { SampleWriter } from './insert/sample-writer.ts'
import { StoredDays } from './insert/stored-days.ts'
import {
  DEFAULT_LIMITS,
  ENDED_AFTER_MS,
  ENDED_SHARE,
  type Retention,
  type StoreLimits,
} from './limits.ts'
import { MetadataCache } from './metadata-cache.ts'
import type {
  GridColumns,
  GridRequest,
  Limited,
  MetricsSource,
  NameQuery,
  QueryBounds,
  SelectRequest,
  SeriesColumns,
  SeriesPortions,
} from './metrics-source.ts'
import type { MetricsStoreOptions, StoreEvents, StoreStats } from './metrics-store-options.ts'
import { migrate } from './migrate.ts'
import { restore } from './restore.ts'
import { followMetrics } from './shared/follow-metrics.ts'
import { dropExpired, type Dropped } from './retention.ts'
import { selectExemplars } from './select/exemplars.ts'
import { choose, toSeriesColumns } from './select/hot-select.ts'
import { findLabelNames, findLabelValues, findSeries } from './select/names.ts'
import { ColumnPool } from './select/column-pool.ts'
import { readPortions } from './select/portions.ts'
import { SampleEstimate } from './select/sample-estimate.ts'
import { giveBack, SampleReader } from './select/sample-reader.ts'
import { selectGrid } from './select/select-grid.ts'
import { SharedSelections } from './select/shared-selections.ts'
import { RetentionClasses } from './series/retention-classes.ts'
import { SeriesIndex, type SeriesRef } from './series/series-index.ts'

const TRIM_INTERVAL_MS = 30_000
/** Free memory for columns of queries is at most this part of the hot window's. */
const POOL_PART = 6
/** Rows that the engine is asked about one by one: some megabytes. */
const MAX_WAITING_OLD_ROWS = 100_000

/**
 * The metrics of one tenant: takes samples durably and answers selections from memory and engine, with no seam visible.
 */
export class MetricsStore implements MetricsSource, SampleSink {
  readonly #client: StoreClient
  readonly #limits: StoreLimits
  #retention: Retention
  readonly #nowMs: () => number
  readonly #readiness: Readiness
  readonly #events: StoreEvents
  readonly #index: SeriesIndex
  readonly #hot = new HotWindow()
  readonly #cover: HotCoverage
  readonly #writer: SampleWriter
  readonly #reader: SampleReader
  readonly #columns: ColumnPool
  readonly #selections: SharedSelections
  #deletions = 0
  readonly #evaluatesInEngine: boolean
  readonly #storedDays: StoredDays
  readonly #classes: RetentionClasses
  readonly #admission: Admission
  readonly #oldRows: OldRowLane
  readonly #metadata = new MetadataCache()
  readonly histograms = new StoreHistograms(() => {
    return { client: this.#client, reader: this.#reader, writer: this.#writer, index: this.#index }
  })
  readonly #rejected = new Map<string, number>()
  /** Retention by size has dropped everything before this. */
  #droppedUntilMs = Number.NEGATIVE_INFINITY
  /** True while rows are admitted that nobody sends again: past the bound they are only kept in memory. */
  #isOffered = false
  #seesDeletionsAtOnce = false
  #endedSeries = 0
  readonly #timers: NodeJS.Timeout[] = []
  /** Of old samples. */
  readonly buckets: StoreBuckets
  readonly #estimate: SampleEstimate
  #followers: ReturnType<typeof followMetrics> | undefined

  private constructor(options: MetricsStoreOptions) {
    this.#client = options.client
    this.#index = new SeriesIndex(options.client)
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#retention = options.retention
    this.#nowMs = options.nowMs ?? Date.now
    this.#readiness = new Readiness(options)
    this.#events = options.events ?? {}
    this.#cover = new HotCoverage({
      hot: this.#hot,
      nowMs: this.#nowMs,
      windowMs: this.#limits.hotWindowMs,
      maxBytes: this.#limits.hotBytes,
      oldestPendingMs: () => this.#writer.oldestHotMs,
    })
    this.#columns = new ColumnPool(this.#limits.hotBytes / POOL_PART)
    this.#selections = new SharedSelections((held) => giveBack(this.#columns, held), this.#client)
    this.#reader = new SampleReader({
      ...this.#parts,
      pool: this.#columns,
      undurableFromMs: () => this.#writer.undurableFromMs,
    })
    this.#estimate = new SampleEstimate(this.#parts)
    this.buckets = this.#createBuckets(options)
    this.#evaluatesInEngine = options.evaluatesInEngine ?? false
    this.#storedDays = new StoredDays(this.#index, options.client.isShared, this.#nowMs)
    this.#classes = new RetentionClasses(options.retention)
    this.#admission = new Admission({
      ...this.#parts,
      store: (ref, timestampMs, low, high) => this.#store(ref, timestampMs, low, high),
      // What is pushed is acknowledged. A second copy in the engine does no harm: copies are folded when they are read. In a shared
      // store another process may have deleted what the hot window has.
      mustStoreAgain: (timestampMs) =>
        !this.#isOffered && (this.#client.isShared || this.#writer.mayHaveShed(timestampMs)),
      coverStartMs: () => this.#cover.startMs,
      keepMsOf: (ref) => this.#classes.timeMsOf(ref),
      keepMsOfNew: (labels) => this.#classes.timeMsOfNew(labels),
      droppedUntilMs: () => this.#droppedUntilMs,
      nowMs: this.#nowMs,
      countedSeries: () => this.#countedSeries,
      maxSeries: this.#limits.maxSeries,
      onNewSeries: (ref) => this.#classes.assign(ref, this.#index.labelsOf(ref)),
      isShared: this.#client.isShared,
    })
    this.#writer = new SampleWriter({
      ...this.#parts,
      storedDays: this.#storedDays,
      keepOf: (ref) => this.#classes.keepSecondsOf(ref),
      maxPendingBytes: this.#limits.maxPendingBytes,
      onWriteFailure: (problem, attempt) => this.#events.onWriteFailure?.(problem, attempt),
      onBacklog: (full) => this.#events.onBacklog?.(full),
    })
    this.#oldRows = new OldRowLane({
      ...this.#parts,
      buffers: () => this.#writer.buffers,
      checkReady: () => this.#readiness.check(),
      admit: (ref, timestampMs, low, high, isOffered) => {
        this.#asOffered(isOffered, () => this.#admission.admitOld(ref, timestampMs, low, high))
      },
      maxWaitingRows: MAX_WAITING_OLD_ROWS,
    })
  }

  #createBuckets(options: MetricsStoreOptions): StoreBuckets {
    return new StoreBuckets({
      ...options,
      ...this.#parts,
      ...{ reader: this.#reader, pool: this.#columns, estimate: this.#estimate },
      nowMs: this.#nowMs,
      retention: () => this.#retention,
      droppedUntilMs: () => this.#droppedUntilMs,
      flush: () => this.#writer.barrier(this.#limits.commitTimeoutMs),
    })
  }

  /** Brings the schema up to date, reads the series back, and fills the hot window from the last minutes. */
  static async open(options: MetricsStoreOptions): Promise<MetricsStore> {
    const store = new MetricsStore(options)
    await migrate(store.#client)
    store.#seesDeletionsAtOnce = await store.#client.seeDeletionsAtOnce()
    await store.#restore()
    store.#followers?.start()
    store.#timers.push(setInterval(() => store.trim(), TRIM_INTERVAL_MS).unref())
    return store
  }

  async append(batch: SampleBatch): Promise<AppendResult> {
    this.#readiness.check()
    if (this.#writer.isFull) {
      throw new Problem(
        'unavailable',
        `the backlog of samples waiting for the store is full (storage.max-pending-bytes = ${this.#limits.maxPendingBytes}): nothing of this request was taken, try again`,
      )
    }
    const outcome = new Outcome()
    let asked: Promise<void> | undefined
    await this.#admission.admitInSlices(batch, outcome, (old) => {
      asked = this.#oldRows.admit(batch, old, outcome)
    })
    this.#cover.cutWhenFlooded()
    this.#admitExtras(batch, outcome)
    await asked
    await this.#writer.barrier(this.#limits.commitTimeoutMs)
    outcome.countRejected(this.#rejected)
    return outcome
  }

  offer(batch: SampleBatch): AppendResult {
    const outcome = new Outcome()
    const old = this.#asOffered(true, () => this.#admission.admit(batch, outcome))
    this.#cover.cutWhenFlooded()
    if (!this.#writer.isShedding) this.#admitExtras(batch, outcome)
    if (old !== undefined) void this.#offerOld(batch, old)
    outcome.countRejected(this.#rejected)
    this.#writer.noteRows()
    return outcome
  }

  meet(series: readonly Labels[], timestampMs: number): Promise<void> {
    return this.#admission.meet(series, timestampMs)
  }

  async #offerOld(batch: SampleBatch, old: OldRows): Promise<void> {
    const late = new Outcome()
    await this.#oldRows.offer(batch, old, late, (thrown) => {
      const problem = thrown instanceof Problem ? thrown : new Problem('internal', String(thrown))
      this.#events.onWriteFailure?.(problem, 1)
    })
    late.countRejected(this.#rejected)
    this.#writer.noteRows()
  }

  select(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns> {
    const version = this.#writer.appended + this.#writer.unstored + this.#deletions
    return this.#selections.select(request, bounds, version, () => this.#read(request, bounds))
  }

  async #read(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns> {
    const refs = this.#reader.refsOf(request, bounds)
    // Taken now: while the engine reads, a series may be forgotten and its ref given to another.
    const labels = refs.map((ref) => this.#index.labelsOf(ref))
    const series = choose(this.#index, refs)
    const columns = await this.#reader.read(series, request.startMs, request.endMs, bounds)
    return toSeriesColumns(labels, columns)
  }

  portions(request: SelectRequest, bounds: QueryBounds): SeriesPortions {
    const perSeries = this.#estimate.samplesPerSeries(request)
    return readPortions(this.#index, this.#reader, request, bounds, perSeries)
  }

  estimateSamples(request: SelectRequest): number {
    return this.#estimate.samplesOf(request)
  }

  async selectGrid(request: GridRequest, bounds: QueryBounds): Promise<GridColumns | undefined> {
    if (!this.#evaluatesInEngine) return undefined
    // The newest samples may not be in the engine yet.
    if (request.endMs - request.offsetMs >= this.#writer.oldestMs)
      await this.#writer.barrier(this.#limits.commitTimeoutMs)
    const parts = { ...this.#parts, reader: this.#reader, estimate: this.#estimate }
    return selectGrid(parts, request, bounds)
  }

  async series(query: NameQuery, bounds: QueryBounds): Promise<Limited<Labels>> {
    return findSeries(this.#index, query, bounds.maxSeries)
  }

  async labelNames(query: NameQuery): Promise<Limited<string>> {
    return findLabelNames(this.#index, query)
  }

  async labelValues(label: string, query: NameQuery): Promise<Limited<string>> {
    return findLabelValues(this.#index, label, query)
  }

  async exemplars(request: SelectRequest, bounds: QueryBounds): Promise<readonly Exemplar[]> {
    await this.#writer.barrier(this.#limits.commitTimeoutMs)
    const refs = this.#reader.refsOf(request, bounds)
    return selectExemplars(this.#client, this.#index, refs, request, bounds)
  }

  metadata(...query: Parameters<MetricsSource['metadata']>) {
    return this.#metadata.find(...query)
  }

  /** Deletes the samples of the matching series in a range of time, from memory and from the engine. */
  async deleteSeries(
    selectors: readonly (readonly Matcher[])[],
    startMs: number,
    endMs: number,
  ): Promise<void> {
    this.#deletions++
    const refs = new Set(selectors.flatMap((matchers) => this.#index.match(matchers)))
    const context = {
      ...this.#parts,
      exclusively: (work: (later: PendingRows) => Promise<void>) =>
        this.#writer.exclusively(this.#limits.commitTimeoutMs, work),
      isSeenAtOnce: this.#seesDeletionsAtOnce,
    }
    try {
      const range = { refs: [...refs], startMs, endMs }
      await this.buckets.deleteWith(range, () => deleteSamples(context, range))
    } finally {
      // What was read meanwhile is not what there is now.
      this.#deletions++
    }
  }

  /** Applies retention by time and by size; partitions that expired are dropped, and the series that only they held. */
  async applyRetention(): Promise<Dropped> {
    const retention = this.buckets.holdBack(this.#retention)
    const dropped = await dropExpired(this.#client, retention, this.#nowMs(), (untilMs) => {
      this.#droppedUntilMs = Math.max(this.#droppedUntilMs, untilMs)
    })
    this.#forgetEnded()
    return dropped
  }

  /** Everything before `untilMs` is dropped by who keeps the disk within its budget: it is refused from now on. */
  forgetBefore(untilMs: number): void {
    this.#droppedUntilMs = Math.max(this.#droppedUntilMs, untilMs)
    this.#forgetEnded()
  }

  /** Forgets series of which nothing is kept any more. */
  #forgetEnded(): void {
    const nowMs = this.#nowMs()
    const gone = this.#index.all().filter((ref) => {
      const endedMs = Math.max(nowMs - this.#classes.timeMsOf(ref), this.#droppedUntilMs)
      const goneMs = Math.min(endedMs, this.buckets.downsampler.sinceMs)
      return this.#index.lastMsOf(ref) < goneMs && !this.#hot.has(ref)
    })
    if (gone.length > 0) this.#forget(gone)
    this.#countEnded()
  }

  #forget(gone: readonly SeriesRef[]): void {
    const inUse = this.#writer.refsInUse()
    this.#oldRows.addRefsInUse(inUse)
    this.#admission.addRefsInUse(inUse)
    const free = gone.filter((ref) => !inUse.has(ref))
    for (const ref of free) this.#storedDays.forget(ref)
    this.#index.remove(free)
  }

  /** Takes another retention into force for samples to come and for what is kept. */
  setRetention(retention: Retention): void {
    this.#retention = retention
    // In the partitions of their new class their labels are not stored yet.
    for (const ref of this.#classes.replace(retention, this.#index)) this.#storedDays.forget(ref)
  }

  /** Frees the part of the hot window that is older than its length, but nothing that is not durable yet. */
  /** While memory is short the hot window takes half of its share: what is older is read from the engine. */
  saveMemory(isShort: boolean): void {
    this.#cover.limit(isShort ? this.#limits.hotBytes / 2 : this.#limits.hotBytes)
    if (isShort) this.#columns.trim()
  }

  trim(): void {
    this.#cover.trim()
    this.#columns.trim()
    this.#countEnded()
  }

  /** The engine is back: repeat what failed without waiting. */
  engineReturned(): void {
    this.#writer.retryNow()
  }

  stats(): StoreStats {
    return {
      series: this.#index.size,
      countedSeries: this.#countedSeries,
      hotSamples: this.#hot.samples,
      hotBytes: this.#hot.sizeBytes,
      pendingRows: this.#writer.pendingRows,
      appendedSamples: this.#writer.appended,
      unstoredSamples: this.#writer.unstored,
      rejectedSamples: this.#rejected,
      ...this.#index.timeRange(),
    }
  }

  /** The number of series that carry each metric name, label name and label pair: what `status/tsdb` shows. */
  get index(): SeriesIndex {
    return this.#index
  }

  /** Stores what is left, for at most `timeoutMs`; resolves to whether everything is durable. */
  async stop(timeoutMs: number): Promise<boolean> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#followers?.stop()
    const startedMs = performance.now()
    // Rows that the engine is still asked about are in no buffer yet.
    const isIdle = await endsWithin(timeoutMs, this.#oldRows.idle())
    const leftMs = Math.max(0, timeoutMs - (performance.now() - startedMs))
    return (await this.#writer.stop(leftMs)) && isIdle
  }

  async #restore(): Promise<void> {
    const parts = {
      ...this.#parts,
      classes: this.#classes,
      admission: this.#admission,
      metadata: this.#metadata,
      limits: this.#limits,
      nowMs: this.#nowMs(),
    }
    this.#followers = followMetrics(parts)
    await this.#followers.begin()
    await restore(parts)
    await this.buckets.restore(parts)
    this.#countEnded()
  }

  /** Reads now what others have written, of a store that is shared. Otherwise that happens once a second. */
  async follow(): Promise<void> {
    await this.#followers?.follow()
  }

  /** What most others work on, too. */
  get #parts() {
    return { client: this.#client, index: this.#index, hot: this.#hot, cover: this.#cover }
  }

  /** As `maxSeries` counts them. */
  get #countedSeries(): number {
    return this.#index.size - Math.floor(this.#endedSeries * (1 - ENDED_SHARE))
  }

  #countEnded(): void {
    this.#endedSeries = this.#index.countEnded(this.#nowMs() - ENDED_AFTER_MS)
  }

  #asOffered<T>(isOffered: boolean, admit: () => T): T {
    this.#isOffered = isOffered
    try {
      return admit()
    } finally {
      this.#isOffered = false
    }
  }

  #store(ref: SeriesRef, timestampMs: number, low: number, high: number): void {
    this.buckets.downsampler.noteSample(timestampMs)
    if (this.#isOffered && this.#writer.isShedding) this.#writer.shed(timestampMs)
    else this.#writer.push(ref, timestampMs, low, high, timestampMs >= this.#cover.startMs)
  }

  #admitExtras(batch: SampleBatch, outcome: Outcome): void {
    admitExtras(batch, outcome, {
      index: this.#index,
      admission: this.#admission,
      metadata: this.#metadata,
      extras: this.#writer.extras,
    })
    this.#writer.noteGrowth()
  }
}
