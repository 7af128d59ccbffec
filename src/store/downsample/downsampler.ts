import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import type { DeletedRange } from '../delete.ts'
import type { Retention } from '../limits.ts'
import { decimalId } from '../select/read-samples.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { BucketPlan, BucketUse } from './bucket-columns.ts'
import { bucketDayOf, DAY_MS, DayLedger, type MadeDay } from './day-ledger.ts'
import {
  type BucketPartition,
  listBucketPartitions,
  listLabelPartitions,
  readMadeDays,
  readRawDays,
  writeMadeDays,
} from './ledger-rows.ts'
import { type DownsamplingLevel, keepMsOf, RESOLUTIONS_MS } from './levels.ts'
import { makeDay } from './make-day.ts'

/** A making that was never noted, or counts no more, may be read yet by a query that was planned before; it goes after this. */
const ORPHAN_AFTER_MS = 3_600_000
/** Numbers of makings are times; so many can be begun in one millisecond. */
const MAKINGS_PER_MS = 1000
const REFS_PER_STATEMENT = 5000
/**
 * Raw samples that one statement makes into buckets, about: the engine sorts them, and may take 64 MiB for it with the usual memory
 * budget. With less it is told to take fewer.
 */
const SAMPLES_PER_SLICE = 150_000
const LEAST_SAMPLES_PER_SLICE = 5000

export interface DownsamplerOptions {
  readonly client: StoreClient
  readonly downsampling?: readonly DownsamplingLevel[]
  readonly nowMs: () => number
  readonly retention: () => Retention
  /** Retention by size dropped the raw samples before this. */
  readonly droppedUntilMs: () => number
  /** Resolves when all that was admitted before is durable. */
  readonly flush: () => Promise<void>
  /** For tests: raw samples of a statement. */
  readonly samplesPerSlice?: number
}

type DueDay = Pick<MadeDay, 'keepSeconds' | 'resolutionMs' | 'day'>

/** What one pass did. */
export interface DownsamplingPass {
  readonly madeDays: number
  /** Raw samples that went into them. */
  readonly samples: number
  readonly droppedPartitions: number
}

const NOTHING_DONE: DownsamplingPass = { madeDays: 0, samples: 0, droppedPartitions: 0 }

/** One resolution as it stands. */
export interface DownsamplingStats {
  readonly resolutionMs: number
  readonly rows: number
  readonly bytes: number
  /** Days made, by retention class and UTC day. */
  readonly days: number
  /** Days that end so long ago that they should be made, and are not. */
  readonly waitingDays: number
  /** The end of the newest day made, 0 for none. */
  readonly untilMs: number
}

/**
 * Makes days of raw samples into buckets, keeps them while they are wanted, and knows from which of them a query can be answered
 * (docs/downsampling.md). A day is made anew when samples came for it.
 */
