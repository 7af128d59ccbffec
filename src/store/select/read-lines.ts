import { greatest, least } from '../../model/bigint-order.ts'
import type { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { Problem } from '../../model/problem.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { StoreClient } from '../client.ts'
import { EARLIEST_MS, LATEST_MS } from '../limits.ts'
import type { LineBounds, LineSelection } from '../lines-source.ts'
import { LINE_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { choose } from './hot-select.ts'
import { formCondition } from './line-form-sql.ts'
import { lastTime, toBatch, type ReadRows, type WantedStreams } from './line-rows.ts'
import { metadataCondition, searchCondition } from './needle-sql.ts'
import { decimalId, positionsById } from './read-samples.ts'

const NS_PER_MS = 1_000_000n
const EARLIEST_NS = BigInt(EARLIEST_MS) * NS_PER_MS
const LATEST_NS = BigInt(LATEST_MS) * NS_PER_MS
/** More streams than this are told apart here rather than in a list. */
const MAX_LISTED_IDS = 20_000
const LEAST_ROWS = 128
const FEWEST_ROWS = 4
const MOST_ROWS = 50_000
/** So much text is wanted of one answer, about; much more is refused by the engine, and asked for in smaller portions. */
const PORTION_BYTES = 8 * 1024 * 1024
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** The engine's TOO_MANY_ROWS_OR_BYTES, which only `max_result_bytes` can be here. */
export const TOO_MANY_BYTES = '396'
/** A range of time without many lines is followed by one that is so much longer. */
const WIDENING = 4n
/** The same for a search that has found nothing: what it looks for is rare, and each range costs a statement. */
const WIDENING_OF_SEARCH = 16n

/** Times of a selection that streams may have lines in. */
interface Range {
  readonly startNs: bigint
  readonly endNs: bigint
}

export interface LineReaderOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
}

/** The streams that the matchers accept and that may have lines in the range. Throws a `limit` past `maxStreams`. */
export function refsOfLines(
  index: SeriesIndex,
  { matchers, startNs, endNs }: Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>,
  maxStreams: number,
): readonly SeriesRef[] {
  const startMs = Number(startNs / NS_PER_MS) - 1
  const endMs = Number(endNs / NS_PER_MS) + 1
  const refs = index
    .match(matchers)
    .filter((ref) => index.firstMsOf(ref) <= endMs && index.lastMsOf(ref) >= startMs)
  if (refs.length > maxStreams) {
    throw new Problem(
      'limit',
      `the query matches ${refs.length} streams, the limit is ${maxStreams}: use matchers that accept fewer`,
    )
  }
  return refs
}

/** The WHERE clause of streams and times: whole numbers of our own only. */
export function whereLines(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  { startNs, endNs }: Range,
): string {
  const clauses = [
    `intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}) BETWEEN ${startNs / LINE_BUCKET_NS} AND ${(endNs - 1n) / LINE_BUCKET_NS}`,
    `ts >= fromUnixTimestamp64Nano(toInt64(${startNs}), 'UTC')`,
    `ts < fromUnixTimestamp64Nano(toInt64(${endNs}), 'UTC')`,
  ]
  if (refs.length < index.size && refs.length <= MAX_LISTED_IDS) {
    clauses.push(`id IN (${refs.map((ref) => decimalId(index, ref)).join(',')})`)
  }
  return clauses.join(' AND ')
}

/** Settings of the queries that list ids. */
export const LINE_QUERY_SETTINGS = { max_query_size: 1_000_000 }

/** The part of a selection's range that its streams may have lines in; undefined when there is none. */
export function rangeOfLines(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  { startNs, endNs }: Pick<LineSelection, 'startNs' | 'endNs'>,
): Range | undefined {
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const ref of refs) {
    firstMs = Math.min(firstMs, index.firstMsOf(ref))
    lastMs = Math.max(lastMs, index.lastMsOf(ref))
  }
  if (!Number.isFinite(firstMs) || !Number.isFinite(lastMs)) return undefined
  const from = greatest(startNs, BigInt(Math.floor(firstMs)) * NS_PER_MS, EARLIEST_NS)
  const until = least(endNs, BigInt(Math.ceil(lastMs) + 1) * NS_PER_MS, LATEST_NS + NS_PER_MS)
  return from < until ? { startNs: from, endNs: until } : undefined
}

