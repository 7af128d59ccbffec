import { decodeNative, type NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { engineCodeOf } from '../engine-code.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { SpanTally, SpanTallyRequest, TallyExemplar, TallyKey } from '../span-tally.ts'
import type { SpanRange } from '../spans-source.ts'
import type { CleanTimes } from './clean-times.ts'
import { decimalId } from './read-samples.ts'
import {
  attributeSql,
  isElsewhereSql,
  listedResources,
  spanTestSql,
  type TestSql,
} from './span-test-sql.ts'
import { rangeOfSpans, whereTime } from './span-times.ts'

/** Resources told apart by the engine: their ids stand in the statement. */
const MAX_PLACED_RESOURCES = 5000
/** Combinations of interval and keys. */
const MAX_ROWS = 1_000_000
const MAX_ANSWER_BYTES = 128 * 1024 * 1024
const SETTINGS = {
  max_query_size: 1_000_000,
  max_result_bytes: MAX_ANSWER_BYTES,
  max_rows_to_group_by: MAX_ROWS,
  group_by_overflow_mode: 'throw',
  precise_float_parsing: 1,
}
/** The engine's MEMORY_LIMIT_EXCEEDED and TOO_MANY_ROWS. */
const TOO_MUCH = new Set(['241', '158'])
/** The engine's CANNOT_COMPILE_REGEXP: it takes less memory for a pattern than others do. */
const BAD_PATTERN = '427'

export interface SpanTallyOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly clean: CleanTimes
}

/**
 * See `SpansSource.tally`. What is stored twice counts once: times in which that may be are counted apart, each span of theirs being
 * remembered.
 */
export async function tallySpans(
  { client, index, clean }: SpanTallyOptions,
  request: SpanTallyRequest,
  signal: AbortSignal,
): Promise<SpanTally | undefined> {
  const { startNs, stepNs, count } = request
  const range = rangeOfSpans(index, {
    startNs: startNs + 1n,
    endNs: startNs + stepNs * BigInt(count) + 1n,
  })
  const rows = new TallyColumns(request)
  if (range === undefined) return rows.finish()
  const statement = TallyStatement.create(request, index)
  if (statement === undefined) return undefined
  const doubtful = await clean.findDoubtful(client, range, signal)
  const statements = [
    statement.plain(range, doubtful),
    ...doubtful.flatMap((part) => statement.distinct(range, part)),
  ]
  for (const query of statements) {
    const blocks = await ask(client, query, signal)
    if (blocks === undefined) return undefined
    for (const block of blocks) if (!rows.add(block, statement.places)) return undefined
  }
  return rows.finish()
}

/** Undefined when the engine cannot decide; throws a `Problem` of code `limit` when there is too much to be remembered. */
async function ask(
  client: StoreClient,
  query: string,
  signal: AbortSignal,
): Promise<readonly NativeBlock[] | undefined> {
  try {
    return decodeNative(await client.native(query, { signal, settings: SETTINGS }))
  } catch (thrown) {
    const code = engineCodeOf(thrown)
    if (code === BAD_PATTERN) return undefined
    if (!TOO_MUCH.has(code)) throw thrown
    throw new Problem(
      'limit',
      `the query has too many series: more than ${MAX_ROWS} points, or more than the memory of a query holds. Group by fewer fields, or ask for a shorter range`,
      { cause: thrown },
    )
  }
}

/** Resources with the same values of what is grouped by have one place. */
interface Places {
  /** For each key of the request: the value that resources of a place have. Empty lists: nothing is asked of resources. */
  readonly valuesOf: readonly (readonly string[])[]
  readonly sql: string | undefined
}

class TallyStatement {
  readonly places: Places
  readonly #request: SpanTallyRequest
  readonly #test: TestSql
  readonly #columns: string

  private constructor(
    request: SpanTallyRequest,
    { places, test, columns }: { places: Places; test: TestSql; columns: string },
  ) {
    this.#request = request
    this.#test = test
    this.#columns = columns
    this.places = places
  }

  static create(request: SpanTallyRequest, index: SeriesIndex): TallyStatement | undefined {
    const places = placesOf(request.by, index)
    const test = wholeTest(request, index)
    if (places === undefined || test === undefined) return undefined
    const columns = [
      `toUInt32(intDiv(toUnixTimestamp64Nano(ts) - ${request.startNs + 1n}, ${request.stepNs})) AS interval`,
      ...(places.sql === undefined ? [] : [`${places.sql} AS place`]),
      ...request.by.flatMap((key, i) => keySql(key).map((sql) => `${sql} AS key${i}`)),
      ...(request.measure === 'buckets' ? [`${bucketSql(request)} AS bucket`] : []),
      `${test.sure === test.maybe ? '0' : `NOT (${test.sure})`} AS undecided`,
    ].join(', ')
    return new TallyStatement(request, { places, test, columns })
  }

