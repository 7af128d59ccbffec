import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { endsWithin } from '../ends-within.ts'
import { chooseParts, type Doomed } from './choose-parts.ts'
import { DiskGate, type GateLook } from './disk-gate.ts'
import { boundMerges, dropParts, sweep } from './drop-parts.ts'
import {
  readGrowth,
  readParts,
  readTableUsage,
  type Growth,
  type TableUsage,
} from './disk-usage.ts'
import { forecast, type Forecast } from './forecast.ts'
import { measureFiles, type OtherFiles } from './measure-files.ts'
import { boundsOf, shareOut, type DiskBounds, type DiskBudgetSettings } from './share-out.ts'
import { perSignal, signalOf, SIGNALS, sumOf, type PerSignal, type Signal } from './signals.ts'

export interface DiskBudgetOptions {
  readonly client: StoreClient
  /** The data directory. */
  readonly folder: string
  /** Undefined without a budget: then the disk is only watched. */
  readonly settings: () => DiskBudgetSettings | undefined
  /** How long each signal is kept at most. */
  readonly retentionMs: () => PerSignal<number>
  /** Told before data of a signal goes: everything before this. */
  readonly onDrop: (signal: Signal, untilMs: number) => void
  /** What may still come on the disk of the data directory, whatever the budget says; undefined where that is not known. */
  readonly freeBytes: () => Promise<number | undefined>
  /** Frees what a backup held that did not end by itself. */
  readonly letGo: () => Promise<void>
  readonly log: {
    info(message: string, fields?: Record<string, unknown>): void
    warn(message: string, fields?: Record<string, unknown>): void
  }
  readonly nowMs?: () => number
}

/** What the data directory takes, in bytes on the disk. */
export interface DiskUsage {
  readonly signals: PerSignal<number>
  /** Replaced by merges, or being made by them: this goes by itself. */
  readonly passingBytes: number
  /** Everything that is no signal's: metadata, queues, backups in the directory. */
  readonly otherBytes: number
  /** Dropped, but held by a backup that is under way. */
  readonly heldBytes: number
  readonly totalBytes: number
}

/** What `vedette status`, the web UI and the metrics tell about the disk. */
export interface DiskState {
  readonly settings: DiskBudgetSettings | undefined
  readonly usage: DiskUsage
  readonly bytesPerSecond: PerSignal<number>
  readonly oldestMs: PerSignal<number | undefined>
  /** Of the budget, or of the disk where that is full sooner. */
  readonly forecast: Forecast & { readonly isOfBudget: boolean }
  readonly droppedBytes: PerSignal<number>
  /** When something was dropped for the budget last; undefined for never. */
  readonly droppedAtMs: PerSignal<number | undefined>
  /** Why pushes are refused; undefined while they are not. */
  readonly refusal: string | undefined
}

/** Two merges write no more than this. */
const MERGED_BYTES_PER_SECOND = 50 * 1024 * 1024
/** Without anything coming in nothing has to be looked at often. */
const LONGEST_PAUSE_MS = 15_000
const SHORTEST_PAUSE_MS = 250
const PAUSE_WITHOUT_BUDGET_MS = 60_000
const TELL_EVERY_MS = 60_000
const FILES_EVERY_MS = 5000
/** What is shown may be so old. */
const FRESH_MS = 3000
const GROWTH_EVERY_MS = 60_000
/** Merges in a flood have so much of the budget under way at most: then less is kept, instead of nothing being taken. */
const MOST_PASSING = 0.15
/** How much of what was under way at most is still expected after a look. */
const PASSING_DECAY = 0.95
const MOST_ROUNDS = 3
const STOP_MS = 1000
/** Of the budget: so much of the data is never dropped for other files. */
const ALWAYS_KEPT = 1 / 4
/** Of the budget: a third. */
const MOST_AT_ONCE = 3

/**
 * Keeps everything in the data directory within a budget: what is too much goes, the oldest first, by the shares of the signals. Inserts
 * ask before they are made (disk-gate.ts); a timer looks after what grows without them.
 */
