import { setImmediate } from 'node:timers/promises'
import type { Grouping, MatcherNode, RangeAggregate } from '../../lang/logql/ast.ts'
import { parseGoFloat } from '../../lang/logql/quantity.ts'
import { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import { matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import { needlesOf } from '../logs/needles.ts'
import {
  type Collector,
  CountingCollector,
  type CountedSeries,
  HoldingCollector,
  type StepRange,
} from './collect-samples.ts'
import { emptyRow, type Row, setAt } from './grid.ts'
import { type MetricContext, refuseCanceled } from './metric-context.ts'
import { ERROR_LABEL, PRESERVE_ERROR_LABEL } from '../../lang/logql/pipeline/line-labels.ts'
import { compileSampler, type Sampler } from '../../lang/logql/pipeline/sample.ts'
import { type Samples, windowFunction, type WindowFunction } from './windows.ts'

/** So many samples looked at, and others have a turn. */
const SAMPLES_PER_TURN = 1_000_000

/** How long lines are read in one turn, and how often the clock is looked at. */
const TURN_MS = 20
const LINES_PER_LOOK = 512

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The rows of a range aggregation. The window of a step reaches from its time, which is part of it, back by the range, whose
 * beginning is not. `outer` is the grouping of a `sum` around it, where it may be done at once.
 */
export async function evaluateRange(
  context: MetricContext,
  expr: RangeAggregate,
  outer?: Grouping,
): Promise<Row[]> {
  const { grid, limits } = context
  const rangeNs = expr.range.rangeMs * 1e6
  const range = { stepNs: grid.stepNs, steps: grid.steps, rangeNs }
  const sampler = compileSampler(expr, outer)
  const param = parseGoFloat(expr.param ?? '0')
  const compute = windowFunction(expr.op, 'value' in param ? param.value : NaN)
  const isCounted = compute === undefined || (expr.op === 'rate' && !expr.range.unwrap)
  if (isCounted) {
    const collector = new CountingCollector(range, limits, isOfBytes(expr))
    await collect(context, expr, sampler, collector)
    const rows = [...collector.series].map((series) => rowOfCounts(series, expr, range))
    refuseErrors(rows)
    return expr.op === 'absent_over_time' ? [absentRow(expr, rows, grid.steps)] : rows
  }
  const collector = new HoldingCollector(range, limits)
  await collect(context, expr, sampler, collector)
  const rows: Row[] = []
  for (const { labels, samples } of collector.series()) {
    refuseCanceled(context.signal)
    rows.push(await rowOfWindows(labels, samples, compute, range))
  }
  refuseErrors(rows)
  return rows
}

/** Reads the lines of all windows and hands their values to the collector. */
async function collect(
  { source, grid, limits, figures, signal }: MetricContext,
  { range }: RangeAggregate,
  sampler: Sampler,
  collector: Collector,
): Promise<void> {
  const offsetNs = BigInt(Math.round(range.offsetMs * 1e6))
  const firstEndNs = grid.startNs - offsetNs
  const lastEndNs = firstEndNs + BigInt(grid.stepNs) * BigInt(grid.steps - 1)
  const selection = {
    matchers: range.log.selector.matchers.map(({ name, op, value }) => matcher(name, op, value)),
    startNs: firstEndNs - BigInt(range.rangeMs) * 1_000_000n + 1n,
    endNs: lastEndNs + 1n,
    direction: 'forward',
    needles: needlesOf(range.log.stages),
    enough: 0,
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

/** A series marked with an error ends the query, unless the query asks for errors. */
function refuseErrors(rows: readonly Row[]): void {
  for (const { labels } of rows) {
    const error = labels.get(ERROR_LABEL)
    if (error === '' || labels.get(PRESERVE_ERROR_LABEL) === 'true') continue
    throw new Problem(
      'bad_data',
      `pipeline error: '${error}' for series: '${labels.toString()}'.\n` +
        `Use a label filter to intentionally skip this error. (e.g | __error__!="${error}").\n` +
        'To skip all potential errors you can match empty errors.(e.g __error__="")\n' +
        'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n',
    )
  }
}

function isOfBytes({ op }: RangeAggregate): boolean {
  return op === 'bytes_over_time' || op === 'bytes_rate'
}

function rowOfCounts(
  { labels, counts, sums }: CountedSeries,
  expr: RangeAggregate,
  { steps, rangeNs }: StepRange,
): Row {
  const { op } = expr
  const sumsOfBytes = isOfBytes(expr) ? sums : undefined
  const row = emptyRow(labels, steps)
  const seconds = rangeNs / 1e9
  let count = 0
  let sum = 0
  for (let step = 0; step < steps; step++) {
    count += counts[step] as number
    if (sumsOfBytes) sum += sumsOfBytes[step] as number
    if (count === 0) continue
    const total = sumsOfBytes ? sum : count
    setAt(row, step, op === 'rate' || op === 'bytes_rate' ? total / seconds : total)
  }
  return row
}

async function rowOfWindows(
  labels: Labels,
  samples: Samples,
  compute: WindowFunction,
  { stepNs, steps, rangeNs }: StepRange,
): Promise<Row> {
  const row = emptyRow(labels, steps)
  const { timesNs } = samples
  let from = 0
  let to = 0
  let seen = 0
  for (let step = 0; step < steps; step++) {
    const endNs = step * stepNs
    while (to < timesNs.length && (timesNs[to] as number) <= endNs) to++
    while (from < to && (timesNs[from] as number) <= endNs - rangeNs) from++
    if (from === to) continue
    setAt(row, step, compute(samples, { from, to, endNs, rangeNs }))
    seen += to - from
    if (seen > SAMPLES_PER_TURN) {
      seen = 0
      await setImmediate()
    }
  }
  return row
}

/** One series with the labels that the selector says, where no other is. */
function absentRow({ range }: RangeAggregate, rows: readonly Row[], steps: number): Row {
  const row = emptyRow(absentLabels(range.log.selector.matchers), steps)
  for (let step = 0; step < steps; step++) {
    if (!rows.some(({ present }) => present[step] === 1)) setAt(row, step, 1)
  }
  return row
}

function absentLabels(matchers: readonly MatcherNode[]): Labels {
  const labels = new Map<string, string>()
  const unknown = new Set(['__name__'])
  for (const { name, op, value } of matchers) {
    if (op === '=' && !labels.has(name)) labels.set(name, value)
    else unknown.add(name)
  }
  return Labels.fromPairs([...labels].filter(([name]) => !unknown.has(name)))
}
