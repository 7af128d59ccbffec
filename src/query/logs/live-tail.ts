import { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import type { ResultEntry } from './logql.ts'
import type { LinesPlan } from './plan-lines.ts'
import { readStreams } from './read-streams.ts'

const NS_PER_MS = 1_000_000n
/** Of batches that wait for the pipeline. A single one is always taken. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024
/** Of lines that wait to be fetched. */
const MAX_HELD_BYTES = 2 * 1024 * 1024
/** Told of what was left out, as many as Loki keeps. */
const MAX_DROPPED = 1000
/** A line may be told of as new this long after the backlog was read, which may hold it too. */
const OVERLAP_MS = 10_000
/** A pipeline's work on a line, in units of one sample. */
const LINE_UNITS = 20
const BYTES_PER_UNIT = 16
/** About what a line costs in memory besides its text. */
const ENTRY_BYTES = 300

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A line on its way to who follows. */
export interface TailEntry extends ResultEntry {
  /** Those of its stream. */
  readonly labels: Labels
}

/** Lines of a stream, from this time on, that came faster than they were fetched. Some may not have been wanted. */
export interface DroppedEntry {
  readonly timestampNs: bigint
  readonly labels: Labels
}

export interface TailPortion {
  readonly entries: readonly TailEntry[]
  readonly dropped: readonly DroppedEntry[]
}

/** Where new lines are told of, once they are durable. When the listener returns, the memory of the batch's bytes becomes another's. */
export interface LiveLines extends Pick<LinesSource, 'lines'> {
  onDurable(listener: (batch: LogBatch, rows: Uint32Array) => void): () => void
}

export interface TailOptions {
  readonly plan: LinesPlan
  /** The newest so many lines since `startNs` come first. */
  readonly limit: number
  readonly startNs: bigint
  /** Lines are held back so long, and are then in the order of their times. */
  readonly delayMs: number
  readonly maxStreams: number
  readonly nowMs: () => number
  /** There is something to fetch. */
  readonly onReady: () => void
  /** Nothing more will come. */
  readonly onFailed: (thrown: unknown) => void
}

interface HeldEntry {
  readonly entry: TailEntry
  readonly sizeBytes: number
  readonly dueMs: number
}

interface Queued {
  readonly batch: LogBatch
  readonly rows: Uint32Array
  next: number
}

/**
 * Follows the lines of a query. Streams are matched once for each batch that became durable; the pipeline sees the lines later, in
 * slices, so that pushes are not held up. Who fetches slowly misses lines, and is told so: memory is bounded.
 */
export class LiveTail {
  readonly #source: LiveLines
  readonly #options: TailOptions
  readonly #ended = new AbortController()
  readonly #slices = new Slices(() => this.#ended.signal.throwIfAborted())
  #queue: Queued[] = []
  #queuedBytes = 0
  #held: HeldEntry[] = []
  #heldBytes = 0
  #dropped: DroppedEntry[] = []
  /** Lines of the backlog that may be told of as new, too. */
  #seen: Set<string> | undefined
  #seenUntilMs = 0
  #isWorking = false
  #timer: NodeJS.Timeout | undefined

  constructor(source: LiveLines, options: TailOptions) {
    this.#source = source
    this.#options = options
  }

  /** Reads the backlog, and follows from then on. Rejects with a `Problem` when the backlog cannot be read. */
  async start(): Promise<void> {
    const unsubscribe = this.#source.onDurable((batch, rows) => this.#offer(batch, rows))
    this.#ended.signal.addEventListener('abort', unsubscribe)
    this.#isWorking = true
    try {
      await this.#readBacklog()
    } finally {
      this.#isWorking = false
    }
    void this.#work()
  }

  /** At most `most` lines that are due, oldest first; undefined when there is nothing to tell. */
  take(most: number): TailPortion | undefined {
    const nowMs = this.#options.nowMs()
    let count = 0
    while (count < most && (this.#held[count]?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) count++
    if (count === 0) this.#wakeLater(nowMs)
    if (count === 0 && (this.#dropped.length === 0 || this.#held.length > 0)) return undefined
    const entries: TailEntry[] = []
    for (const { entry, sizeBytes } of this.#held.splice(0, count)) {
      entries.push(entry)
      this.#heldBytes -= sizeBytes
    }
    const dropped = this.#dropped.splice(0)
    void this.#work()
    return { entries, dropped }
  }

  /** Takes nothing more, and forgets what there is. */
  end(): void {
    this.#ended.abort()
    clearTimeout(this.#timer)
    this.#queue = []
    this.#held = []
    this.#dropped = []
  }

  async #readBacklog(): Promise<void> {
    const { plan, limit, startNs, maxStreams, nowMs } = this.#options
    const endNs = BigInt(Math.ceil(nowMs())) * NS_PER_MS
    if (startNs >= endNs) return
    const { streams } = await readStreams(
      this.#source,
      plan,
      {
        query: '',
        ...{ startNs, endNs, isInstant: false, stepNs: 0n, intervalNs: 0n },
        ...{ direction: 'backward', limit, maxEntries: 0, signal: this.#ended.signal },
      },
      maxStreams,
    )
    const entries = streams.flatMap(({ labels, entries: own }) =>
      own.map((entry): TailEntry => ({ ...entry, labels })),
    )
    entries.sort((a, b) => (a.timestampNs < b.timestampNs ? -1 : 1))
    this.#seen = new Set(entries.map(keyOf))
    this.#seenUntilMs = this.#options.nowMs() + OVERLAP_MS
    for (const entry of entries) this.#hold(entry)
    if (entries.length > 0) this.#options.onReady()
  }

  #offer(batch: LogBatch, rows: Uint32Array): void {
    const wanted = this.#wantedRows(batch, rows)
    if (wanted.length === 0) return
    const sizeBytes = batch.bytes.length
    if (this.#queue.length > 0 && this.#queuedBytes + sizeBytes > MAX_QUEUED_BYTES) {
      this.#drop(batch, wanted)
      return
    }
    const own = { ...batch, bytes: new Uint8Array(batch.bytes) }
    this.#queue.push({ batch: own, rows: wanted, next: 0 })
    this.#queuedBytes += sizeBytes
    void this.#work()
  }

  #wantedRows(batch: LogBatch, rows: Uint32Array): Uint32Array {
    const { matchers } = this.#options.plan
    const isWanted = batch.streams.map((labels) =>
      matchers.every((one) => one.matches(labels.get(one.name))),
    )
    if (!isWanted.includes(true)) return NO_ROWS
    if (!isWanted.includes(false)) return rows
    return rows.filter((row) => isWanted[batch.streamIndex[row] as number] === true)
  }

  #drop(batch: LogBatch, rows: Uint32Array): void {
    const told = new Set<number>()
    for (const row of rows) {
      const stream = batch.streamIndex[row] as number
      if (told.has(stream)) continue
      told.add(stream)
      if (this.#dropped.length >= MAX_DROPPED) return
      const labels = batch.streams[stream] ?? Labels.EMPTY
      this.#dropped.push({ timestampNs: batch.timestampsNs[row] as bigint, labels })
    }
  }

  /** Sends what waits through the pipeline, as long as there is room for what comes of it. */
  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    try {
      for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
        const isDone = await this.#processBatch(first)
        if (!isDone) return
        this.#queue.shift()
        this.#queuedBytes -= first.batch.bytes.length
      }
    } catch (thrown) {
      if (!this.#ended.signal.aborted) this.#options.onFailed(thrown)
    } finally {
      this.#isWorking = false
    }
  }

  /** False when there is no room for more lines. */
  async #processBatch(queued: Queued): Promise<boolean> {
    const { batch, rows } = queued
    while (queued.next < rows.length) {
      if (this.#heldBytes >= MAX_HELD_BYTES) {
        this.#options.onReady()
        return false
      }
      const row = rows[queued.next++] as number
      const entry = this.#process(batch, row)
      if (entry !== undefined && !this.#isSeen(entry)) this.#hold(entry)
      const sizeBytes = (batch.ends[row] as number) - lineStart(batch, row)
      if (!this.#slices.spend(LINE_UNITS + sizeBytes / BYTES_PER_UNIT)) continue
      this.#options.onReady()
      await this.#slices.rest()
    }
    if (this.#held.length > 0) this.#options.onReady()
    return true
  }

  #process(batch: LogBatch, row: number): TailEntry | undefined {
    const timestampNs = batch.timestampsNs[row] as bigint
    const processed = this.#options.plan.pipeline.process(
      decoder.decode(batch.bytes.subarray(lineStart(batch, row), batch.ends[row])),
      batch.streams[batch.streamIndex[row] as number] ?? Labels.EMPTY,
      batch.metadata[batch.metadataIndex[row] as number] ?? Labels.EMPTY,
      timestampNs,
    )
    if (processed === undefined) return undefined
    const { line, stream, structuredMetadata, parsed } = processed
    return { timestampNs, line, labels: stream, structuredMetadata, parsed }
  }

  #isSeen(entry: TailEntry): boolean {
    if (this.#seen === undefined) return false
    if (this.#options.nowMs() > this.#seenUntilMs) {
      this.#seen = undefined
      return false
    }
    return this.#seen.has(keyOf(entry))
  }

  #hold(entry: TailEntry): void {
    const { delayMs, nowMs } = this.#options
    const timestampMs = Number(entry.timestampNs / NS_PER_MS)
    // A line of the future, by whoever's clock, need not wait for its time.
    const dueMs = delayMs === 0 ? 0 : Math.min(timestampMs, nowMs()) + delayMs
    const sizeBytes = entry.line.length + ENTRY_BYTES
    let at = this.#held.length
    while (
      delayMs > 0 &&
      at > 0 &&
      (this.#held[at - 1]?.entry.timestampNs ?? 0n) > entry.timestampNs
    )
      at--
    this.#held.splice(at, 0, { entry, sizeBytes, dueMs })
    this.#heldBytes += sizeBytes
  }

  #wakeLater(nowMs: number): void {
    const [first] = this.#held
    if (first === undefined) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#options.onReady(), Math.max(1, first.dueMs - nowMs))
  }
}

const NO_ROWS = new Uint32Array(0)

function keyOf({ timestampNs, labels, structuredMetadata, line }: TailEntry): string {
  return `${timestampNs}\n${labels.key}\n${structuredMetadata.key}\n${line}`
}