/**
 * The lines of a selection, in portions. The range of time is gone through from its newer or its older end in steps that grow as long
 * as they bring little, so that the newest lines of streams that are busy cost one small step. A step with more lines than were asked
 * for is gone on with behind the last time that came whole.
 */
export async function* readLines(
  { client, index }: LineReaderOptions,
  selection: LineSelection,
  bounds: LineBounds,
): AsyncGenerator<LogBatch, void> {
  const refs = refsOfLines(index, selection, bounds.maxStreams)
  const range = rangeOfLines(index, refs, selection)
  if (range === undefined) return
  const series = choose(index, refs)
  const wanted: WantedStreams = {
    labels: refs.map((ref): Labels => index.labelsOf(ref)),
    placeOf: positionsById(index, series),
  }
  // Where a stream has a label of the name, that is what the query means.
  const metadata = (selection.metadata ?? []).filter(
    ({ name }) => !wanted.labels.some((labels) => labels.has(name)),
  )
  const wantedTexts = selection.needles.filter(({ isAbsent }) => isAbsent !== true)
  const unwantedTexts = selection.needles.filter(({ isAbsent }) => isAbsent === true)
  const first = conditions(...wantedTexts.map(searchCondition), ...metadata.map(metadataCondition))
  const last = conditions(...unwantedTexts.map(searchCondition))
  if (selection.otherThan !== undefined) {
    const form = formCondition(selection.otherThan)
    if (form === undefined) return
    last.push(`NOT ${form}`)
  }
  const isSearch = first.length > 0
  // Few lines hold a needle: of the others nothing else is read.
  const prewhere = isSearch ? `PREWHERE ${first.join(' AND ')}` : ''
  const steps = new Steps(range, selection, isSearch)
  const slices = new Slices(() => bounds.signal.throwIfAborted())
  const order = selection.direction === 'backward' ? 'DESC' : 'ASC'
  for (let step = steps.next(); step !== undefined; step = steps.next()) {
    const where = [whereLines(index, refs, step), ...last].join(' AND ')
    const answer = await ask(client, {
      query: `SELECT id, ts, body, meta FROM {db}.lines ${prewhere} WHERE ${where} ORDER BY ts ${order}, id, seq ${order} LIMIT ${steps.limit}`,
      signal: bounds.signal,
    })
    if (answer === undefined) {
      steps.refused()
      continue
    }
    const { lastNs, rows } = lastTime(answer)
    // Of the last nanosecond there may be more rows than came.
    const isCut = rows >= steps.limit
    const read = await toBatch(answer, wanted, isCut ? lastNs : undefined, slices)
    steps.came(read, isCut ? lastNs : undefined)
    if (read.batch.ends.length > 0) yield read.batch
  }
}

function conditions(...all: readonly (string | undefined)[]): string[] {
  return all.filter((condition) => condition !== undefined)
}