  /** Counts all spans of a range but those of some parts. */
  plain(range: SpanRange, without: readonly SpanRange[]): string {
    const others = without.map((part) => ` AND NOT (${whereTime(part)})`).join('')
    return this.#statement(`{db}.spans WHERE ${whereTime(range)}${others} AND ${this.#test.maybe}`)
  }

  /** Counts the spans of the part of a range, each once; nothing when it lies outside. */
  distinct(range: SpanRange, part: SpanRange): readonly string[] {
    const startNs = part.startNs > range.startNs ? part.startNs : range.startNs
    const endNs = part.endNs < range.endNs ? part.endNs : range.endNs
    if (startNs >= endNs) return []
    const from = `{db}.spans WHERE ${whereTime({ startNs, endNs })} AND ${this.#test.maybe}`
    return [this.#statement(`(SELECT * FROM ${from} LIMIT 1 BY trace, span, ts)`)]
  }

  #statement(from: string): string {
    const { by, measure, hasExemplars } = this.#request
    const keys = by.flatMap((key, i) => (key.kind === 'resource' ? [] : [`key${i}`]))
    const group = [
      'interval',
      ...(this.places.sql === undefined ? [] : ['place']),
      ...keys,
      ...(measure === 'buckets' ? ['bucket'] : []),
      'undecided',
    ]
    const exemplar = hasExemplars
      ? `, any(tuple(trace, span, toUnixTimestamp64Nano(ts), ${valueSql(this.#request)})) AS e, e.1 AS e_trace, e.2 AS e_span, e.3 AS e_ts, e.4 AS e_value`
      : ''
    return `SELECT ${group.join(', ')}, count() AS spans, ${measureSql(this.#request)} AS value${exemplar}
      FROM (SELECT ${this.#columns}, * FROM ${from}) GROUP BY ${group.join(', ')}`
  }
}

/** The test of the request, and that a span has the number that is asked for. */
function wholeTest(request: SpanTallyRequest, index: SeriesIndex): TestSql | undefined {
  const test = spanTestSql(request.test, index)
  if (test === undefined) return undefined
  const parts: TestSql[] = [test]
  const { value, by } = request
  if (value !== undefined && value.kind !== 'duration') {
    const text = attributeSql(value.name)
    const isNumber = `(substring(${text}, 1, 1) IN ('i', 'f') AND ${text} != 'fNaN')`
    if (value.kind === 'attribute') parts.push({ sure: isNumber, maybe: isNumber })
    else {
      const onResource = listedResources(index, (labels) => (labels.get(value.name) ?? '') !== '')
      if (onResource === undefined) return undefined
      const elsewhere = `((${text} = '' AND ${onResource}) OR ${isElsewhereSql(value.name)})`
      parts.push({ sure: `(${isNumber})`, maybe: `(${isNumber} OR ${elsewhere})` })
    }
  }
  const doubts: string[] = []
  for (const key of by) {
    if (key.kind !== 'anywhere') continue
    const missing = listedResources(index, (labels) => (labels.get(key.name) ?? '') === '')
    if (missing === undefined) return undefined
    doubts.push(`(${missing} AND ${isElsewhereSql(key.name)})`)
  }
  const sure = parts.map((part) => part.sure)
  return {
    sure: [...sure, ...doubts.map((doubt) => `NOT ${doubt}`)].join(' AND '),
    maybe: parts.map((part) => part.maybe).join(' AND '),
  }
}

/** Keys of resources come by their place. */
function keySql(key: TallyKey): readonly string[] {
  if (key.kind === 'resource') return []
  if (key.kind !== 'column') return [attributeSql(key.name)]
  return [
    key.column === 'name' || key.column === 'message' ? key.column : `toString(${key.column})`,
  ]
}

/** The number of a span as a double, durations in nanoseconds. */
function valueSql({ value }: SpanTallyRequest): string {
  if (value === undefined || value.kind === 'duration') return 'toFloat64(dur)'
  const text = attributeSql(value.name)
  const rest = `substring(${text}, 2)`
  return `if(startsWith(${text}, 'i'), toFloat64(toInt64OrZero(${rest})), toFloat64OrZero(${rest}))`
}

function measureSql(request: SpanTallyRequest): string {
  switch (request.measure) {
    case 'min':
    case 'max':
    case 'sum':
      return `${request.measure}(${valueSql(request)})`
    default:
      return 'toFloat64(0)'
  }
}

