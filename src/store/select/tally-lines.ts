import { decodeNative, type NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import { greatest, least } from '../../model/bigint-order.ts'
import type { Labels } from '../../model/labels.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { StoreClient } from '../client.ts'
import type { LineBounds, LineFields, LineSelection, Tally, TallyRequest } from '../lines-source.ts'
import { engineCodeOf } from '../engine-code.ts'
import { LINE_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { choose } from './hot-select.ts'
import { canTell, formCondition } from './line-form-sql.ts'
import {
  LINE_QUERY_SETTINGS,
  MAX_ANSWER_BYTES,
  rangeOfLines,
  refsOfLines,
  TOO_MANY_BYTES,
  whereLines,
} from './read-lines.ts'
import { decimalId, positionsById } from './read-samples.ts'
import { mergeSteps, sumOf, TallyRows, type TimeStep } from './tally-rows.ts'
import { tallySql, textConditions, type TextConditions } from './tally-sql.ts'

/** More streams than this are not told apart by the engine: their ids stand in the query twice. */
const MOST_STREAMS = 10_000
/** A tally with more rows is no gain over reading the lines, or takes too much memory. */
const MOST_ROWS = 2_000_000
const MOST_ROWS_OF_VALUES = 500_000
/** The engine's MEMORY_LIMIT_EXCEEDED: a shorter time may do. */
const NO_MEMORY = '241'
/** The engine's CANNOT_COMPILE_REGEXP: it takes less memory for a pattern than others do. */
const BAD_PATTERN = '427'
/** Lines that one statement counts, about: it remembers a number of each, to find those that came twice. */
const LINES_A_STATEMENT = 200_000
/** The same where most lines are a row of their own. */
const LINES_OF_VALUES = 50_000
/** After so many lines it is known whether values are few enough to be grouped. */
const LINES_TO_JUDGE_BY = 2000
const FIRST_SPAN_NS = LINE_BUCKET_NS * 6n
/** What cannot be counted in less is read. */
const LEAST_SPAN_NS = 1_000_000_000n
/** A time without many lines is followed by one that is so much longer. */
const WIDENING = 4
/** What is too much for one statement is not just a little too much, and each attempt takes as long as an answer. */
const NARROWING = 16n
/** Making a row is about so much work. */
const ROW_UNITS = 4
const TALLY_SETTINGS = { ...LINE_QUERY_SETTINGS, max_result_bytes: MAX_ANSWER_BYTES }

/** Streams that nothing in a request tells apart have one place, and the labels of one of them. */
interface Places {
  readonly labels: readonly Labels[]
  /** By position in the list of refs. */
  readonly placeOf: Uint32Array
}

export interface TallyOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
}

/**
 * See `LinesSource.tally`. The range is counted in steps, so that what the engine must remember is bounded: of whole buckets where that is
 * little enough. The same line twice has one time, and is always in one step.
 */
export async function tallyLines(
  options: TallyOptions,
  request: TallyRequest,
  bounds: LineBounds,
): Promise<Tally | undefined> {
  const { index } = options
  const { firstEndNs, stepNs, steps, rangeNs } = request
  const selection = {
    matchers: request.matchers,
    startNs: firstEndNs - rangeNs + 1n,
    endNs: firstEndNs + stepNs * BigInt(steps - 1) + 1n,
  }
  const refs = refsOfLines(index, selection, bounds.maxStreams)
  const range = rangeOfLines(index, refs, selection)
  if (range === undefined) return new TallyRows([], undefined).finish([])
  const counter =
    refs.length > MOST_STREAMS ? undefined : StepCounter.create(options, refs, request)
  if (counter === undefined) return undefined
  let seen = 0
  const mostRows = request.isOfValues ? MOST_ROWS_OF_VALUES : MOST_ROWS
  const linesAStatement = request.isOfValues ? LINES_OF_VALUES : LINES_A_STATEMENT
  let spanNs = FIRST_SPAN_NS
  for (let startNs = range.startNs; startNs < range.endNs;) {
    const endNs = least(range.endNs, endOfStep(startNs, spanNs))
    const counted = await counter.count({ startNs, endNs }, bounds.signal)
    if (counted === 'impossible' || counter.rows.count > mostRows) return undefined
    if (typeof counted === 'number') seen += counted
    // Rows of one line each cost more than the lines.
    const isWorthwhile = seen < LINES_TO_JUDGE_BY || counter.rows.count * 2 < seen
    if (request.isOfValues && !isWorthwhile) return undefined
    if (counted === 'too much' && spanNs > LEAST_SPAN_NS) {
      spanNs = greatest(LEAST_SPAN_NS, (endNs - startNs) / NARROWING)
      continue
    }
    if (counted === 'too much') counter.unread.push({ startNs, endNs })
    else spanNs = nextSpan(spanNs, linesAStatement / Math.max(1, counted))
    startNs = endNs
  }
  return counter.rows.finish(counter.unread)
}

/** Whole buckets, which are read together anyway, or a part of one. */
function endOfStep(startNs: bigint, spanNs: bigint): bigint {
  const bucketNs = (startNs / LINE_BUCKET_NS) * LINE_BUCKET_NS
  if (spanNs >= LINE_BUCKET_NS) return bucketNs + (spanNs / LINE_BUCKET_NS) * LINE_BUCKET_NS
  return least(bucketNs + LINE_BUCKET_NS, startNs + spanNs)
}

/** `factor`: how many times the lines of the last step one statement may count. What could be counted within a bucket is not made smaller. */
function nextSpan(spanNs: bigint, factor: number): bigint {
  const nextNs = BigInt(Math.floor(Number(spanNs) * Math.min(WIDENING, factor)))
  return greatest(nextNs, least(spanNs, LINE_BUCKET_NS))
}

/** Counts the lines of one request, step by step. */
class StepCounter {
  readonly rows: TallyRows
  readonly unread: Pick<LineSelection, 'startNs' | 'endNs' | 'otherThan'>[] = []
  readonly #options: TallyOptions
  readonly #refs: readonly SeriesRef[]
  readonly #request: TallyRequest
  readonly #where: readonly string[]
  readonly #patterns: readonly string[]
  readonly #place: string
  #isByMetadata = false
  #isByText = false
  readonly #positionOf: ((low: number, high: number) => number | undefined) | undefined

  private constructor(
    options: TallyOptions,
    refs: readonly SeriesRef[],
    request: TallyRequest,
    text: TextConditions,
  ) {
    const { index } = options
    const places = placesOf(index, refs, request.labels)
    this.#options = options
    this.#refs = refs
    this.#request = request
    this.#where = [idsOf(index, refs), ...text.needles]
    this.#patterns = text.patterns
    this.#place = placeColumn(index, refs, places)
    const isByStream = places.labels.length === refs.length
    this.#positionOf = isByStream ? positionsById(index, choose(index, refs)) : undefined
    this.rows = new TallyRows(places.labels, request.form.fields)
  }

  get #isTextRead(): boolean {
    const hasForm = formCondition(this.#request.form) !== undefined
    return hasForm || this.#where.length > 1 || this.#patterns.length > 0
  }

  /** Undefined when the engine cannot decide over the lines as exactly as who reads them. */
  static create(
    options: TallyOptions,
    refs: readonly SeriesRef[],
    request: TallyRequest,
  ): StepCounter | undefined {
    const form = { ...request.form, ...fieldsOf(options.index, refs, request) }
    const text = textConditions(request)
    if (text === undefined || !canTell(form)) return undefined
    return new StepCounter(options, refs, { ...request, form }, text)
  }

  /** The number of lines that there are; `too much` for one statement, or `impossible` to be counted at all. */
  async count(step: TimeStep, signal: AbortSignal): Promise<number | 'too much' | 'impossible'> {
    let blocks = await this.#ask(step, signal)
    if (!this.#isByMetadata && has(blocks, 'described_lines')) {
      // What follows is likely to have metadata, too.
      this.#isByMetadata = true
      blocks = await this.#ask(step, signal)
    }
    // Lines of one nanosecond are told apart by their texts when there is need to: of others the texts need not be looked at for that.
    if (!this.#isByText && typeof blocks !== 'string' && blocks.some(holdsRepeated)) {
      this.#isByText = true
      blocks = await this.#ask(step, signal)
      if (!this.#isTextRead) this.#isByText = false
    }
    if (typeof blocks === 'string') return blocks
    if (blocks.some(holdsRepeated)) {
      this.unread.push(step)
      return blocks.reduce((sum, block) => sum + sumOf(block.float64('lines')), 0)
    }
    const slices = new Slices(() => signal.throwIfAborted())
    let lines = 0
    let others: TimeStep | undefined
    for (const block of blocks) {
      const added = this.rows.add(block, this.#placeIn(block))
      others = mergeSteps(others, added.others)
      lines += added.lines
      if (slices.spend(block.rows * ROW_UNITS)) await slices.rest()
    }
    if (others !== undefined) this.unread.push({ ...others, otherThan: this.#request.form })
    return lines
  }

  async #ask(
    step: TimeStep,
    signal: AbortSignal,
  ): Promise<readonly NativeBlock[] | 'too much' | 'impossible'> {
    const { client, index } = this.#options
    const query = tallySql(this.#request, {
      where: [whereLines(index, this.#refs, step), ...this.#where],
      patterns: this.#patterns,
      place: this.#place,
      isByText: this.#isByText,
      isByMetadata: this.#isByMetadata,
    })
    try {
      return decodeNative(
        await client.native(query, { signal, seesDoomed: true, settings: TALLY_SETTINGS }),
      )
    } catch (thrown) {
      const code = engineCodeOf(thrown)
      if (code === NO_MEMORY || code === TOO_MANY_BYTES) return 'too much'
      if (code === BAD_PATTERN) return 'impossible'
      throw thrown
    }
  }

  #placeIn(block: NativeBlock): (row: number) => number | undefined {
    const positionOf = this.#positionOf
    if (positionOf === undefined) {
      const places = block.uint32('place')
      return (row) => places[row]
    }
    const ids = block.uint64Words('place')
    return (row) => positionOf(ids[row * 2] as number, ids[row * 2 + 1] as number)
  }
}

function has(blocks: readonly NativeBlock[] | string, column: string): boolean {
  return typeof blocks !== 'string' && blocks.some((block) => sumOf(block.float64(column)) > 0)
}

/** Whether a line may have been counted twice. */
function holdsRepeated(block: NativeBlock): boolean {
  const lines = block.float64('lines')
  const distinct = block.float64('distinct_lines')
  for (let row = 0; row < block.rows; row++) if (lines[row] !== distinct[row]) return true
  return false
}

/**
 * The fields that matter: not those of whose name every stream has a label. A parser gives what it finds under such a name another
 * one, which nobody asks for.
 */
function fieldsOf(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  { form: { fields } }: TallyRequest,
): { readonly fields?: LineFields } {
  if (fields === undefined) return {}
  const names = fields.names.filter((name) => !refs.every((ref) => index.labelsOf(ref).has(name)))
  return { fields: { ...fields, names } }
}

function idsOf(index: SeriesIndex, refs: readonly SeriesRef[]): string {
  return `id IN (${refs.map((ref) => decimalId(index, ref)).join(',')})`
}

function placesOf(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  names: readonly string[] | undefined,
): Places {
  const kept = names === undefined ? undefined : new Set(names)
  const placeByKey = new Map<string, number>()
  const labels: Labels[] = []
  const placeOf = new Uint32Array(refs.length)
  for (const [i, ref] of refs.entries()) {
    const own = index.labelsOf(ref)
    const key = kept === undefined ? String(i) : own.keep(kept).key
    let place = placeByKey.get(key)
    if (place === undefined) {
      place = labels.push(own) - 1
      placeByKey.set(key, place)
    }
    placeOf[i] = place
  }
  return { labels, placeOf }
}

function placeColumn(index: SeriesIndex, refs: readonly SeriesRef[], places: Places): string {
  if (places.labels.length === refs.length) return 'id'
  if (places.labels.length === 1) return 'toUInt32(0)'
  const ids = refs.map((ref) => decimalId(index, ref)).join(',')
  return `transform(id, CAST([${ids}], 'Array(UInt64)'), CAST([${places.placeOf.join(',')}], 'Array(UInt32)'), toUInt32(${places.labels.length}))`
}
