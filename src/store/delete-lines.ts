import { setTimeout as sleep } from 'node:timers/promises'
import { decodeBlocks, type NativeBlock } from '../formats/clickhouse-native/decode.ts'
import { metadataLabels } from '../formats/loki-push/metadata-labels.ts'
import { Labels } from '../model/labels.ts'
import type { Matcher } from '../model/matcher.ts'
import { Problem } from '../model/problem.ts'
import { Slices } from '../self/loop-turns.ts'
import type { StoreClient } from './client.ts'
import type { Needle } from './lines-source.ts'
import { LINE_BUCKET_NS } from './schema.ts'
import { needleCondition } from './select/needle-sql.ts'
import { rangeOfLines, refsOfLines } from './select/read-lines.ts'
import { decimalId } from './select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from './series/series-index.ts'

const REFS_PER_STATEMENT = 5000
/** Lines that one statement names. */
const LINES_PER_STATEMENT = 2000
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
const MOST_ATTEMPTS = 8
const PAUSE_MS = 500
/** The engine rewrites what a deletion touches; a deletion that takes longer is taken up again later. */
const MUTATION_TIMEOUT_MS = 30 * 60_000
const ROW_UNITS = 20

const SETTINGS = { max_query_size: 4_000_000, max_ast_elements: 1_000_000 }

/** Says of a line whether it is to be deleted. `timestampNs` is Unix nanoseconds. */
export type JudgeLine = (
  text: string,
  stream: Labels,
  metadata: Labels,
  timestampNs: bigint,
) => boolean

/** Lines of the streams that the matchers accept, in [startNs, endNs). */
export interface LinesToDelete {
  readonly matchers: readonly Matcher[]
  readonly startNs: bigint
  readonly endNs: bigint
  /** Only lines that hold these. */
  readonly needles: readonly Needle[]
  /** Only lines that this says yes to. Without it the needles decide, all of which the engine must be able to decide then. */
  readonly judge: JudgeLine | undefined
}

export interface LineDeletion {
  readonly client: StoreClient
  readonly index: SeriesIndex
  /** Resolves when everything that was taken is stored. */
  readonly barrier: () => Promise<void>
  /** Runs the work while nothing is written. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>
  /** Forgets streams, but for those that lines wait to be stored of; returns the ids of those that are forgotten. */
  readonly forget: (refs: readonly SeriesRef[]) => readonly string[]
}

interface Range {
  readonly startNs: bigint
  readonly endNs: bigint
}

/** True when the engine can decide about these needles exactly. */
export function canDecide(needles: readonly Needle[]): boolean {
  return needles.every(
    (needle) => needle.ignoresCase !== true && needleCondition(needle) !== undefined,
  )
}

/**
 * Deletes lines for good: they are gone from answers and from the disk when it resolves, and streams that have no line any more are
 * forgotten. What comes meanwhile stays. It may be repeated after any failure. Returns how many lines there were.
 */
export async function deleteLines(deletion: LineDeletion, wanted: LinesToDelete): Promise<number> {
  const { client, index, barrier } = deletion
  await barrier()
  const refs = [...refsOfLines(index, wanted, Number.POSITIVE_INFINITY)]
  const range = rangeOfLines(index, refs, wanted)
  if (range === undefined) return 0
  let deleted = 0
  for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
    const part = refs.slice(from, from + REFS_PER_STATEMENT)
    deleted +=
      wanted.judge === undefined
        ? await deleteWhere(client, whereAll(index, part, range, wanted.needles))
        : await deleteJudged(deletion, { ...wanted, judge: wanted.judge }, part, range)
  }
  // Also what an earlier try has only marked.
  if (await hasMarkedLines(client)) {
    await client.command('ALTER TABLE {db}.lines APPLY DELETED MASK', { mutations_sync: 0 })
    await untilMutated(client)
    await forgetEmpty(deletion, refs)
  }
  return deleted
}

/** Whether lines that are deleted are still on the disk. */
async function hasMarkedLines(client: StoreClient): Promise<boolean> {
  const rows = await client.rows(
    `SELECT 1 FROM system.parts
     WHERE active AND database = {db_name} AND table = 'lines' AND has_lightweight_delete LIMIT 1`,
  )
  return rows.length > 0
}

