import { setTimeout as sleep } from 'node:timers/promises'
import { decodeBlocks, type NativeBlock } from '../formats/clickhouse-native/decode.ts'
import { metadataLabels } from '../formats/loki-push/metadata-labels.ts'
import { Labels } from '../model/labels.ts'
import { Slices } from '../self/loop-turns.ts'
import type { StoreClient } from './client.ts'
import { DoomedLines } from './doomed-lines.ts'
import {
  DELETION_SETTINGS,
  isTooLarge,
  whereAll,
  type DeletionRange,
  type JudgeLine,
} from './lines-to-delete.ts'
import type { Needle } from './lines-source.ts'
import { LINE_BUCKET_NS } from './schema.ts'
import type { SeriesIndex, SeriesRef } from './series/series-index.ts'

/** Lines are read by so much time at first; by more where there are few, by less where the engine has no memory for it. */
const FIRST_SPAN_NS = LINE_BUCKET_NS
const LONGEST_SPAN_NS = 86_400_000_000_000n
const SHORTEST_SPAN_NS = 1_000_000n
const MOST_ROWS = 10_000
const FIRST_ROWS = 500
const FEWEST_ROWS = 4
/** So much text is wanted of one answer, about; of much more, a smaller one is asked for. */
const PAGE_BYTES = 4 * 1024 * 1024
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const POLL_MS = 100
const ROW_UNITS = 20

/** Which lines are read and how they are judged. */
export interface Judgement {
  readonly needles: readonly Needle[]
  /** A condition of ours on the text of lines. */
  readonly condition: string | undefined
  readonly judge: JudgeLine
}

/** Reads lines from the oldest on, page by page, and gathers those that are to be deleted. */
export class JudgedReader {
  readonly doomed = new DoomedLines()
  readonly #client: StoreClient
  readonly #index: SeriesIndex
  readonly #wanted: Judgement
  readonly #refs: readonly SeriesRef[]
  readonly #slices = new Slices()
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #limit = FIRST_ROWS
  #spanNs = FIRST_SPAN_NS

  constructor(
    client: StoreClient,
    index: SeriesIndex,
    wanted: Judgement,
    refs: readonly SeriesRef[],
  ) {
    this.#client = client
    this.#index = index
    this.#wanted = wanted
    this.#refs = refs
  }

  /** Judges the first lines from `startNs` on; returns where the next page begins, `endNs` when there is none. */
  async read(startNs: bigint, endNs: bigint): Promise<bigint> {
    const range = this.#rangeFrom(startNs, endNs)
    const answer = await this.#askPage(range)
    if (answer === undefined) return startNs
    let rows = 0
    let lastNs = startNs
    for (const block of decodeBlocks(answer)) {
      rows += block.rows
      lastNs = await this.#judgeBlock(block)
    }
    if (rows < this.#limit) {
      const longerNs = this.#spanNs * 2n
      if (rows * 4 < this.#limit && longerNs <= LONGEST_SPAN_NS) this.#spanNs = longerNs
      if (rows === 0) this.#limit = Math.max(this.#limit, FIRST_ROWS)
      return range.endNs
    }
    const fitting = Math.floor((PAGE_BYTES / answer.length) * rows)
    this.#limit = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, fitting))
    // Of the last nanosecond there may be more: its lines are all of the next page.
    this.doomed.shortenTo(lastNs)
    if (lastNs > startNs) return lastNs
    // All rows are of one nanosecond, which may have any number of them.
    await this.#readTied(lastNs)
    return lastNs + 1n
  }

  #rangeFrom(startNs: bigint, endNs: bigint): DeletionRange {
    const untilNs = startNs + this.#spanNs
    return { startNs, endNs: untilNs < endNs ? untilNs : endNs }
  }