export class Downsampler {
  readonly #options: DownsamplerOptions
  readonly #ledger: DayLedger
  #levels: readonly DownsamplingLevel[]
  #samplesPerSlice: number
  /** Undefined until the numbers are known that interrupted makings have. */
  #lastMaking: number | undefined
  /** Grows with every deletion of series. */
  #deletions = 0
  #partitions: readonly BucketPartition[] = []
  #pass: Promise<DownsamplingPass> | undefined
  #orphansSoughtMs = Number.NEGATIVE_INFINITY
  /** Samples up to this time may be of a day that is made, or being made. */
  #watchedUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: DownsamplerOptions) {
    this.#options = options
    this.#levels = options.downsampling ?? []
    this.#samplesPerSlice = options.samplesPerSlice ?? SAMPLES_PER_SLICE
    this.#ledger = new DayLedger((keepSeconds, day) => this.#isRawExpired(keepSeconds, day))
  }

  /** Reads what is made. Rejects as the client does. In a store that others write, too, nothing ever is: late samples would go unseen. */
  async open(): Promise<void> {
    const { client } = this.#options
    if (client.isShared) return
    for (const made of await readMadeDays(client)) {
      this.#ledger.note(made, 0)
    }
    await this.#look()
    this.#watchedUntilMs = this.#ledger.untilMs
  }

  setLevels(levels: readonly DownsamplingLevel[]): void {
    this.#levels = levels
  }

  /** To be called with the time of every sample that is admitted. */
  noteSample(timestampMs: number): void {
    if (timestampMs <= this.#watchedUntilMs) this.#ledger.touch(timestampMs)
  }

  /** Buckets may answer about the time from here on; Infinity when there are none. */
  get sinceMs(): number {
    return this.#ledger.sinceMs
  }

  /** See `DayLedger.plan`. */
  plan(
    range: { readonly startMs: number; readonly endMs: number },
    use: BucketUse,
    isWorth: (resolutionMs: number) => boolean,
  ): BucketPlan | undefined {
    return this.#ledger.plan(range, use, isWorth)
  }

  /** Whether raw samples of a class and day are to be made into buckets first, before retention by time may drop them. */
  isAwaited(keepSeconds: number, day: number): boolean {
    if (!this.#ledger.isListed(keepSeconds, day)) return false
    return this.#levels.some(
      (level) =>
        this.#isKept(level, keepSeconds, day) &&
        !this.#ledger.isCurrent(keepSeconds, level.resolutionMs, day),
    )
  }

  /**
   * Makes the days that are due, and drops what is kept no longer. One pass at a time: whoever asks during one is told of that. Rejects as
   * the client does, and when `signal` is aborted; then the next pass goes on.
   */
  pass(signal: AbortSignal): Promise<DownsamplingPass> {
    if (this.#options.client.isShared) return Promise.resolve(NOTHING_DONE)
    this.#pass ??= this.#run(signal).finally(() => {
      this.#pass = undefined
    })
    return this.#pass
  }

  /** Resolves when no pass is under way. */
  async idle(): Promise<void> {
    await this.#pass?.catch(() => undefined)
  }

  stats(): readonly DownsamplingStats[] {
    const due = this.#due()
    return RESOLUTIONS_MS.map((resolutionMs) => {
      const made = [...this.#ledger.entries()].filter(
        (entry) => entry.resolutionMs === resolutionMs,
      )
      const stored = this.#partitions.filter((entry) => entry.resolutionMs === resolutionMs)
      return {
        resolutionMs,
        rows: stored.reduce((sum, { rows }) => sum + rows, 0),
        bytes: stored.reduce((sum, { bytes }) => sum + bytes, 0),
        days: made.length,
        waitingDays: due.filter((entry) => entry.resolutionMs === resolutionMs).length,
        untilMs: made.reduce((until, { day }) => Math.max(until, (day + 1) * DAY_MS), 0),
      }
    })
  }

  /**
   * To be called before samples of [startMs, endMs] are deleted: a day in which a bucket is cut is answered from raw samples, where
   * these are there, until it is made again.
   */
  async beforeDeletion({ startMs, endMs }: DeletedRange): Promise<void> {
    this.#deletions++
    const longestMs = RESOLUTIONS_MS[0] as number
    const cut = new Set<number>()
    if ((startMs - 1) % longestMs !== 0) cut.add(bucketDayOf(startMs))
    if (endMs % longestMs !== 0) cut.add(bucketDayOf(endMs))
    await this.#learnMakings()
    const undone = [...this.#ledger.entries()].filter(
      ({ keepSeconds, day }) => cut.has(day) && this.#ledger.hasRaw(keepSeconds, day),
    )
    await this.#undo(undone)
  }

  async #undo(days: readonly MadeDay[]): Promise<void> {
    const rows = days.map((day) => ({ ...day, made: this.#nextMaking(), block: 0, rows: 0 }))
    await writeMadeDays(this.#options.client, rows)
    for (const day of days) this.#ledger.forget(day)
  }

  /** To be called after them: deletes the buckets that have samples of the series in [startMs, endMs]. */
  async deleteSeries(index: SeriesIndex, { refs, startMs, endMs }: DeletedRange): Promise<void> {
    this.#deletions++
    if (this.#ledger.sinceMs === Number.POSITIVE_INFINITY || refs.length === 0) return
    const fromMs = Math.max(startMs, this.#ledger.sinceMs)
    const toMs = Math.min(endMs, this.#ledger.untilMs)
    if (fromMs > toMs) return
    const time = `start < fromUnixTimestamp64Milli(${Math.ceil(toMs)}, 'UTC') AND addSeconds(start, res) >= fromUnixTimestamp64Milli(${Math.floor(fromMs)}, 'UTC')`
    for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
      const part = refs.slice(from, from + REFS_PER_STATEMENT)
      const hashes = new Set(part.map((ref) => index.metricHashOf(ref)))
      const ids = part.map((ref) => decimalId(index, ref)).join(',')
      const where = `mh IN (${[...hashes].join(',')}) AND id IN (${ids}) AND ${time}`
      const { client } = this.#options
      const some = await client.rows(`SELECT 1 FROM {db}.sample_buckets WHERE ${where} LIMIT 1`)
      if (some.length === 0) continue
      await client.command(`DELETE FROM {db}.sample_buckets WHERE ${where}`, {
        lightweight_deletes_sync: 0,
      })
    }
  }

  async #run(signal: AbortSignal): Promise<DownsamplingPass> {
    await this.#look()
    await this.#learnMakings()
    let madeDays = 0
    let samples = 0
    for (const due of this.#due()) {
      signal.throwIfAborted()
      samples += await this.#makeInBounds(due, signal)
      madeDays++
    }
    const droppedPartitions = await this.#dropExpired()
    await this.#deleteOrphans()
    this.#partitions = await listBucketPartitions(this.#options.client)
    return { madeDays, samples, droppedPartitions }
  }

  async #look(): Promise<void> {
    this.#ledger.setRaw(await readRawDays(this.#options.client))
    this.#partitions = await listBucketPartitions(this.#options.client)
  }

  /** The days that are to be made, the oldest first. */
  #due(): readonly DueDay[] {
    const due = []
    for (const { keepSeconds, day } of this.#ledger.rawDays()) {
      if (!this.#ledger.hasRaw(keepSeconds, day)) continue
      for (const level of this.#levels) {
        const { resolutionMs, afterMs } = level
        if ((day + 1) * DAY_MS + afterMs > this.#options.nowMs()) continue
        if (!this.#isKept(level, keepSeconds, day)) continue
        if (!this.#ledger.isCurrent(keepSeconds, resolutionMs, day))
          due.push({ keepSeconds, resolutionMs, day })
      }
    }
    return due.sort((a, b) => a.day - b.day || b.resolutionMs - a.resolutionMs)
  }

  /** Makes a day, in smaller slices from now on when the engine may not take the memory. */
  async #makeInBounds(day: DueDay, signal: AbortSignal): Promise<number> {
    try {
      return await this.#make(day, signal)
    } catch (thrown) {
      const isTooMuch = thrown instanceof Problem && thrown.code === 'limit'
      if (!isTooMuch || this.#samplesPerSlice <= LEAST_SAMPLES_PER_SLICE) throw thrown
      this.#samplesPerSlice = Math.max(LEAST_SAMPLES_PER_SLICE, this.#samplesPerSlice / 2)
      return this.#makeInBounds(day, signal)
    }
  }

  async #make({ keepSeconds, resolutionMs, day }: DueDay, signal: AbortSignal): Promise<number> {
    const { client, flush } = this.#options
    this.#watchedUntilMs = Math.max(this.#watchedUntilMs, (day + 1) * DAY_MS)
    // In this order: what comes after the first line makes the day be made again, what came before is read.
    const touches = this.#ledger.touchesOf(day)
    const deletions = this.#deletions
    await flush()
    this.#ledger.setRaw(await readRawDays(client))
    const block = this.#ledger.blockOf(keepSeconds, day)
    const made = this.#nextMaking()
    const rows = await makeDay(
      client,
      { keepSeconds, resolutionMs, day, made },
      signal,
      this.#samplesPerSlice,
    )
    if (this.#deletions !== deletions || !this.#ledger.hasRaw(keepSeconds, day)) return rows
    const entry = { keepSeconds, resolutionMs, day, made, block, rows }
    await writeMadeDays(client, [entry])
    this.#ledger.note(entry, touches)
    return rows
  }

  /** No number is used twice, wherever the clock stands: rows of an interrupted making would count with those of the next. */
  async #learnMakings(): Promise<void> {
    if (this.#lastMaking !== undefined) return
    const rows = await this.#options.client.rows(
      'SELECT max(made) AS made FROM {db}.sample_buckets',
    )
    const noted = [...this.#ledger.entries()].map(({ made }) => made)
    this.#lastMaking = noted.reduce((a, b) => Math.max(a, b), Number(rows[0]?.['made'] ?? 0))
  }

  #nextMaking(): number {
    const now = Math.floor(this.#options.nowMs()) * MAKINGS_PER_MS
    this.#lastMaking = Math.max((this.#lastMaking ?? 0) + 1, now)
    return this.#lastMaking
  }

  #isKept(level: DownsamplingLevel, keepSeconds: number, day: number): boolean {
    return (day + 1) * DAY_MS > this.#options.nowMs() - keepMsOf(level, keepSeconds)
  }

  #isRawExpired(keepSeconds: number, day: number): boolean {
    const { nowMs, retention, droppedUntilMs } = this.#options
    const keepMs = keepSeconds === 0 ? retention().timeMs : keepSeconds * 1000
    const endMs = (day + 1) * DAY_MS
    // A part of a day may be dropped to make room: what is left of it is not what its aggregates were made of.
    if (day * DAY_MS < droppedUntilMs()) return true
    return endMs <= nowMs() - keepMs && !this.isAwaited(keepSeconds, day)
  }

  /** Drops the partitions of which no day is kept. A resolution that is configured no more keeps what it has. */
  async #dropExpired(): Promise<number> {
    const { client } = this.#options
    const levelOf = new Map(this.#levels.map((level) => [level.resolutionMs, level]))
    let dropped = 0
    for (const partition of await listBucketPartitions(client)) {
      const level = levelOf.get(partition.resolutionMs)
      if (level === undefined) continue
      if (this.#isKept(level, partition.keepSeconds, partition.untilDay - 1)) continue
      await client.command(`ALTER TABLE {db}.sample_buckets DROP PARTITION ID '${partition.id}'`)
      dropped++
    }
    await this.#dropLabels()
    const gone = [...this.#ledger.entries()].filter((entry) => {
      const level = levelOf.get(entry.resolutionMs)
      return level !== undefined && !this.#isKept(level, entry.keepSeconds, entry.day)
    })
    await this.#undo(gone)
    return dropped
  }

  /** The labels of a month go when none of its days is kept in any resolution. */
  async #dropLabels(): Promise<void> {
    const { client } = this.#options
    const configured = new Set(this.#levels.map((level) => level.resolutionMs))
    // What is configured no more keeps its buckets, and so their labels.
    const areAllConfigured = [...this.#ledger.entries()].every((entry) =>
      configured.has(entry.resolutionMs),
    )
    if (configured.size === 0 || !areAllConfigured) return
    for (const { id, keepSeconds, untilDay } of await listLabelPartitions(client)) {
      if (this.#levels.some((level) => this.#isKept(level, keepSeconds, untilDay - 1))) continue
      await client.command(`ALTER TABLE {db}.bucket_series_days DROP PARTITION ID '${id}'`)
    }
  }

  /** Deletes the rows of makings that do not count: interrupted ones, and those of days that were made again. */
  async #deleteOrphans(): Promise<void> {
    const nowMs = this.#options.nowMs()
    if (nowMs < this.#orphansSoughtMs + ORPHAN_AFTER_MS) return
    this.#orphansSoughtMs = nowMs
    const { client } = this.#options
    const known = [...this.#ledger.entries()].map(({ made }) => made)
    const before = (nowMs - ORPHAN_AFTER_MS) * MAKINGS_PER_MS
    const where = `made < ${Math.floor(before)} AND made NOT IN (${[0, ...known].join(',')})`
    const some = await client.rows(`SELECT 1 FROM {db}.sample_buckets WHERE ${where} LIMIT 1`)
    if (some.length === 0) return
    await client.command(`DELETE FROM {db}.sample_buckets WHERE ${where}`, {
      lightweight_deletes_sync: 0,
    })
  }
}
