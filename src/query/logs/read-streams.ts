import { Labels } from '../../model/labels.ts'
import { lineStart } from '../../model/lines.ts'
import { Problem } from '../../model/problem.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import type { PipelineLine } from '../../lang/logql/pipeline/compile.ts'
import type { LogqlRequest, ReadFigures, ResultEntry, ResultStream } from './logql.ts'
import type { LinesPlan } from './plan-lines.ts'

/** A pipeline's work on a line, in units of one sample. */
const LINE_UNITS = 20
const BYTES_PER_UNIT = 16

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export interface StreamsResult {
  readonly streams: readonly ResultStream[]
  readonly figures: ReadFigures
}

/**
 * Answers a query for lines: reads portions, lets the pipeline judge each line, and stops at the limit. Lines of one stream are in
 * the order of the direction. Throws `bad_data` when more lines are wanted than one query may answer.
 */
export async function readStreams(
  source: Pick<LinesSource, 'lines'>,
  query: LinesPlan,
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
  const { matchers, needles, metadata, pipeline } = query
  const selection = { matchers, startNs, endNs, direction, needles, metadata, enough: limit }
  const figures = { lines: 0, bytes: 0, postFilterLines: 0 }
  const slices = new Slices(() => signal.throwIfAborted())
  for await (const batch of source.lines(selection, { signal, maxStreams })) {
    for (let row = 0; row < batch.ends.length && collected.count < limit; row++) {
      const start = lineStart(batch, row)
      const end = batch.ends[row] as number
      figures.lines++
      figures.bytes += end - start
      if (slices.spend(LINE_UNITS + (end - start) / BYTES_PER_UNIT)) await slices.rest()
      const timestampNs = batch.timestampsNs[row] as bigint
      const processed = pipeline.process(
        decoder.decode(batch.bytes.subarray(start, end)),
        batch.streams[batch.streamIndex[row] as number] ?? Labels.EMPTY,
        batch.metadata[batch.metadataIndex[row] as number] ?? Labels.EMPTY,
        timestampNs,
      )
      if (processed === undefined) continue
      figures.postFilterLines++
      collected.add(timestampNs, processed)
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

  add(timestampNs: bigint, { line, stream, structuredMetadata, parsed }: PipelineLine): void {
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
