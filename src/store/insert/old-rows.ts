import { decodeNative } from '../../formats/clickhouse-native/decode.ts'
import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { wordsOf } from '../../model/stale.ts'
import type { StoreClient } from '../client.ts'
import { decimalId } from '../select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { rejectDuplicate, type OldRows, type Outcome } from './admit.ts'
import type { PendingRows } from './pending-rows.ts'

const ROWS_PER_QUESTION = 5000
const BUCKET_MS = 7_200_000

export interface OldRowLaneOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
  /** The buffers of rows that are accepted but not stored yet. */
  readonly buffers: () => PendingRows[]
  /** Throws when the engine is known to be away, and asking it would only take time. */
  readonly checkReady: () => void
  /** Takes a row that is new; `isOffered` tells that nobody sends it again. */
  readonly admit: (
    ref: SeriesRef,
    timestampMs: number,
    low: number,
    high: number,
    isOffered: boolean,
  ) => void
  /** So many rows may wait for an answer: more are not asked about. */
  readonly maxWaitingRows: number
}

/** A batch with the rows of it that are asked about. */
interface Question {
  readonly batch: SampleBatch
  readonly old: OldRows
  readonly outcome: Outcome
  readonly isOffered: boolean
}

/**
 * Decides about samples older than the hot window of series that have earlier samples: the engine is asked which of them it has.
 * One batch after the other, so that the same sample in two batches is seen.
 */
export class OldRowLane {
  readonly #options: OldRowLaneOptions
  #last: Promise<void> = Promise.resolve()
  readonly #waiting = new Set<OldRows>()
  #waitingRows = 0

  constructor(options: OldRowLaneOptions) {
    this.#options = options
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#waiting.size > 0) await this.#last
  }

