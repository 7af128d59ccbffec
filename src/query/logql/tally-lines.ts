import type { Grouping, RangeAggregate, Stage } from '../../lang/logql/ast.ts'
import { ERROR_LABEL } from '../../lang/logql/pipeline/line-labels.ts'
import { compileSampler, type LineSample, type Sampler } from '../../lang/logql/pipeline/sample.ts'
import { Labels } from '../../model/labels.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { Tally } from '../../store/lines-source.ts'
import { toMatchers } from '../logs/plan-lines.ts'
import { collectLines, windowsOf } from './collect-lines.ts'
import type { TallyCollector } from './collect-samples.ts'
import { type MetricContext, refuseCanceled } from './metric-context.ts'
import type { TallyPlan } from './plan-tally.ts'

const ROW_UNITS = 4

/**
 * Counts the lines of a range aggregation by the engine; false when they are to be read instead, and nothing is to be taken from the collector. What the engine tells apart goes through
 * the stages once, whatever the number of its lines; lines that it cannot tell apart are read. A line that a stage fails on is to be
 * told with all its labels, which only who reads it knows. `outer` is as in `evaluateRange`.
 */
export async function tallyLines(
  context: MetricContext,
  expr: RangeAggregate,
  outer: Grouping | undefined,
  plan: TallyPlan,
  collector: TallyCollector,
): Promise<boolean> {
  const { source, grid, limits, figures, signal } = context
  const windows = windowsOf(expr.range, grid)
  const matchers = toMatchers(expr.range.log.selector.matchers)
  const bounds = { signal, maxStreams: limits.maxStreams }
  const tally = await source.tally?.({ matchers, ...plan, ...windows }, bounds)
  if (tally === undefined) return false
  const samples = new Samples(tally, compileSampler(onWhatIsLeft(expr), outer))
  const slices = new Slices(() => refuseCanceled(signal))
  const read = { lines: 0, bytes: 0, postFilterLines: 0 }
  for (let row = 0; row < tally.lines.length; row++) {
    const lines = tally.lines[row] as number
    const bytes = tally.bytes[row] as number
    read.lines += lines
    read.bytes += bytes
    const sample = samples.of(row)
    if (slices.spend(ROW_UNITS)) await slices.rest()
    if (!sample) continue
    if (sample.labels.get(ERROR_LABEL) !== '') return false
    read.postFilterLines += lines
    const value = plan.sumsBytes ? bytes : sample.value
    collector.addRow(sample.labels, {
      first: tally.first[row] as number,
      end: tally.end[row] as number,
      timeNs: tally.timesNs[row] as number,
      lines,
      value,
    })
  }
  figures.lines += read.lines
  figures.bytes += read.bytes
  figures.postFilterLines += read.postFilterLines
  for (const part of tally.unread) {
    await collectLines(context, expr, compileSampler(expr, outer), collector, part)
  }
  return true
}

/**
 * The stages that what the engine leaves of a line goes through. Over line filters the engine has decided, and what `pattern` and
 * `regexp` found it has written as JSON.
 */
function onWhatIsLeft(expr: RangeAggregate): RangeAggregate {
  const { log } = expr.range
  const stages = log.stages
    .filter(({ kind }) => kind !== 'line_filter')
    .map((stage): Stage => {
      if (stage.kind !== 'pattern' && stage.kind !== 'regexp') return stage
      const { start, end } = stage
      return { kind: 'json', extractions: [], start, end }
    })
  return { ...expr, range: { ...expr.range, log: { ...log, stages } } }
}

/** What the stages make of the rows of a tally: rows that differ in nothing but their windows go through them once. */
class Samples {
  readonly #tally: Tally
  readonly #sampler: Sampler
  readonly #known = new Map<number, LineSample | undefined>()

  constructor(tally: Tally, sampler: Sampler) {
    this.#tally = tally
    this.#sampler = sampler
  }

  of(row: number): LineSample | undefined {
    const { streams, metadata, texts, streamIndex, metadataIndex, textIndex } = this.#tally
    const stream = streamIndex[row] as number
    const set = metadataIndex[row] as number
    const text = textIndex[row] as number
    const key = (text * metadata.length + set) * streams.length + stream
    if (this.#known.has(key)) return this.#known.get(key)
    const sample = this.#sampler.process(
      texts[text] ?? '',
      streams[stream] ?? Labels.EMPTY,
      metadata[set] ?? Labels.EMPTY,
      0n,
    )
    this.#known.set(key, sample)
    return sample
  }
}