  /** The lines of one nanosecond, in as many parts as it takes. */
  async #readTied(timestampNs: bigint): Promise<void> {
    const range = { startNs: timestampNs, endNs: timestampNs + 1n }
    const where = this.#where(range)
    const before = this.doomed.count
    for (let parts = 16; ; parts *= 8) {
      this.doomed.shorten(before)
      try {
        for (let part = 0; part < parts; part++) {
          const answer = await this.#ask(
            `SELECT id, ts, body, meta, cityHash64(body, meta) AS hash FROM {db}.lines
             WHERE ${where} AND cityHash64(body, meta) % ${parts} = ${part}`,
          )
          for (const block of decodeBlocks(answer)) await this.#judgeBlock(block)
        }
        return
      } catch (thrown) {
        if (!isTooLarge(thrown) || parts > MOST_ROWS) throw thrown
      }
    }
  }

  /** Undefined when the engine has no room for the answer: the next one is asked for less. */
  async #askPage(range: DeletionRange): Promise<Uint8Array | undefined> {
    const where = this.#where(range)
    try {
      // The hash is made of the rows that are left: otherwise all texts of the range would be read for it.
      return await this.#ask(
        `SELECT id, ts, body, meta, cityHash64(body, meta) AS hash FROM
         (SELECT id, ts, body, meta FROM {db}.lines WHERE ${where} ORDER BY ts, id LIMIT ${this.#limit})`,
      )
    } catch (thrown) {
      const canShrink = this.#limit > FEWEST_ROWS || this.#spanNs > SHORTEST_SPAN_NS
      if (!isTooLarge(thrown) || !canShrink) throw thrown
      this.#limit = Math.max(FEWEST_ROWS, Math.floor(this.#limit / 4))
      if (this.#spanNs > SHORTEST_SPAN_NS) this.#spanNs /= 4n
      // What other queries hold may be free by then.
      await sleep(POLL_MS)
      return undefined
    }
  }

  #where(range: DeletionRange): string {
    const { needles, condition } = this.#wanted
    const where = whereAll(this.#index, this.#refs, range, needles)
    return condition === undefined ? where : `${where} AND ${condition}`
  }

  #ask(query: string): Promise<Uint8Array> {
    return this.#client.native(query, {
      seesDoomed: true,
      settings: {
        ...DELETION_SETTINGS,
        max_result_bytes: MAX_ANSWER_BYTES,
        max_threads: 1,
        max_block_size: 8192,
        query_plan_max_limit_for_lazy_materialization: MOST_ROWS,
      },
    })
  }

  /** The time of the last row. */
  async #judgeBlock(block: NativeBlock): Promise<bigint> {
    const ids = block.bigUint64('id')
    const idWords = block.uint64Words('id')
    const times = block.bigUint64('ts')
    const hashes = block.bigUint64('hash')
    const { bytes, starts, ends } = block.stringBytes('body')
    const metadata = block.stringMap('meta')
    for (let row = 0; row < block.rows; row++) {
      const timestampNs = BigInt.asIntN(64, times[row] as bigint)
      const ref = this.#index.findById(idWords[row * 2] as number, idWords[row * 2 + 1] as number)
      if (ref < 0) continue
      const text = this.#decoder.decode(bytes.subarray(starts[row], ends[row]))
      const own = metadataAt(metadata, row)
      if (this.#wanted.judge(text, this.#index.labelsOf(ref), own, timestampNs)) {
        this.doomed.add(ids[row] as bigint, timestampNs, hashes[row] as bigint)
      }
      if (this.#slices.spend(ROW_UNITS)) await this.#slices.rest()
    }
    return BigInt.asIntN(64, times[block.rows - 1] as bigint)
  }
}

function metadataAt(
  { offsets, keys, values }: ReturnType<NativeBlock['stringMap']>,
  row: number,
): Labels {
  const from = offsets[row] as number
  const to = offsets[row + 1] as number
  if (from === to) return Labels.EMPTY
  const pairs: [string, string][] = []
  for (let i = from; i < to; i++) pairs.push([keys[i] as string, values[i] as string])
  return metadataLabels(pairs)
}
