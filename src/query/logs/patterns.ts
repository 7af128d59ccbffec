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

interface Range {
  readonly startNs: bigint
  readonly endNs: bigint
}

/**
 * What the lines of a selection have in common, with how many there are of each kind by step. Up to 50,000 lines all are looked at.
 * Of more, the range is cut into 20 parts and the newest 2,500 lines of each are looked at; each then stands for as many lines as
 * the part has more. Parts that cannot be read within ten seconds, the oldest, are left out.
 */
export async function findPatterns(
  source: Pick<LinesSource, 'lines' | 'stats'>,
  request: PatternsRequest,
): Promise<Patterns> {
  const { matchers, startNs, endNs } = request
  const { entries } = await source.stats({ matchers, startNs, endNs })
  const parts = entries <= MAX_LINES ? [{ startNs, endNs }] : cutRange(request)
  const reader = new PatternReader(source, request)
  const deadlineMs = performance.now() + MAX_READ_MS
  for (const part of parts) {
    if (performance.now() > deadlineMs) break
    const found = parts.length === 1 ? entries : (await source.stats({ matchers, ...part })).entries
    await reader.read(part, found, Math.floor(MAX_LINES / parts.length), MAX_BYTES / parts.length)
  }
  const patterns = reader.clusters.finish().slice(0, MAX_PATTERNS)
  return { patterns, linesRead: reader.linesRead, linesFound: entries }
}

/** Parts of a range, the newest first. */
function cutRange({ startNs, endNs }: Range): Range[] {
  const lengthNs = (endNs - startNs) / PARTS + 1n
  const parts: Range[] = []
  for (let until = endNs; until > startNs; until -= lengthNs) {
    const from = until - lengthNs
    parts.push({ startNs: from < startNs ? startNs : from, endNs: until })
  }
  return parts
}

interface PartLine {
  readonly text: string
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

  /** Looks at the newest lines of a part that has `found` lines. */
  async read(part: Range, found: number, maxLines: number, maxBytes: number): Promise<void> {
    if (found === 0) return
    const lines: PartLine[] = []
    const { matchers, maxStreams, signal } = this.#request
    const selection = {
      ...{ matchers, ...part, needles: [] },
      ...{ direction: 'backward' as const, enough: maxLines },
    }
    let sizeBytes = 0
    for await (const batch of this.#source.lines(selection, { signal, maxStreams })) {
      for (let row = 0; row < batch.ends.length; row++) {
        if (lines.length >= maxLines || sizeBytes >= maxBytes) break
        const line = this.#lineAt(batch, row)
        lines.push(line)
        sizeBytes += line.text.length
      }
      if (lines.length >= maxLines || sizeBytes >= maxBytes) break
    }
    this.linesRead += lines.length
    const weight = Math.max(1, found / lines.length)
    for (const line of lines) {
      const message = findJsonMessage(line.text)
      this.clusters.add({ prefix: '', suffix: '', ...line, ...message, weight })
      if (this.#slices.spend(LINE_UNITS + line.text.length / BYTES_PER_UNIT)) {
        await this.#slices.rest()
      }
    }
  }

  #lineAt(batch: LogBatch, row: number): PartLine {
    const text = decoder.decode(batch.bytes.subarray(lineStart(batch, row), batch.ends[row]))
    const stream = batch.streams[batch.streamIndex[row] as number] ?? Labels.EMPTY
    const metadata = batch.metadata[batch.metadataIndex[row] as number] ?? Labels.EMPTY
    const step = Number((batch.timestampsNs[row] as bigint) / this.#request.stepNs)
    return { text, level: levelOfLine(text, stream, metadata), step }
  }
}
