import type { PushOutcome } from '../../ingest/lines.ts'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import { LineBatchBuilder } from './line-batch.ts'
import { pause } from './pause.ts'
import type { PositionChange } from './positions/position-record.ts'
import type { Positions } from './positions/positions.ts'
import type { LogEntry } from './stages/entry.ts'
import { publicLabels } from './public-labels.ts'
import type { TailMetrics } from './tail-metrics.ts'

/** A batch is given on when it holds so much. */
const BATCH_BYTES = 2 * 1024 * 1024
/** Lines waiting, those under way included: past it nothing is read. */
const ROOM_BYTES = 12 * 1024 * 1024
/** A line counts for so much beside its bytes. */
const ROW_BYTES = 32
/** A lone line waits so long for others, and what comes without pause is given on about once a second. */
const LINGER_MS = 50
const INTERVAL_MS = 1000
const RETRY_LEAST_MS = 250
const RETRY_MOST_MS = 5000
/** How often a batch that is over the rate that the store takes is offered again before it is dropped, as promtail does. */
const RETRIES = 10
const REFUSAL_LOG_MS = 60_000

/** What lines come from, as the outbox sees it. Offsets grow; the source knows what they mean. */
export interface OutboxSource {
  /** What is to be written down before lines that were emitted since the last call are given on. */
  takeMarks(): readonly PositionChange[]
  /** Up to here everything was emitted or needs no more. */
  readonly safeOffset: number
  /** Everything before is stored, or will never be: the change that says so. */
  commit(offset: number): readonly PositionChange[]
}

export interface OutboxOptions {
  readonly push: (batch: LogBatch) => Promise<PushOutcome>
  readonly positions: Positions
  readonly metrics: TailMetrics
  readonly log: Log
}

/** What the configuration says about lines on their way out. */
export interface OutboxRules {
  /** Added to all streams that have no such label. */
  readonly externalLabels: Labels
  /** Longer lines are dropped, or cut; 0: none are. */
  readonly maxLineBytes: number
  readonly cutsLines: boolean
}

/**
 * Between the readers and the store: lines of all sources are joined into batches, and one batch at a time is under way. Times that
 * were given to its lines are written down first; the positions of its sources move on only when it is durable. When the store does
 * not take it, it is offered again until it does, and readers wait for room.
 */
export class Outbox {
  readonly #options: OutboxOptions
  #rules: OutboxRules = { externalLabels: Labels.EMPTY, maxLineBytes: 0, cutsLines: false }
  #streams = new WeakMap<Labels, Labels>()
  #batch = new LineBatchBuilder()
  #dirty = new Set<OutboxSource>()
  #underWayBytes = 0
  #timer: NodeJS.Timeout | undefined
  #dueMs = Number.POSITIVE_INFINITY
  #lastSentMs = Number.NEGATIVE_INFINITY
  #sending: Promise<void> | undefined
  #waiting: (() => void)[] = []
  #abort = new AbortController()
  #refusalSaidMs = Number.NEGATIVE_INFINITY

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  setRules(rules: OutboxRules): void {
    this.#rules = rules
    this.#streams = new WeakMap()
  }

  /** An entry that left the stages. */
  emit(source: OutboxSource, entry: LogEntry): void {
    const { maxLineBytes, cutsLines } = this.#rules
    let { line } = entry
    if (maxLineBytes > 0 && line.length * 3 > maxLineBytes) {
      const bytes = Buffer.from(line)
      if (bytes.length > maxLineBytes) {
        if (!cutsLines) {
          this.#options.metrics.dropped('line_too_long', 1)
          this.touch(source)
          return
        }
        line = bytes.toString('utf8', 0, maxLineBytes)
      }
    }
    this.#batch.add(this.#streamOf(entry.labels), entry.timestampNs, line, entry.metadata)
    this.touch(source)
  }

  /** A line that is UTF-8 already, with no stages to go through: `bytes[start, end)`. */
  emitBytes(
    source: OutboxSource,
    labels: Labels,
    timestampNs: bigint,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { maxLineBytes, cutsLines } = this.#rules
    let stop = end
    if (maxLineBytes > 0 && end - start > maxLineBytes) {
      if (!cutsLines) {
        this.#options.metrics.dropped('line_too_long', 1)
        this.touch(source)
        return
      }
      stop = start + maxLineBytes
    }
    this.#batch.addBytes(this.#streamOf(labels), timestampNs, bytes, start, stop)
    this.touch(source)
  }

