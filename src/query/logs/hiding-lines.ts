import { compilePipeline } from '../../lang/logql/pipeline/compile.ts'
import type { LogExpr } from '../../lang/logql/ast.ts'
import { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import type { Matcher } from '../../model/matcher.ts'
import { Slices } from '../../self/loop-turns.ts'
import type {
  LineBounds,
  LineSelection,
  LinesSource,
  LineStats,
  LineVolume,
  StreamQuery,
  Tally,
  TallyRequest,
  VolumeRequest,
} from '../../store/lines-source.ts'
import type { LiveLines } from './live-tail.ts'
import { toMatchers } from './plan-lines.ts'

const LINE_UNITS = 20

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Lines that nobody is to see: those of a query for lines, in [startNs, endNs). */
export interface HiddenLines {
  readonly expr: LogExpr
  readonly startNs: bigint
  readonly endNs: bigint
}

interface Hidden extends HiddenLines {
  readonly matchers: readonly Matcher[]
}

type Selection = Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>

/**
 * A source of lines without those that are to be deleted and still may be read. What only counts lines (`stats`, `volume`) counts them
 * until they are deleted, and streams are known as long as they have any.
 */
export class HidingLines implements LinesSource, LiveLines {
  readonly #source: LinesSource & LiveLines
  #hidden: readonly Hidden[] = []

  constructor(source: LinesSource & LiveLines) {
    this.#source = source
  }

  /** Hides these from now on, and no others. */
  hide(all: readonly HiddenLines[]): void {
    this.#hidden = all.map((one) => ({ ...one, matchers: toMatchers(one.expr.selector.matchers) }))
  }

  lines(selection: LineSelection, bounds: LineBounds): AsyncIterable<LogBatch> {
    const hidden = this.#hiddenIn(selection)
    const lines = this.#source.lines(selection, bounds)
    return hidden.length === 0 ? lines : withoutHidden(lines, hidden)
  }

  async tally(request: TallyRequest, bounds: LineBounds): Promise<Tally | undefined> {
    const { matchers, firstEndNs, rangeNs, stepNs, steps } = request
    const endNs = firstEndNs + BigInt(steps - 1) * stepNs + 1n
    const selection = { matchers, startNs: firstEndNs - rangeNs, endNs }
    if (this.#hiddenIn(selection).length > 0) return undefined
    return this.#source.tally?.(request, bounds)
  }

  streams(query: StreamQuery): ReturnType<LinesSource['streams']> {
    return this.#source.streams(query)
  }

  labelNames(query: StreamQuery): ReturnType<LinesSource['labelNames']> {
    return this.#source.labelNames(query)
  }

  labelValues(name: string, query: StreamQuery): ReturnType<LinesSource['labelValues']> {
    return this.#source.labelValues(name, query)
  }

  stats(selection: Selection): Promise<LineStats> {
    return this.#source.stats(selection)
  }

  volume(request: VolumeRequest): Promise<readonly LineVolume[]> {
    return this.#source.volume(request)
  }

  onDurable(listener: Parameters<LiveLines['onDurable']>[0]): () => void {
    return this.#source.onDurable(listener)
  }

  /** What hides something that may be among the lines of a selection. */
  #hiddenIn({ matchers, startNs, endNs }: Selection): readonly Hidden[] {
    return this.#hidden.filter((one) => {
      if (one.startNs >= endNs || one.endNs <= startNs) return false
      const selectors = [[...matchers, ...one.matchers]]
      return this.#source.streams({ selectors, startNs, endNs, limit: 1 }).values.length > 0
    })
  }
}

async function* withoutHidden(
  batches: AsyncIterable<LogBatch>,
  hidden: readonly Hidden[],
): AsyncGenerator<LogBatch, void> {
  const tests = hidden.map(compileTest)
  const slices = new Slices()
  for await (const batch of batches) {
    const rows = new Uint32Array(batch.ends.length)
    let count = 0
    const tested = tests.map((test) => test(batch))
    for (let row = 0; row < rows.length; row++) {
      if (!tested.some((isHidden) => isHidden(row))) rows[count++] = row
      if (slices.spend(LINE_UNITS)) await slices.rest()
    }
    if (count === rows.length) yield batch
    else if (count > 0) yield keepRows(batch, rows.subarray(0, count))
  }
}

/** For a batch, whether a row of it is hidden: streams are matched once. */
function compileTest(hidden: Hidden): (batch: LogBatch) => (row: number) => boolean {
  const { expr, matchers, startNs, endNs } = hidden
  const pipeline = expr.stages.length === 0 ? undefined : compilePipeline(expr.stages)
  return (batch) => {
    const isMeant = batch.streams.map((labels) =>
      matchers.every((one) => one.matches(labels.get(one.name))),
    )
    return (row) => {
      const stream = batch.streamIndex[row] as number
      if (isMeant[stream] !== true) return false
      const timestampNs = batch.timestampsNs[row] as bigint
      if (timestampNs < startNs || timestampNs >= endNs) return false
      if (pipeline === undefined) return true
      const text = decoder.decode(batch.bytes.subarray(lineStart(batch, row), batch.ends[row]))
      const metadata = batch.metadata[batch.metadataIndex[row] as number] ?? Labels.EMPTY
      const labels = batch.streams[stream] ?? Labels.EMPTY
      return pipeline.process(text, labels, metadata, timestampNs) !== undefined
    }
  }
}

/** A batch of some rows of another. */
function keepRows(batch: LogBatch, rows: Uint32Array): LogBatch {
  const bytes = new Uint8Array(batch.bytes.length)
  const ends = new Uint32Array(rows.length)
  let size = 0
  for (const [i, row] of rows.entries()) {
    const line = batch.bytes.subarray(lineStart(batch, row), batch.ends[row])
    bytes.set(line, size)
    size += line.length
    ends[i] = size
  }
  return {
    streams: batch.streams,
    streamIndex: rows.map((row) => batch.streamIndex[row] as number),
    timestampsNs: BigInt64Array.from(rows, (row) => batch.timestampsNs[row] as bigint),
    bytes: bytes.subarray(0, size),
    ends,
    metadata: batch.metadata,
    metadataIndex: rows.map((row) => batch.metadataIndex[row] as number),
  }
}
