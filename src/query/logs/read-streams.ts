import { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import type { Matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import type { LinesSource, Needle } from '../../store/lines-source.ts'
import type { LogqlRequest, ReadFigures, ResultEntry, ResultStream } from './logql.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What a pipeline makes of a line; undefined when it lets it fall. */
export interface ProcessedLine {
  readonly line: string
  /** The labels of the stream it belongs to now. */
  readonly stream: Labels
  readonly structuredMetadata: Labels
  readonly parsed: Labels
}

export type ProcessLine = (batch: LogBatch, row: number, text: string) => ProcessedLine | undefined

export interface StreamsQuery {
  readonly matchers: readonly Matcher[]
  /** What the engine may decide of the pipeline. */
  readonly needles: readonly Needle[]
  /** Undefined: every line stays as it is. */
  readonly process: ProcessLine | undefined
}

export interface StreamsResult {
  readonly streams: readonly ResultStream[]
  readonly figures: ReadFigures
}

/** A line that no pipeline has touched. */
export function asStored(batch: LogBatch, row: number, text: string): ProcessedLine {
  return {
    line: text,
    stream: batch.streams[batch.streamIndex[row] as number] ?? Labels.EMPTY,
    structuredMetadata: batch.metadata[batch.metadataIndex[row] as number] ?? Labels.EMPTY,
    parsed: Labels.EMPTY,
  }
}

/**
 * Answers a query for lines: reads portions, lets the pipeline judge each line, and stops at the limit. Lines of one stream are in
 * the order of the direction. Throws `bad_data` when more lines are wanted than one query may answer.
 */
export async function readStreams(
  source: LinesSource,
  query: StreamsQuery,
  request: LogqlRequest,
  maxStreams: number,
): Promise<StreamsResult> {
  const { limit, maxEntries, direction, startNs, endNs, signal } = request
  if (maxEntries > 0 && limit > maxEntries) {
    throw new Problem(
      'bad_data',
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${maxEntries})`,
    )
  }
  const collected = new CollectedStreams(request)
  const { matchers, needles, process = asStored } = query
  const selection = { matchers, startNs, endNs, direction, needles, enough: limit }
  const figures = { lines: 0, bytes: 0, postFilterLines: 0 }
  for await (const batch of source.lines(selection, { signal, maxStreams })) {
    for (let row = 0; row < batch.ends.length && collected.count < limit; row++) {
      const start = lineStart(batch, row)
      const end = batch.ends[row] as number
      figures.lines++
      figures.bytes += end - start
      const processed = process(batch, row, decoder.decode(batch.bytes.subarray(start, end)))
      if (processed === undefined) continue
      figures.postFilterLines++
      collected.add(batch.timestampsNs[row] as bigint, processed)
    }
    if (collected.count >= limit) break
  }
  return { streams: collected.finish(), figures }
}

interface CollectedStream {
  readonly labels: Labels
  readonly entries: ResultEntry[]
}

/** The lines of a result by stream. */
class CollectedStreams {
  count = 0
  readonly #intervalNs: bigint
  readonly #isForward: boolean
  #lastNs: bigint | undefined
  readonly #streams = new Map<string, CollectedStream>()

  constructor({ intervalNs, direction }: LogqlRequest) {
    this.#intervalNs = intervalNs
    this.#isForward = direction === 'forward'
  }

  add(timestampNs: bigint, { line, stream, structuredMetadata, parsed }: ProcessedLine): void {
    if (!this.#isDue(timestampNs)) return
    this.#lastNs = timestampNs
    this.count++
    const entry = { timestampNs, line, structuredMetadata, parsed }
    const own = this.#streams.get(stream.key)
    if (own === undefined) this.#streams.set(stream.key, { labels: stream, entries: [entry] })
    else own.entries.push(entry)
  }

  finish(): readonly ResultStream[] {
    return [...this.#streams.values()]
  }

  /** With an interval, a line that follows another of the result within it is left out, whatever their streams. */
  #isDue(timestampNs: bigint): boolean {
    if (this.#intervalNs === 0n || this.#lastNs === undefined) return true
    const passedNs = this.#isForward ? timestampNs - this.#lastNs : this.#lastNs - timestampNs
    return passedNs >= this.#intervalNs
  }
}
