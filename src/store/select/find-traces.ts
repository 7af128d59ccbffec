import { greatest, least } from '../../model/bigint-order.ts'
import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { SPAN_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { SpanCondition, SpanRange } from '../spans-source.ts'
import { readsMuch, spanConditionSql } from './span-conditions.ts'
import { rangeOfSpans, whereTime } from './span-times.ts'

/** A window without many traces is followed by one that is so much longer. */
const LEAST_WIDENING = 2
const MOST_WIDENING = 8
/** A window is no longer than six hours, so that the one behind a gap does not read days at once; of many empty ones the next are longer. */
const LONGEST_WINDOW_NS = 36n * SPAN_BUCKET_NS
const EMPTY_BEFORE_LONGER = 8
const MOST_TRACES = 1000
/** Where little is to be found, much is looked at together as long as no more spans have to be read for it, as far as indexes can tell. */
const MOST_SPANS_A_LEAP = 4_194_304
/** The same, of spans that are read with their attributes. */
const MOST_LARGE_SPANS_A_LEAP = 131_072
const SETTINGS = { max_query_size: 1_000_000, max_result_bytes: 128 * 1024 * 1024 }

export interface SpanReaderOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
}

interface FindTracesOptions {
  readonly signal: AbortSignal
  /** Traces that are wanted. */
  readonly enough: number
  /** Spans that may be read to look at much of the range together; by default it depends on what is read of them. */
  readonly mostSpansALeap?: number
}

/**
 * See `SpansSource`. The range is gone through from its end in windows, each as long as the one before promises to bring what is missing, or
 * much of it at once where little is found and indexes leave little to be read. The next one is asked for while the traces of the last one
 * are looked at, as long as they cannot be enough.
 */
export async function* findTraces(
  { client, index }: SpanReaderOptions,
  condition: SpanCondition,
  range: SpanRange,
  { signal, enough, mostSpansALeap }: FindTracesOptions,
): AsyncGenerator<readonly string[], void> {
  const whole = rangeOfSpans(index, range)
  if (whole === undefined) return
  const stop = new AbortController()
  const isMuch = readsMuch(condition)
  const search = new WindowSearch(client, whole, {
    holds: spanConditionSql(condition, index),
    signal: AbortSignal.any([signal, stop.signal]),
    limit: Math.min(MOST_TRACES, Math.max(32, enough * 2)),
    wanted: Math.min(MOST_TRACES, Math.max(16, Math.ceil(enough * 1.25))),
    readsMuch: isMuch,
    mostSpansALeap: mostSpansALeap ?? (isMuch ? MOST_LARGE_SPANS_A_LEAP : MOST_SPANS_A_LEAP),
  })
  let named = 0
  let next = search.next()
  try {
    for (;;) {
      const fresh = await next
      if (fresh === undefined) return
      named += fresh.length
      const isMoreWanted = named < enough
      if (isMoreWanted) next = search.next()
      if (fresh.length > 0) yield fresh
      if (!isMoreWanted) next = search.next()
    }
  } finally {
    stop.abort()
    await next.catch(() => undefined)
  }
}

interface WindowOptions {
  /** The condition as SQL. */
  readonly holds: string
  readonly signal: AbortSignal
  /** Traces of one window, at most. */
  readonly limit: number
  /** Traces that a window should bring: some are not what a query wants in the end. */
  readonly wanted: number
  readonly mostSpansALeap: number
  /** Whether the attributes of spans are read, too. */
  readonly readsMuch: boolean
}

interface FoundIds {
  readonly ids: readonly string[]
  /** The newest span of the last one that fulfils the condition. */
  readonly lastNs: bigint
}

class WindowSearch {
  readonly #client: StoreClient
  readonly #options: WindowOptions
  readonly #startNs: bigint
  readonly #seen = new Set<string>()
  #endNs: bigint
  #lengthNs = SPAN_BUCKET_NS
  #empty = 0
  /** Little is to be found, so that this much is looked at together, if it is not too much. */
  #leapNs: bigint | undefined
  /** The engine had to read too much for a leap. */
  #isTooMuch = false

  constructor(client: StoreClient, { startNs, endNs }: SpanRange, options: WindowOptions) {
    this.#client = client
    this.#options = options
    this.#startNs = startNs
    this.#endNs = endNs
  }