export class DiskBudget {
  readonly #options: DiskBudgetOptions
  readonly #nowMs: () => number
  readonly #gate: DiskGate
  #bounds: DiskBounds | undefined
  #settings: DiskBudgetSettings | undefined
  /** For which settings merges are bounded, as text. */
  #boundedFor: string | undefined
  #tables: TableUsage | undefined
  #files: OtherFiles = { bytes: 0, heldBytes: 0, isHeld: false }
  #filesAtMs = Number.NEGATIVE_INFINITY
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #growth: Growth | undefined
  #growthAtMs = Number.NEGATIVE_INFINITY
  #freeBytes: number | undefined
  #usuallyPassing = 0
  readonly #droppedBytes = { metrics: 0, logs: 0, traces: 0 }
  readonly #droppedAtMs: Partial<Record<Signal, number>> = {}
  readonly #untoldBytes = { metrics: 0, logs: 0, traces: 0 }
  readonly #toldAtMs: Partial<Record<Signal, number>> = {}
  #timer: NodeJS.Timeout | undefined
  /** Nothing came since the last look, and nothing was under way. */
  #isIdle = false
  #isStopped = false
  /** Looks and changes come one after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: DiskBudgetOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
    this.#gate = new DiskGate({
      look: (neededBytes) => this.#makeRoom(neededBytes),
      mostBytes: () => (this.#bounds?.limitBytes ?? Number.POSITIVE_INFINITY) / MOST_AT_ONCE,
      explain: () => this.#explain(),
      sleep: (durationMs) => sleep(durationMs),
    })
  }

  /** Looks at what is there, makes room, and goes on looking until `stop`. */
  async start(): Promise<void> {
    try {
      await this.apply()
    } finally {
      this.#plan()
    }
  }

  /** What is under way gets a second: an engine that hangs must not hold up the end. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await endsWithin(STOP_MS, this.#turn)
  }

  /** Takes the settings that are in force now. */
  async apply(): Promise<void> {
    await this.#inTurn(async () => {
      const settings = this.#options.settings()
      const text = JSON.stringify(settings) ?? ''
      if (text === this.#boundedFor) return
      this.#settings = settings
      this.#bounds = settings && boundsOf(settings)
      this.#isIdle = false
      await boundMerges(this.#options.client, this.#bounds?.largestMergeBytes)
      this.#boundedFor = text
    })
    await this.#gate.look(0)
  }

