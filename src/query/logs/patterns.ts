import { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import type { Matcher } from '../../model/matcher.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import { findJsonMessage } from './json-message.ts'
import { levelOfLine } from './level-of-line.ts'
import { PatternClusters, type PatternCount } from './pattern-clusters.ts'

/** Of one request. */
const MAX_LINES = 50_000
const MAX_BYTES = 32 * 1024 * 1024
const MAX_READ_MS = 10_000
/** More lines are sampled in so many parts of the range. */
const PARTS = 20n
const MAX_PATTERNS = 300
/** About what it takes to cut a line and to find its like, in units of one sample. */
const LINE_UNITS = 60
const BYTES_PER_UNIT = 4

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export interface PatternsRequest {
  readonly matchers: readonly Matcher[]
  /** Unix nanoseconds; the end is not part. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly stepNs: bigint
  readonly maxStreams: number
  readonly signal: AbortSignal
}

export interface Patterns {
  /** The most frequent first. Their steps are numbered from 1970 on. */
  readonly patterns: readonly PatternCount[]
  readonly linesRead: number
  /** How many there are in the range; more than were read where they were sampled. */
  readonly linesFound: number
}

type PatternSource = Pick<LinesSource, 'lines' | 'stats' | 'volume'>

/**
 * What the lines of a selection have in common, with how many there are of each kind by step. Up to 50,000 lines all are looked at.
 * Of more, the range is cut into 20 parts, and of each that has lines as many of its newest are looked at; each then stands for as
 * many bytes as the part has more. Parts that cannot be read within ten seconds, the oldest, are left out.
 */
export async function findPatterns(
  source: PatternSource,
  request: PatternsRequest,
): Promise<Patterns> {
  const { matchers, startNs, endNs } = request
  const { entries, bytes } = await source.stats({ matchers, startNs, endNs })
  const parts = entries <= MAX_LINES ? [{ startNs, endNs, bytes }] : await cutRange(source, request)
  const reader = new PatternReader(source, request)
  const deadlineMs = performance.now() + MAX_READ_MS
  for (const part of parts) {
    if (performance.now() > deadlineMs) break
    await reader.read(part, {
      maxLines: Math.floor(MAX_LINES / parts.length),
      maxBytes: MAX_BYTES / parts.length,
    })
  }
  const patterns = reader.clusters.finish().slice(0, MAX_PATTERNS)
  return { patterns, linesRead: reader.linesRead, linesFound: entries }
}

interface Part {
  readonly startNs: bigint
  readonly endNs: bigint
  /** Of all of its lines. */
  readonly bytes: number
}

/** The parts of a range that have lines, the newest first. */
async function cutRange(
  source: PatternSource,
  { matchers, startNs, endNs }: PatternsRequest,
): Promise<Part[]> {
  const stepNs = (endNs - startNs) / PARTS + 1n
  const bytes = new Float64Array(Number(PARTS))
  for (const stream of await source.volume({ matchers, startNs, endNs, stepNs })) {
    for (const [i, size] of stream.bytes.entries()) bytes[i] = (bytes[i] ?? 0) + size
  }
  const parts: Part[] = []
  for (const [i, size] of bytes.entries()) {
    const from = startNs + BigInt(i) * stepNs
    const until = from + stepNs
    if (size > 0) parts.push({ startNs: from, endNs: until < endNs ? until : endNs, bytes: size })
  }
  return parts.reverse()
}

interface ReadBounds {
  readonly maxLines: number
  readonly maxBytes: number
}

interface PartLine {
  readonly text: string
  readonly sizeBytes: number
  readonly level: string
  readonly step: number
}

class PatternReader {
  readonly clusters = new PatternClusters()
  linesRead = 0
  readonly #source: Pick<LinesSource, 'lines'>
  readonly #request: PatternsRequest
  readonly #slices: Slices

  constructor(source: Pick<LinesSource, 'lines'>, request: PatternsRequest) {
    this.#source = source
    this.#request = request
    this.#slices = new Slices(() => request.signal.throwIfAborted())
  }

  /** Looks at the newest lines of a part. */
  async read(part: Part, bounds: ReadBounds): Promise<void> {
    const lines: PartLine[] = []
    let sizeBytes = 0
    let isCut = false
    for await (const line of this.#newestLines(part, bounds)) {
      lines.push(line)
      sizeBytes += line.sizeBytes
      isCut = lines.length >= bounds.maxLines || sizeBytes >= bounds.maxBytes
      if (isCut) break
    }
    this.linesRead += lines.length
    const weight = isCut ? Math.max(1, part.bytes / Math.max(1, sizeBytes)) : 1
    for (const line of lines) {
      const message = findJsonMessage(line.text)
      this.clusters.add({ prefix: '', suffix: '', ...line, ...message, weight })
      if (this.#slices.spend(LINE_UNITS + line.text.length / BYTES_PER_UNIT)) {
        await this.#slices.rest()
      }
    }
  }

  async *#newestLines(
    { startNs, endNs }: Part,
    { maxLines }: ReadBounds,
  ): AsyncGenerator<PartLine, void> {
    const { matchers, maxStreams, signal } = this.#request
    const selection = {
      ...{ matchers, startNs, endNs, needles: [] },
      ...{ direction: 'backward' as const, enough: maxLines },
    }
    for await (const batch of this.#source.lines(selection, { signal, maxStreams })) {
      for (let row = 0; row < batch.ends.length; row++) yield this.#lineAt(batch, row)
    }
  }

  #lineAt(batch: LogBatch, row: number): PartLine {
    const bytes = batch.bytes.subarray(lineStart(batch, row), batch.ends[row])
    const text = decoder.decode(bytes)
    const stream = batch.streams[batch.streamIndex[row] as number] ?? Labels.EMPTY
    const metadata = batch.metadata[batch.metadataIndex[row] as number] ?? Labels.EMPTY
    const step = Number((batch.timestampsNs[row] as bigint) / this.#request.stepNs)
    return { text, sizeBytes: bytes.length, level: levelOfLine(text, stream, metadata), step }
  }
}