/** Undefined when the answer is too large for one. */
async function ask(
  client: StoreClient,
  { query, signal }: { readonly query: string; readonly signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  try {
    return await client.native(query, {
      signal,
      seesDoomed: true,
      settings: {
        ...LINE_QUERY_SETTINGS,
        max_result_bytes: MAX_ANSWER_BYTES,
        query_plan_max_limit_for_lazy_materialization: MOST_ROWS,
      },
    })
  } catch (thrown) {
    const isRefused =
      thrown instanceof Problem &&
      thrown.cause instanceof Error &&
      'code' in thrown.cause &&
      String(thrown.cause.code) === TOO_MANY_BYTES
    if (isRefused) return undefined
    throw thrown
  }
}

/** Which part of the range is read next, and how many rows of it at most. */
class Steps {
  limit: number
  readonly #isBackward: boolean
  readonly #isSearch: boolean
  #startNs: bigint
  #endNs: bigint
  #spanNs = LINE_BUCKET_NS
  #current: Range | undefined
  /** More rows are asked for because those of one nanosecond were more than came. */
  #isTied = false

  constructor(
    { startNs, endNs }: Range,
    { direction, enough }: Pick<LineSelection, 'direction' | 'enough'>,
    isSearch: boolean,
  ) {
    this.#isSearch = isSearch
    this.#startNs = startNs
    this.#endNs = endNs
    this.#isBackward = direction === 'backward'
    // One more than wanted: the rows of the last nanosecond are left out of a cut answer.
    this.limit = enough === 0 ? MOST_ROWS : clamp(enough + 1 + (enough >> 3))
  }

  next(): Range | undefined {
    if (this.#startNs >= this.#endNs) return undefined
    const { startNs, endNs } = this.#stepped()
    this.#current = { startNs: greatest(startNs, this.#startNs), endNs: least(endNs, this.#endNs) }
    return this.#current
  }

  /** Ends of steps lie on those of buckets, which are read whole anyway. */
  #stepped(): Range {
    if (this.#isBackward) {
      const from = ((this.#endNs - 1n) / LINE_BUCKET_NS) * LINE_BUCKET_NS
      const more = this.#spanNs - LINE_BUCKET_NS
      if (more < 0n) return { startNs: this.#endNs - this.#spanNs, endNs: this.#endNs }
      return { startNs: from - more, endNs: this.#endNs }
    }
    const until = (this.#startNs / LINE_BUCKET_NS + 1n) * LINE_BUCKET_NS
    const more = this.#spanNs - LINE_BUCKET_NS
    if (more < 0n) return { startNs: this.#startNs, endNs: this.#startNs + this.#spanNs }
    return { startNs: this.#startNs, endNs: until + more }
  }

  /** The answer was too large: fewer rows, or else a shorter time. */
  refused(): void {
    if (this.limit <= FEWEST_ROWS || this.#isTied) {
      throw new Problem('limit', 'the lines of one nanosecond are too long to be read together')
    }
    this.limit = Math.max(FEWEST_ROWS, Math.floor(this.limit / 8))
  }

  /** `lastNs` is the time of the last row when there may be more. */
  came({ batch, count }: ReadRows, lastNs: bigint | undefined): void {
    const step = this.#current
    if (step === undefined) return
    const coveredNs = this.#goOn(step, lastNs)
    const rows = batch.ends.length
    if (lastNs !== undefined && rows === 0 && coveredNs === 0n) {
      // All rows are of one nanosecond.
      this.limit *= 4
      this.#isTied = true
      return
    }
    this.#isTied = false
    const lineBytes = count === 0 ? 1 : Math.max(1, batch.bytes.length / Math.max(1, rows))
    const fitting = Math.max(FEWEST_ROWS, Math.floor(PORTION_BYTES / lineBytes))
    this.limit = Math.min(clamp(this.limit * 2), fitting)
    if (lastNs !== undefined) this.#spanNs = greatest(coveredNs, 1_000_000n)
    else if (count === 0 && this.#isSearch) this.#spanNs *= WIDENING_OF_SEARCH
    else if (count * 4 < this.limit) this.#spanNs *= WIDENING
  }

  /** Takes what was read off the range; returns how much that was. */
  #goOn(step: Range, lastNs: bigint | undefined): bigint {
    if (this.#isBackward) {
      const endNs = lastNs === undefined ? step.startNs : lastNs + 1n
      const coveredNs = this.#endNs - endNs
      this.#endNs = endNs
      return coveredNs
    }
    const startNs = lastNs ?? step.endNs
    const coveredNs = startNs - this.#startNs
    this.#startNs = startNs
    return coveredNs
  }
}

function clamp(rows: number): number {
  return Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(rows)))
}