  /**
   * Resolves when rows of a table may be stored, to what is to be called when they are. Rejects with `unavailable` when the budget has no
   * room for them.
   */
  async admit(table: string, plainBytes: number): Promise<() => void> {
    if (this.#bounds === undefined || signalOf(table) === undefined) return () => undefined
    const release = await this.#gate.admit(table, plainBytes)
    if (this.#isIdle && !this.#isStopped) {
      clearTimeout(this.#timer)
      this.#isIdle = false
      this.#plan()
    }
    return release
  }

  /** Why nothing is taken now; undefined while it is. */
  get refusal(): string | undefined {
    return this.#bounds !== undefined && this.#gate.isRefusing ? this.#explain() : undefined
  }

  /** Looks again for who wants to know now, unless somebody just did. */
  async refresh(): Promise<void> {
    const nowMs = performance.now()
    this.#growthAtMs = Math.min(this.#growthAtMs, nowMs - GROWTH_EVERY_MS + FRESH_MS)
    if (nowMs - this.#lookedAtMs > FRESH_MS) await this.#gate.look(0)
  }

  /** Undefined before the first look. */
  get state(): DiskState | undefined {
    const [tables, growth] = [this.#tables, this.#growth]
    if (tables === undefined || growth === undefined) return undefined
    return {
      settings: this.#settings,
      usage: this.#usage(tables),
      ...growth,
      forecast: this.#forecast(tables, growth),
      droppedBytes: { ...this.#droppedBytes },
      droppedAtMs: perSignal((signal) => this.#droppedAtMs[signal]),
      refusal: this.refusal,
    }
  }

  #plan(): void {
    if (this.#isStopped) return
    const timer = setTimeout(() => {
      this.#isIdle = true
      void this.apply()
        .catch((thrown: unknown) =>
          this.#options.log.warn('the disk could not be looked at; it will be tried again', {
            reason: messageOf(thrown),
          }),
        )
        .finally(() => {
          // Who came meanwhile has planned already.
          if (this.#timer === timer) this.#plan()
        })
    }, this.#pauseMs())
    this.#timer = timer.unref()
  }

  /** Merges take room by themselves after something came in: soon where there is little, seldom where there is much. */
  #pauseMs(): number {
    if (this.#bounds === undefined) return PAUSE_WITHOUT_BUDGET_MS
    if (this.#gate.isRefusing) return SHORTEST_PAUSE_MS * 2
    if (this.#isIdle && this.#tables?.passingBytes === 0) return LONGEST_PAUSE_MS
    const roomMs = (this.#gate.roomBytes / MERGED_BYTES_PER_SECOND) * 1000
    return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, roomMs))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work)
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    )
    return turn
  }

  /** Measures, drops what is too much, and tells what is free then. */
  #makeRoom(neededBytes: number): Promise<GateLook> {
    return this.#inTurn(() => this.#makeRoomNow(neededBytes))
  }

  async #makeRoomNow(neededBytes: number): Promise<GateLook> {
    let tables = await this.#measure()
    const bounds = this.#bounds
    if (bounds === undefined) {
      return { roomBytes: Number.POSITIVE_INFINITY, isPassing: false, ratios: tables.ratios }
    }
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const excess = this.#stayingBytes(tables) + neededBytes - bounds.limitBytes
      const tooMuch = excess + this.#allowance(bounds.limitBytes)
      // Whoever puts large files into the directory is not to lose all data for it.
      const mayGo = sumOf(movableOf(tables)) - bounds.limitBytes * ALWAYS_KEPT
      if (tooMuch <= 0 || mayGo <= 0 || this.#files.isHeld) break
      await this.#drop(tables, Math.min(tooMuch + bounds.chunkBytes, mayGo))
      tables = await this.#measure()
    }
    if (this.#roomOf(tables, bounds) < neededBytes + bounds.chunkBytes && tables.passingBytes > 0) {
      await sweep(this.#options.client)
      tables = await this.#measure()
    }
    return {
      roomBytes: this.#roomOf(tables, bounds),
      isPassing: tables.passingBytes > 0,
      ratios: tables.ratios,
    }
  }

  /** Of what is too much each signal gives by its share, the oldest first. */
  async #drop(tables: TableUsage, bytes: number): Promise<void> {
    const { client, onDrop } = this.#options
    const settings = this.#settings
    if (settings === undefined) return
    const movable = movableOf(tables)
    const gives = shareOut(movable, sumOf(movable) - bytes, settings)
    for (const signal of settings.order) {
      if (gives[signal] <= 0) continue
      const { parts, isArchived } = await readParts(client, signal)
      const doomed = chooseParts(parts, gives[signal])
      if (doomed.bytes === 0) continue
      // What is older lies in the archive: nothing of it is to be forgotten.
      if (!isArchived) onDrop(signal, doomed.untilMs)
      await dropParts(client, doomed)
      this.#droppedBytes[signal] += doomed.bytes
      this.#droppedAtMs[signal] = this.#nowMs()
      this.#growthAtMs = Math.min(this.#growthAtMs, performance.now() - GROWTH_EVERY_MS / 2)
      this.#tell(signal, doomed)
    }
  }

  /** Once a minute: in a flood something goes every second. */
  #tell(signal: Signal, { bytes, untilMs }: Doomed): void {
    const nowMs = performance.now()
    this.#untoldBytes[signal] += bytes
    if (nowMs - (this.#toldAtMs[signal] ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return
    this.#options.log.info(`dropped the oldest ${signal} to stay within the disk budget`, {
      bytes: this.#untoldBytes[signal],
      before: new Date(untilMs).toISOString(),
    })
    this.#toldAtMs[signal] = nowMs
    this.#untoldBytes[signal] = 0
  }

  async #measure(): Promise<TableUsage> {
    const nowMs = performance.now()
    this.#lookedAtMs = nowMs
    const { client, folder, letGo, freeBytes } = this.#options
    if (nowMs - this.#filesAtMs > FILES_EVERY_MS) {
      this.#filesAtMs = nowMs
      this.#files = await measureFiles(folder)
      if (this.#files.isHeld) await letGo()
      this.#freeBytes = await freeBytes()
    }
    if (nowMs - this.#growthAtMs > GROWTH_EVERY_MS) {
      this.#growthAtMs = nowMs
      this.#growth = await readGrowth(client, this.#nowMs())
    }
    const tables = await readTableUsage(client)
    this.#tables = tables
    this.#usuallyPassing = Math.max(tables.passingBytes, this.#usuallyPassing * PASSING_DECAY)
    return tables
  }

  #stayingBytes({ bytes, otherBytes }: TableUsage): number {
    return sumOf(bytes) + otherBytes + this.#files.bytes + this.#files.heldBytes
  }

  /** For what merges are expected to have under way. */
  #allowance(limitBytes: number): number {
    return Math.min(this.#usuallyPassing, limitBytes * MOST_PASSING)
  }

  #roomOf(tables: TableUsage, bounds: DiskBounds): number {
    return bounds.limitBytes - this.#stayingBytes(tables) - tables.passingBytes
  }