/** The least power of two that is not less than a whole number from 2 on; floats have none. */
function bucketSql({ value }: SpanTallyRequest): string {
  const isDuration = value === undefined || value.kind === 'duration'
  const whole = isDuration
    ? 'dur'
    : `if(startsWith(${attributeSql(value.name)}, 'i'), toInt64OrZero(substring(${attributeSql(value.name)}, 2)), 0)`
  return `if(${whole} < 2, toFloat64(0), 2 * toFloat64(roundToExp2(toUInt64(greatest(${whole}, 2) - 1))))`
}

function placesOf(by: readonly TallyKey[], index: SeriesIndex): Places | undefined {
  const asked = by.map((key) =>
    key.kind === 'resource' || key.kind === 'anywhere' ? key.name : '',
  )
  if (asked.every((name) => name === '')) return { valuesOf: by.map(() => []), sql: undefined }
  const refs = index.all()
  const placeByKey = new Map<string, number>()
  const valuesOf: string[][] = by.map(() => [])
  const placeOf = refs.map((ref) => {
    const labels = index.labelsOf(ref)
    const values = asked.map((name) => valueIn(labels, name))
    const key = JSON.stringify(values)
    let place = placeByKey.get(key)
    if (place === undefined) {
      placeByKey.set(key, (place = placeByKey.size))
      for (const [i, value] of values.entries()) valuesOf[i]?.push(value)
    }
    return place
  })
  // A row whose resource is not known has none of its attributes.
  for (const values of valuesOf) values.push('')
  if (placeByKey.size <= 1 && refs.length > 0) return { valuesOf, sql: 'toUInt32(0)' }
  if (refs.length > MAX_PLACED_RESOURCES) return undefined
  const ids = refs.map((ref) => decimalId(index, ref)).join(',')
  const sql = `transform(res, CAST([${ids}], 'Array(UInt64)'), CAST([${placeOf.join(',')}], 'Array(UInt32)'), toUInt32(${placeByKey.size}))`
  return { valuesOf, sql }
}

function valueIn(labels: Labels, name: string): string {
  return name === '' ? '' : (labels.get(name) ?? '')
}

class TallyColumns {
  readonly #request: SpanTallyRequest
  readonly #intervals: number[] = []
  readonly #keys: readonly string[][]
  readonly #counts: number[] = []
  readonly #values: number[] = []
  readonly #buckets: number[] = []
  readonly #exemplars: TallyExemplar[] = []

  constructor(request: SpanTallyRequest) {
    this.#request = request
    this.#keys = request.by.map(() => [])
  }

  /** False when there are spans that the engine could not decide about. */
  add(block: NativeBlock, { valuesOf, sql }: Places): boolean {
    const { by, measure, hasExemplars } = this.#request
    if (block.uint32('undecided').some((value) => value !== 0)) return false
    const intervals = block.uint32('interval')
    const counts = block.float64('spans')
    const values = block.float64('value')
    const buckets = measure === 'buckets' ? block.float64('bucket') : undefined
    const places = sql === undefined ? undefined : block.uint32('place')
    const own = by.map((key, i) => (key.kind === 'resource' ? undefined : block.strings(`key${i}`)))
    for (let row = 0; row < block.rows; row++) {
      this.#intervals.push(intervals[row] as number)
      this.#counts.push(counts[row] as number)
      this.#values.push(values[row] as number)
      this.#buckets.push(buckets?.[row] ?? 0)
      for (let i = 0; i < by.length; i++) {
        const value = own[i]?.[row] ?? ''
        const ofResource = value === '' ? valuesOf[i]?.[places?.[row] ?? 0] : undefined
        this.#keys[i]?.push(ofResource ?? value)
      }
    }
    if (hasExemplars) this.#addExemplars(block)
    return true
  }

  #addExemplars(block: NativeBlock): void {
    const traces = block.stringBytes('e_trace')
    const spans = block.bigUint64('e_span')
    const starts = block.bigUint64('e_ts')
    const values = block.float64('e_value')
    for (let row = 0; row < block.rows; row++) {
      const trace = traces.bytes.subarray(traces.starts[row], traces.ends[row])
      this.#exemplars.push({
        traceId: Buffer.from(trace).toString('hex'),
        spanId: (spans[row] as bigint).toString(16).padStart(16, '0'),
        startNs: BigInt.asIntN(64, starts[row] as bigint),
        value: values[row] as number,
      })
    }
  }

  finish(): SpanTally {
    return {
      length: this.#intervals.length,
      intervals: Uint32Array.from(this.#intervals),
      keys: this.#keys,
      counts: Float64Array.from(this.#counts),
      values: Float64Array.from(this.#values),
      buckets: Float64Array.from(this.#buckets),
      exemplars: this.#exemplars,
    }
  }
}
