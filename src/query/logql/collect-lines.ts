import { setImmediate } from 'node:timers/promises'
import type { LogRange, RangeAggregate } from '../../lang/logql/ast.ts'
import type { Sampler } from '../../lang/logql/pipeline/sample.ts'
import { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import type { LineSelection, TallyRequest } from '../../store/lines-source.ts'
import { metadataOf, needlesOf } from '../logs/needles.ts'
import { toMatchers } from '../logs/plan-lines.ts'
import type { Collector } from './collect-samples.ts'
import type { Grid } from './grid.ts'
import { type MetricContext, refuseCanceled } from './metric-context.ts'

/** How long lines are read in one turn, and how often the clock is looked at. */
const TURN_MS = 20
const LINES_PER_LOOK = 512

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The windows of a range aggregation on a grid, in whole nanoseconds. */
export function windowsOf(
  range: LogRange,
  grid: Grid,
): Pick<TallyRequest, 'firstEndNs' | 'stepNs' | 'steps' | 'rangeNs'> {
  return {
    firstEndNs: grid.startNs - BigInt(Math.round(range.offsetMs * 1e6)),
    stepNs: BigInt(grid.stepNs),
    steps: grid.steps,
    rangeNs: BigInt(range.rangeMs) * 1_000_000n,
  }
}

/** Reads the lines of all windows, or of a part of them, and hands their values to the collector. */
export async function collectLines(
  { source, grid, limits, figures, signal }: MetricContext,
  { range }: RangeAggregate,
  sampler: Sampler,
  collector: Collector,
  part: Partial<Pick<LineSelection, 'startNs' | 'endNs' | 'otherThan'>> = {},
): Promise<void> {
  const windows = windowsOf(range, grid)
  const { firstEndNs } = windows
  const lastEndNs = firstEndNs + windows.stepNs * BigInt(windows.steps - 1)
  const selection = {
    matchers: toMatchers(range.log.selector.matchers),
    startNs: firstEndNs - windows.rangeNs + 1n,
    endNs: lastEndNs + 1n,
    direction: 'forward',
    needles: needlesOf(range.log.stages),
    metadata: metadataOf(range.log.stages),
    enough: 0,
    ...part,
  } as const
  let turnEndsMs = performance.now() + TURN_MS
  for await (const batch of source.lines(selection, { signal, maxStreams: limits.maxStreams })) {
    for (let row = 0; row < batch.ends.length; row++) {
      const start = lineStart(batch, row)
      const end = batch.ends[row] as number
      if (++figures.lines % LINES_PER_LOOK === 0 && performance.now() > turnEndsMs) {
        await setImmediate()
        refuseCanceled(signal)
        turnEndsMs = performance.now() + TURN_MS
      }
      figures.bytes += end - start
      const timestampNs = batch.timestampsNs[row] as bigint
      const sample = sampleOf(sampler, batch, row, start, end)
      if (!sample) continue
      figures.postFilterLines++
      collector.add(sample.labels, Number(timestampNs - firstEndNs), sample.value)
    }
  }
}

function sampleOf(
  sampler: Sampler,
  batch: LogBatch,
  row: number,
  start: number,
  end: number,
): ReturnType<Sampler['process']> {
  const stream = batch.streams[batch.streamIndex[row] as number] ?? Labels.EMPTY
  const metadata = batch.metadata[batch.metadataIndex[row] as number] ?? Labels.EMPTY
  if (sampler.ofUnread) return sampler.ofUnread(stream, metadata, end - start)
  const text = decoder.decode(batch.bytes.subarray(start, end))
  return sampler.process(text, stream, metadata, batch.timestampsNs[row] as bigint)
}