  /** The traces of the next window that were in none before; undefined when there are no more windows. */
  async next(): Promise<readonly string[] | undefined> {
    const { signal, limit } = this.#options
    const endNs = this.#endNs
    if (endNs <= this.#startNs) return undefined
    signal.throwIfAborted()
    const { ids, lastNs, startNs } = (await this.#leap(endNs)) ?? (await this.#findInWindow(endNs))
    const fresh = ids.filter((id) => !this.#seen.has(id))
    for (const id of fresh) this.#seen.add(id)
    const oldestNs = ids.length === limit ? lastNs : undefined
    // Of traces with the same newest time as the last one there may be more: they come again and are left out above.
    this.#endNs = oldestNs === undefined || oldestNs + 1n >= endNs ? startNs : oldestNs + 1n
    this.#empty = ids.length === 0 ? this.#empty + 1 : 0
    this.#leapNs = undefined
    if (oldestNs === undefined) this.#widen(ids.length, endNs - startNs)
    return fresh
  }

  /** Looks at much together, where little is to be found and little has to be read for it; undefined: it is too much. */
  async #leap(endNs: bigint): Promise<(FoundIds & SpanRange) | undefined> {
    if (this.#leapNs === undefined || this.#isTooMuch) return undefined
    const range = { startNs: greatest(this.#startNs, floorBucket(endNs - this.#leapNs)), endNs }
    try {
      const settings = { ...SETTINGS, max_rows_to_read: this.#options.mostSpansALeap }
      return { ...range, ...(await this.#find(range, settings)) }
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.code !== 'limit') throw thrown
      this.#isTooMuch = true
      return undefined
    }
  }

  async #findInWindow(endNs: bigint): Promise<FoundIds & SpanRange> {
    const lastBucketNs = floorBucket(endNs - 1n)
    const startNs = greatest(this.#startNs, lastBucketNs - (this.#lengthNs - SPAN_BUCKET_NS))
    const range = { startNs, endNs }
    return { ...range, ...(await this.#find(range, SETTINGS)) }
  }

  async #find(range: SpanRange, settings: Readonly<Record<string, number>>): Promise<FoundIds> {
    const { holds, signal, limit } = this.#options
    const rows = await this.#client.rows(
      `SELECT lower(hex(trace)) AS id, toString(max(toUnixTimestamp64Nano(ts))) AS last FROM {db}.spans
       WHERE ${whereTime(range)} AND ${holds} GROUP BY trace ORDER BY max(ts) DESC LIMIT ${limit}`,
      { signal, settings },
    )
    return {
      ids: rows.map((row) => String(row['id'])),
      lastNs: rows.length === 0 ? 0n : BigInt(String(rows.at(-1)?.['last'])),
    }
  }

  /**
   * The next window is so long that about as much is found in it as is wanted. The first one may have been a part of its bucket only: then
   * nothing in it says little. Filters bound what is read of attributes, however long a leap is; of all else a leap reads every span, so the
   * first one after nothing was found is half a day.
   */
  #widen(found: number, lookedAtNs: bigint): void {
    const mostNs = least(
      greatest(lookedAtNs, SPAN_BUCKET_NS) * BigInt(MOST_WIDENING),
      LONGEST_WINDOW_NS * 2n ** BigInt(Math.floor(this.#empty / EMPTY_BEFORE_LONGER)),
    )
    const wantedNs =
      found === 0 ? mostNs : (lookedAtNs * BigInt(this.#options.wanted)) / BigInt(found)
    if (found > 0 && wantedNs > mostNs) this.#leapNs = wantedNs * 2n
    else if (found === 0 && lookedAtNs * 2n >= SPAN_BUCKET_NS) {
      const isFirst = this.#empty === 1 && !this.#options.readsMuch
      this.#leapNs = isFirst ? LONGEST_WINDOW_NS * 2n : this.#endNs
    }
    const lengthNs = least(greatest(wantedNs, lookedAtNs * BigInt(LEAST_WIDENING)), mostNs)
    this.#lengthNs = floorBucket(lengthNs + SPAN_BUCKET_NS - 1n)
  }
}

function floorBucket(timeNs: bigint): bigint {
  return (timeNs / SPAN_BUCKET_NS) * SPAN_BUCKET_NS
}