  /** The source went on, perhaps without a line. */
  touch(source: OutboxSource): void {
    this.#dirty.add(source)
    if (this.#size(this.#batch) >= BATCH_BYTES) this.#schedule(0)
    else if (this.#dueMs === Number.POSITIVE_INFINITY) {
      const nowMs = performance.now()
      this.#schedule(Math.max(LINGER_MS, this.#lastSentMs + INTERVAL_MS - nowMs))
    }
  }

  get hasRoom(): boolean {
    return this.#underWayBytes + this.#size(this.#batch) < ROOM_BYTES
  }

  /** Resolves when lines may come again. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Resolves when everything that was emitted before is stored and noted, or after the time: to whether it is. */
  async flush(timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs)
    })
    const done = (async () => {
      while (this.#sending !== undefined || this.#dirty.size > 0) {
        if (this.#sending === undefined) this.#start()
        await this.#sending
      }
      return true as const
    })()
    const isDone = await Promise.race([done, late])
    clearTimeout(timer)
    return isDone
  }

  /** Gives up what is not stored; it will be read again. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#dueMs = Number.NEGATIVE_INFINITY
    this.#abort.abort()
    this.#dirty.clear()
    this.#batch = new LineBatchBuilder()
    this.#wake()
    await this.#sending
  }

  #size(batch: LineBatchBuilder): number {
    return batch.sizeBytes + batch.rows * ROW_BYTES
  }

  #streamOf(labels: Labels): Labels {
    const known = this.#streams.get(labels)
    if (known !== undefined) return known
    const own = publicLabels(labels)
    const { externalLabels } = this.#rules
    const stream =
      externalLabels.size === 0
        ? own
        : Labels.from({ ...externalLabels.toObject(), ...own.toObject() })
    this.#streams.set(labels, stream)
    return stream
  }

  #schedule(delayMs: number): void {
    const dueMs = performance.now() + delayMs
    if (dueMs >= this.#dueMs) return
    this.#dueMs = dueMs
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      // Timers run up to two milliseconds before their time: what is due now must not count as due later, with no timer left.
      this.#dueMs = Math.min(this.#dueMs, performance.now())
      // The batch under way starts this one when it is done.
      if (this.#sending === undefined) this.#start()
    }, delayMs)
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined
      const isLate = this.#dueMs <= performance.now()
      if (isLate && this.#dirty.size > 0 && !this.#abort.signal.aborted) this.#start()
    })
  }

  async #send(): Promise<void> {
    const builder = this.#batch
    const sources = [...this.#dirty].map((source) => ({ source, offset: source.safeOffset }))
    const marks = sources.flatMap(({ source }) => source.takeMarks())
    this.#batch = new LineBatchBuilder()
    this.#dirty = new Set()
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#lastSentMs = performance.now()
    this.#underWayBytes = this.#size(builder)
    try {
      const { positions } = this.#options
      if (builder.rows > 0) {
        // What has times of its own needs none to be written down.
        if (marks.length > 0) await positions.noteDurably(marks)
        if (!(await this.#push(builder.build()))) return
      }
      positions.note(sources.flatMap(({ source, offset }) => source.commit(offset)))
    } catch (thrown) {
      this.#options.log.error('a batch of collected lines could not be handled', {
        reason: messageOf(thrown),
      })
    } finally {
      this.#underWayBytes = 0
      this.#wake()
    }
  }

  /** Resolves to false when the program ends before. */
  async #push(batch: LogBatch): Promise<boolean> {
    let waitMs = RETRY_LEAST_MS
    for (let attempt = 1; !this.#abort.signal.aborted; attempt++) {
      const outcome = await this.#offer(batch, attempt)
      if (outcome === 'done') return true
      if (outcome === 'give up' && attempt > RETRIES) {
        this.#options.metrics.dropped('rate_limited', batch.ends.length)
        return true
      }
      await pause(waitMs, this.#abort.signal)
      waitMs = Math.min(RETRY_MOST_MS, waitMs * 2)
    }
    return false
  }

  async #offer(batch: LogBatch, attempt: number): Promise<'done' | 'again' | 'give up'> {
    const { push, metrics, log } = this.#options
    try {
      const outcome = await this.#orEnd(push(batch))
      if (outcome === undefined) return 'again'
      metrics.sent(outcome.lines, batch.bytes.length)
      if (outcome.kind === 'stored') return 'done'
      this.#sayRefusal(outcome.message)
      if (outcome.kind === 'limited' && isRateLimit(outcome)) return 'give up'
      metrics.dropped('ingester_error', batch.ends.length - outcome.lines)
      return 'done'
    } catch (thrown) {
      if (attempt % 20 === 2) {
        log.warn('collected lines cannot be stored now and wait', {
          reason: messageOf(thrown),
          lines: batch.ends.length,
        })
      }
      // What is no problem of the store would not become better by waiting for it.
      return thrown instanceof Problem ? 'again' : 'give up'
    }
  }

  /** Undefined when the program ends before there is an answer. */
  async #orEnd<T>(answer: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#abort
    let end: () => void = () => undefined
    const ended = new Promise<undefined>((resolve) => {
      end = () => resolve(undefined)
      signal.addEventListener('abort', end)
    })
    try {
      return await Promise.race([answer, ended])
    } finally {
      signal.removeEventListener('abort', end)
      answer.catch(() => undefined)
    }
  }

  #sayRefusal(reason: string): void {
    const nowMs = performance.now()
    if (nowMs - this.#refusalSaidMs < REFUSAL_LOG_MS) return
    this.#refusalSaidMs = nowMs
    this.#options.log.warn('some collected lines were refused', {
      reason: reason.slice(0, 400),
    })
  }

  #wake(): void {
    if (!this.hasRoom && !this.#abort.signal.aborted) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Nothing was taken because of the rate, which another time allows; a limit of streams does not go away by waiting. */
function isRateLimit({ message, lines }: { message: string; lines: number }): boolean {
  return lines === 0 && message.startsWith('ingestion rate limit exceeded')
}