function whereAll(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  { startNs, endNs }: Range,
  needles: readonly Needle[],
): string {
  const conditions = needles.map(needleCondition).filter((condition) => condition !== undefined)
  return [
    `intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}) BETWEEN ${startNs / LINE_BUCKET_NS} AND ${(endNs - 1n) / LINE_BUCKET_NS}`,
    `ts >= fromUnixTimestamp64Nano(toInt64(${startNs}), 'UTC')`,
    `ts < fromUnixTimestamp64Nano(toInt64(${endNs}), 'UTC')`,
    // Always by id: a stream that comes meanwhile is not meant.
    `id IN (${refs.map((ref) => decimalId(index, ref)).join(',')})`,
    ...conditions,
  ].join(' AND ')
}

function deleteWhere(client: StoreClient, where: string): Promise<number> {
  return patiently(() => deleteOnce(client, where))
}

/** Does again what the engine has no memory for now: it may have when others have their answers. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (thrown) {
      if (!isTooLarge(thrown) || attempt >= MOST_ATTEMPTS) throw thrown
      await sleep(PAUSE_MS * attempt)
    }
  }
}

async function deleteOnce(client: StoreClient, where: string): Promise<number> {
  const [row] = await client.rows(`SELECT count() AS lines FROM {db}.lines WHERE ${where}`, {
    settings: SETTINGS,
  })
  const lines = Number(row?.['lines'] ?? 0)
  if (lines === 0) return 0
  await client.command(`DELETE FROM {db}.lines WHERE ${where}`, {
    ...SETTINGS,
    lightweight_deletes_sync: 0,
  })
  await untilMutated(client)
  return lines
}

/** Resolves when the engine has done everything that it was told to change in the lines. */
async function untilMutated(client: StoreClient): Promise<void> {
  const deadlineMs = performance.now() + MUTATION_TIMEOUT_MS
  for (;;) {
    const [row] = await client.rows(
      `SELECT count() AS waiting, anyIf(latest_fail_reason, latest_fail_reason != '') AS reason
       FROM system.mutations WHERE database = {db_name} AND table = 'lines' AND NOT is_done`,
    )
    if (Number(row?.['waiting'] ?? 0) === 0) return
    if (performance.now() > deadlineMs) {
      const reason = row?.['reason']
      const shown = typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''
      throw new Problem('unavailable', `the engine has not deleted log lines yet${shown}`)
    }
    await sleep(POLL_MS)
  }
}

type Judged = LinesToDelete & { readonly judge: JudgeLine }

/** Reads all lines that may be meant, judges each, and deletes those that are by id, time and hash. */
async function deleteJudged(
  { client, index }: LineDeletion,
  wanted: Judged,
  refs: readonly SeriesRef[],
  range: Range,
): Promise<number> {
  const reader = new JudgedReader(client, index, wanted, refs)
  let deleted = 0
  let startNs = range.startNs
  while (startNs < range.endNs) {
    const page = await reader.read(startNs, range.endNs)
    for (let from = 0; from < page.doomed.length; from += LINES_PER_STATEMENT) {
      deleted += await deleteNamed(client, page.doomed.slice(from, from + LINES_PER_STATEMENT))
    }
    startNs = page.nextNs
  }
  return deleted
}

/** A line by what tells it from all others. */
interface NamedLine {
  readonly timestampNs: bigint
  readonly id: bigint
  readonly hash: bigint
}

async function deleteNamed(client: StoreClient, lines: readonly NamedLine[]): Promise<number> {
  const [first, last] = [lines[0], lines.at(-1)]
  if (first === undefined || last === undefined) return 0
  const tuples = lines.map(({ timestampNs, id, hash }) => `(${timestampNs},${id},${hash})`)
  const where = [
    `intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}) BETWEEN ${first.timestampNs / LINE_BUCKET_NS} AND ${last.timestampNs / LINE_BUCKET_NS}`,
    `ts BETWEEN fromUnixTimestamp64Nano(toInt64(${first.timestampNs}), 'UTC') AND fromUnixTimestamp64Nano(toInt64(${last.timestampNs}), 'UTC')`,
    `(toUnixTimestamp64Nano(ts), id, cityHash64(body, meta)) IN (${tuples.join(',')})`,
  ].join(' AND ')
  return deleteWhere(client, where)
}

interface Page {
  readonly doomed: readonly NamedLine[]
  /** Where the next page begins; the end when there is none. */
  readonly nextNs: bigint
}

class JudgedReader {
  readonly #client: StoreClient
  readonly #index: SeriesIndex
  readonly #wanted: Judged
  readonly #refs: readonly SeriesRef[]
  readonly #slices = new Slices()
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #limit = FIRST_ROWS
  #spanNs = FIRST_SPAN_NS

  constructor(client: StoreClient, index: SeriesIndex, wanted: Judged, refs: readonly SeriesRef[]) {
    this.#client = client
    this.#index = index
    this.#wanted = wanted
    this.#refs = refs
  }

