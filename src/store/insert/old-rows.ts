import { decodeNative } from '../../formats/clickhouse-native/decode.ts'
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { wordsOf } from '../../model/stale.ts'
import type { StoreClient } from '../client.ts'
import { decimalId } from '../select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { rejectDuplicate, type OldRows, type Outcome } from './admit.ts'
import type { PendingRows } from './pending-rows.ts'

const ROWS_PER_QUESTION = 5000

export interface OldRowLaneOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
  /** The buffers of rows that are accepted but not stored yet. */
  readonly buffers: () => PendingRows[]
  readonly admit: (ref: SeriesRef, timestampMs: number, low: number, high: number) => void
}

/**
 * Decides about samples older than the hot window of series that have earlier samples: the engine is asked which of them it has.
 * One batch after the other, so that the same sample in two batches is seen.
 */
export class OldRowLane {
  readonly #options: OldRowLaneOptions
  #last: Promise<void> = Promise.resolve()

  constructor(options: OldRowLaneOptions) {
    this.#options = options
  }

  /** Resolves when all rows are in the buffer or refused. Rejects with the engine's problem; the rows before it are taken. */
  admit(batch: SampleBatch, old: OldRows, outcome: Outcome): Promise<void> {
    const run = this.#last.then(() => this.#admitAll(batch, old, outcome))
    this.#last = run.catch(() => undefined)
    return run
  }

  /**
   * Takes all rows as new without asking the engine, for senders that will not send again. Should one be there already, it is
   * folded when it is read.
   */
  admitUnchecked(batch: SampleBatch, old: OldRows, outcome: Outcome): void {
    this.#decide(batch, old.refs, old.rows, new Map(), outcome)
  }

  async #admitAll(batch: SampleBatch, old: OldRows, outcome: Outcome): Promise<void> {
    for (let from = 0; from < old.rows.length; from += ROWS_PER_QUESTION) {
      const refs = old.refs.slice(from, from + ROWS_PER_QUESTION)
      const rows = old.rows.slice(from, from + ROWS_PER_QUESTION)
      const stored = await this.#findStored(batch, refs, rows)
      this.#addBuffered(stored, new Set(refs))
      this.#decide(batch, refs, rows, stored, outcome)
    }
  }

  #decide(
    batch: SampleBatch,
    refs: readonly SeriesRef[],
    rows: readonly number[],
    stored: Map<string, string>,
    outcome: Outcome,
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
        this.#options.admit(ref, time, low, high)
        outcome.accepted++
      } else if (known === bits) outcome.accepted++
      else rejectDuplicate(batch.series[batch.seriesIndex[row] as number] as Labels, time, outcome)
    }
  }

  async #findStored(
    batch: SampleBatch,
    refs: readonly SeriesRef[],
    rows: readonly number[],
  ): Promise<Map<string, string>> {
    const { client, index } = this.#options
    const wanted = new Set(refs)
    const times = new Set(rows.map((row) => batch.timestampsMs[row] as number))
    const hashes = new Set(refs.map((ref) => index.metricHashOf(ref)))
    const bytes = await client.native(
      `SELECT id, ts, v FROM {db}.samples
       WHERE mh IN (${[...hashes].join(',')})
         AND id IN (${[...wanted].map((ref) => decimalId(index, ref)).join(',')})
         AND toUnixTimestamp64Milli(ts) IN (${[...times].join(',')})`,
    )
    const stored = new Map<string, string>()
    for (const block of decodeNative(bytes)) {
      const id = block.uint64Words('id')
      const ts = block.float64('ts')
      const words = wordsOf(block.float64('v'))
      for (let i = 0; i < block.rows; i++) {
        const ref = index.findById(id[i * 2] as number, id[i * 2 + 1] as number)
        stored.set(sampleKey(ref, ts[i] as number), `${words[i * 2]}:${words[i * 2 + 1]}`)
      }
    }
    return stored
  }

  #addBuffered(stored: Map<string, string>, wanted: ReadonlySet<SeriesRef>): void {
    for (const rows of this.#options.buffers()) {
      for (let i = 0; i < rows.length; i++) {
        const ref = rows.refs[i] as number
        if (!wanted.has(ref)) continue
        const key = sampleKey(ref, rows.timestampsMs[i] as number)
        stored.set(key, `${rows.words[i * 2]}:${rows.words[i * 2 + 1]}`)
      }
    }
  }
}

function sampleKey(ref: SeriesRef, timestampMs: number): string {
  return `${ref}@${timestampMs}`
}