  /** The series whose rows wait here: their refs may not be given to others. */
  addRefsInUse(refs: Set<SeriesRef>): void {
    for (const old of this.#waiting) for (const ref of old.refs) refs.add(ref)
  }

  /**
   * Resolves when all rows are in the buffer or refused. Rejects with the engine's problem, and when too many rows wait; the rows
   * before it are taken.
   */
  async admit(batch: SampleBatch, old: OldRows, outcome: Outcome): Promise<void> {
    if (this.#isFull) {
      throw new Problem(
        'unavailable',
        'too many samples older than the hot window wait for the store to be asked about them: try again',
      )
    }
    await this.#enqueue({ batch, old, outcome, isOffered: false }, (thrown) => {
      throw thrown
    })
  }

  /**
   * The same for senders that will not send again: where the engine cannot be asked, or too many rows wait for it, rows are taken as
   * new. Should one be there already, it is folded when it is read.
   */
  async offer(
    batch: SampleBatch,
    old: OldRows,
    outcome: Outcome,
    onProblem: (thrown: unknown) => void,
  ): Promise<void> {
    const question = { batch, old, outcome, isOffered: true }
    if (!this.#isFull) return this.#enqueue(question, onProblem)
    const stored = this.#findBuffered(wantedOf(batch, old.refs, old.rows))
    this.#decide(question, old.refs, old.rows, stored)
  }

  get #isFull(): boolean {
    return this.#waitingRows > this.#options.maxWaitingRows
  }

  #enqueue(question: Question, onProblem: (thrown: unknown) => void): Promise<void> {
    const { old } = question
    this.#waiting.add(old)
    this.#waitingRows += old.rows.length
    const run = this.#last
      .then(() => this.#admitAll(question, onProblem))
      .finally(() => {
        this.#waiting.delete(old)
        this.#waitingRows -= old.rows.length
      })
    this.#last = run.catch(() => undefined)
    return run
  }

  async #admitAll(question: Question, onProblem: (thrown: unknown) => void): Promise<void> {
    const { batch, old } = question
    for (let from = 0; from < old.rows.length; from += ROWS_PER_QUESTION) {
      const refs = old.refs.slice(from, from + ROWS_PER_QUESTION)
      const rows = old.rows.slice(from, from + ROWS_PER_QUESTION)
      const wanted = wantedOf(batch, refs, rows)
      // What waits now may be stored after the engine has looked and be gone from the buffers before its answer is here.
      const stored = this.#findBuffered(wanted)
      try {
        this.#options.checkReady()
        await this.#addStored(stored, batch, refs, rows)
      } catch (thrown) {
        onProblem(thrown)
      }
      for (const [key, bits] of this.#findBuffered(wanted)) stored.set(key, bits)
      this.#decide(question, refs, rows, stored)
    }
  }

  #decide(
    { batch, outcome, isOffered }: Question,
    refs: readonly SeriesRef[],
    rows: readonly number[],
    stored: Map<string, string>,
  ): void {
    const words = wordsOf(batch.values)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number
      const ref = refs[i] as number
      const time = batch.timestampsMs[row] as number
      const low = words[row * 2] as number
      const high = words[row * 2 + 1] as number
      const key = sampleKey(ref, time)
      const bits = `${low}:${high}`
      const known = stored.get(key)
      if (known === undefined) {
        stored.set(key, bits)
        this.#options.admit(ref, time, low, high, isOffered)
        outcome.accepted++
      } else if (known === bits) outcome.accepted++
      else rejectDuplicate(batch.series[batch.seriesIndex[row] as number] as Labels, time, outcome)
    }
  }

  /** Asks the engine which of the samples it has. */
  async #addStored(
    stored: Map<string, string>,
    batch: SampleBatch,
    refs: readonly SeriesRef[],
    rows: readonly number[],
  ): Promise<void> {
    const { client, index } = this.#options
    const wanted = new Set(refs)
    const times = new Set(rows.map((row) => batch.timestampsMs[row] as number))
    const buckets = new Set([...times].map((time) => Math.floor(time / BUCKET_MS)))
    const { fromMs, toMs } = wantedOf(batch, refs, rows)
    const hashes = new Set(refs.map((ref) => index.metricHashOf(ref)))
    const bytes = await client.native(
      `SELECT id, ts, v FROM {db}.samples
       WHERE mh IN (${[...hashes].join(',')})
         AND intDiv(toUnixTimestamp64Milli(ts), ${BUCKET_MS}) IN (${[...buckets].join(',')})
         AND ts BETWEEN fromUnixTimestamp64Milli(${fromMs}, 'UTC') AND fromUnixTimestamp64Milli(${toMs}, 'UTC')
         AND id IN (${[...wanted].map((ref) => decimalId(index, ref)).join(',')})
         AND toUnixTimestamp64Milli(ts) IN (${[...times].join(',')})`,
    )
    for (const block of decodeNative(bytes)) {
      const id = block.uint64Words('id')
      const ts = block.float64('ts')
      const words = wordsOf(block.float64('v'))
      for (let i = 0; i < block.rows; i++) {
        const ref = index.findById(id[i * 2] as number, id[i * 2 + 1] as number)
        stored.set(sampleKey(ref, ts[i] as number), `${words[i * 2]}:${words[i * 2 + 1]}`)
      }
    }
  }

  /** The samples of wanted series that are accepted and not stored yet. */
  #findBuffered({ refs, fromMs, toMs }: Wanted): Map<string, string> {
    const found = new Map<string, string>()
    for (const rows of this.#options.buffers()) {
      if (rows.oldestMs > toMs) continue
      for (let i = 0; i < rows.length; i++) {
        const time = rows.timestampsMs[i] as number
        if (time > toMs || time < fromMs) continue
        const ref = rows.refs[i] as number
        if (!refs.has(ref)) continue
        found.set(sampleKey(ref, time), `${rows.words[i * 2]}:${rows.words[i * 2 + 1]}`)
      }
    }
    return found
  }
}

/** What a question is about: these series between these times. */
interface Wanted {
  readonly refs: ReadonlySet<SeriesRef>
  readonly fromMs: number
  readonly toMs: number
}

function wantedOf(batch: SampleBatch, refs: readonly SeriesRef[], rows: readonly number[]): Wanted {
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    const time = batch.timestampsMs[row] as number
    fromMs = Math.min(fromMs, time)
    toMs = Math.max(toMs, time)
  }
  return { refs: new Set(refs), fromMs, toMs }
}

function sampleKey(ref: SeriesRef, timestampMs: number): string {
  return `${ref}@${timestampMs}`
}