  #usage(tables: TableUsage): DiskUsage {
    return {
      signals: tables.bytes,
      passingBytes: tables.passingBytes,
      otherBytes: tables.otherBytes + this.#files.bytes,
      heldBytes: this.#files.heldBytes,
      totalBytes: this.#stayingBytes(tables) + tables.passingBytes,
    }
  }

  #forecast(tables: TableUsage, growth: Growth): DiskState['forecast'] {
    const growing = {
      ...{ nowMs: this.#nowMs(), bytes: tables.bytes, ...growth },
      retentionMs: this.#options.retentionMs(),
    }
    const has = sumOf(tables.bytes)
    const settings = this.#settings
    const diskBytes = has + Math.max(0, this.#freeBytes ?? Number.POSITIVE_INFINITY)
    if (settings === undefined || this.#bounds === undefined) {
      const { fullInMs, reachMs } = forecast(growing, diskBytes, NO_SHARES)
      // On a full disk nothing is stored any more, and nothing goes.
      const isFull = fullInMs !== undefined
      return { fullInMs, reachMs: isFull ? perSignal(() => undefined) : reachMs, isOfBudget: false }
    }
    // Something goes when there is less than this, and then somewhat more than has to.
    const { limitBytes, chunkBytes } = this.#bounds
    const sparedBytes = this.#allowance(limitBytes) + 2 * chunkBytes
    const roomBytes = limitBytes - sparedBytes - (this.#stayingBytes(tables) - has)
    const isOfBudget = roomBytes <= diskBytes
    return { ...forecast(growing, Math.min(roomBytes, diskBytes), settings), isOfBudget }
  }

  get #hasOthers(): boolean {
    const limitBytes = this.#bounds?.limitBytes ?? Number.POSITIVE_INFINITY
    const { otherBytes = 0, bucketBytes = 0 } = this.#tables ?? {}
    return otherBytes + bucketBytes + this.#files.bytes > limitBytes / 2
  }

  #explain(): string {
    const budget = `the disk budget (storage.disk_budget = ${this.#settings?.budgetBytes ?? 0} bytes) is used up`
    const why = this.#files.isHeld
      ? ', and a backup under way holds what would have to go'
      : this.#hasOthers
        ? ', most of it by other files in the data directory'
        : ', and the oldest data is being dropped'
    return `${budget}${why}: nothing of this request was taken, try again`
  }
}

/** What may go to make room. */
function movableOf({ bytes, bucketBytes }: TableUsage): PerSignal<number> {
  return { ...bytes, metrics: bytes.metrics - bucketBytes }
}

const NO_SHARES = { shares: { metrics: 1, logs: 0, traces: 0 }, order: SIGNALS }