  /** Judges the first lines from `startNs` on. */
  async read(startNs: bigint, endNs: bigint): Promise<Page> {
    const range = this.#rangeFrom(startNs, endNs)
    const answer = await this.#askPage(range)
    if (answer === undefined) return { doomed: [], nextNs: startNs }
    const doomed: NamedLine[] = []
    let rows = 0
    let lastNs = startNs
    for (const block of decodeBlocks(answer)) {
      rows += block.rows
      lastNs = await this.#judgeBlock(block, doomed)
    }
    if (rows < this.#limit) {
      const longerNs = this.#spanNs * 2n
      if (rows * 4 < this.#limit && longerNs <= LONGEST_SPAN_NS) this.#spanNs = longerNs
      if (rows === 0) this.#limit = Math.max(this.#limit, FIRST_ROWS)
      return { doomed, nextNs: range.endNs }
    }
    const fitting = Math.floor((PAGE_BYTES / answer.length) * rows)
    this.#limit = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, fitting))
    if (lastNs > startNs) return { doomed, nextNs: lastNs }
    // All rows are of one nanosecond, which may have any number of them.
    return { doomed: await this.#readTied(lastNs), nextNs: lastNs + 1n }
  }

  #rangeFrom(startNs: bigint, endNs: bigint): Range {
    const untilNs = startNs + this.#spanNs
    return { startNs, endNs: untilNs < endNs ? untilNs : endNs }
  }

  /** The lines of one nanosecond, in as many parts as it takes. */
  async #readTied(timestampNs: bigint): Promise<readonly NamedLine[]> {
    const range = { startNs: timestampNs, endNs: timestampNs + 1n }
    const where = whereAll(this.#index, this.#refs, range, this.#wanted.needles)
    for (let parts = 16; ; parts *= 8) {
      try {
        const doomed: NamedLine[] = []
        for (let part = 0; part < parts; part++) {
          const answer = await this.#ask(
            `SELECT id, ts, body, meta, cityHash64(body, meta) AS hash FROM {db}.lines
             WHERE ${where} AND cityHash64(body, meta) % ${parts} = ${part}`,
          )
          for (const block of decodeBlocks(answer)) await this.#judgeBlock(block, doomed)
        }
        return doomed
      } catch (thrown) {
        if (!isTooLarge(thrown) || parts > MOST_ROWS) throw thrown
      }
    }
  }

  /** Undefined when the engine has no room for the answer: the next one is asked for less. */
  async #askPage(range: Range): Promise<Uint8Array | undefined> {
    const where = whereAll(this.#index, this.#refs, range, this.#wanted.needles)
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

  #ask(query: string): Promise<Uint8Array> {
    return this.#client.native(query, {
      settings: {
        ...SETTINGS,
        max_result_bytes: MAX_ANSWER_BYTES,
        max_threads: 1,
        max_block_size: 8192,
        query_plan_max_limit_for_lazy_materialization: MOST_ROWS,
      },
    })
  }

  /** The time of the last row. */
  async #judgeBlock(block: NativeBlock, doomed: NamedLine[]): Promise<bigint> {
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
        doomed.push({ timestampNs, id: ids[row] as bigint, hash: hashes[row] as bigint })
      }
      if (this.#slices.spend(ROW_UNITS)) await this.#slices.rest()
    }
    return BigInt.asIntN(64, times[block.rows - 1] as bigint)
  }
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof Problem && thrown.code === 'limit'
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

/** Streams without a line left: their labels go, too. */
async function forgetEmpty(
  { client, index, exclusively, forget }: LineDeletion,
  refs: readonly SeriesRef[],
): Promise<void> {
  const stamps = refs.map((ref) => index.stampOf(ref))
  for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
    await exclusively(async () => {
      const part = refs
        .slice(from, from + REFS_PER_STATEMENT)
        .filter((ref, i) => index.stampOf(ref) === stamps[from + i])
      if (part.length === 0) return
      const rows = await client.rows(
        `SELECT DISTINCT toString(id) AS id FROM {db}.lines WHERE id IN (${part.map((ref) => decimalId(index, ref)).join(',')})`,
        { settings: SETTINGS },
      )
      const left = new Set(rows.map((row) => String(row['id'])))
      const gone = forget(part.filter((ref) => !left.has(decimalId(index, ref))))
      if (gone.length === 0) return
      await client.command(`DELETE FROM {db}.stream_days WHERE id IN (${gone.join(',')})`, {
        ...SETTINGS,
        lightweight_deletes_sync: 0,
      })
    })
  }
}
