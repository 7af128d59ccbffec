import type { AppendResult, RejectedSample, SampleBatch, SampleSink } from '../model/samples.ts'
import { wordsOf } from '../model/stale.ts'
import { DEFAULT_LABEL_LIMITS, faultOfLabels, type LabelLimits } from './label-limits.ts'

/** As many refusals as a result names one by one. */
const SHOWN_REFUSALS = 100

/**
 * Stands before a sink and holds every series to the limits. A series that breaks one is refused, the rest of its batch goes on.
 * Series that the sink already knows were checked before.
 */
export function limitLabels(
  sink: SampleSink,
  limits: LabelLimits = DEFAULT_LABEL_LIMITS,
): SampleSink {
  return {
    async append(batch) {
      const faults = faultsOf(batch, limits)
      if (faults === undefined) return sink.append(batch)
      const refused = refusalsOf(batch, faults)
      return joinResults(await sink.append(withoutSeries(batch, faults)), refused)
    },
    offer(batch) {
      const faults = faultsOf(batch, limits)
      if (faults === undefined) return sink.offer(batch)
      return joinResults(sink.offer(withoutSeries(batch, faults)), refusalsOf(batch, faults))
    },
    async meet(series, timestampMs) {
      if (sink.meet === undefined) return
      const good = series.filter((labels) => faultOfLabels(labels, limits) === undefined)
      await sink.meet(good, timestampMs)
    },
  }
}

/** What is wrong with series of a batch, by their place in it; undefined, which is the rule, when nothing is. */
function faultsOf(
  batch: SampleBatch,
  limits: LabelLimits,
): ReadonlyMap<number, string> | undefined {
  let faults: Map<number, string> | undefined
  const { series } = batch
  for (let i = 0; i < series.length; i++) {
    const labels = series[i]
    if (labels === undefined || labels.slot >= 0) continue
    const fault = faultOfLabels(labels, limits)
    if (fault !== undefined) (faults ??= new Map()).set(i, fault)
  }
  return faults
}

function refusalsOf(batch: SampleBatch, faults: ReadonlyMap<number, string>): AppendResult {
  const rejected: RejectedSample[] = []
  let rejectedCount = 0
  for (let row = 0; row < batch.seriesIndex.length; row++) {
    const at = batch.seriesIndex[row] as number
    const message = faults.get(at)
    if (message === undefined) continue
    rejectedCount++
    const series = batch.series[at]
    if (series === undefined || rejected.length === SHOWN_REFUSALS) continue
    const timestampMs = batch.timestampsMs[row] as number
    rejected.push({ series, timestampMs, reason: 'label_limit', message })
  }
  const places = new Map([...faults].map(([at, message]) => [batch.series[at], message]))
  for (const { series, timestampMs } of batch.histograms ?? []) {
    const message = places.get(series)
    if (message === undefined) continue
    rejectedCount++
    if (rejected.length < SHOWN_REFUSALS) {
      rejected.push({ series, timestampMs, reason: 'label_limit', message })
    }
  }
  return {
    accepted: 0,
    rejected,
    rejectedCount,
    rejectedByReason: new Map([['label_limit', rejectedCount]]),
  }
}

/** The batch without the rows, exemplars and histograms of these series, which stay in its table of series. */
function withoutSeries(batch: SampleBatch, faults: ReadonlyMap<number, string>): SampleBatch {
  const rows = batch.seriesIndex.length
  const seriesIndex = new Uint32Array(rows)
  const timestampsMs = new Float64Array(rows)
  const values = new Float64Array(rows)
  const from = wordsOf(batch.values)
  const to = wordsOf(values)
  let kept = 0
  for (let row = 0; row < rows; row++) {
    const at = batch.seriesIndex[row] as number
    if (faults.has(at)) continue
    seriesIndex[kept] = at
    timestampsMs[kept] = batch.timestampsMs[row] as number
    to[kept * 2] = from[row * 2] as number
    to[kept * 2 + 1] = from[row * 2 + 1] as number
    kept++
  }
  const refused = new Set([...faults.keys()].map((at) => batch.series[at]))
  const { exemplars, histograms } = batch
  return {
    ...batch,
    seriesIndex: seriesIndex.subarray(0, kept),
    timestampsMs: timestampsMs.subarray(0, kept),
    values: values.subarray(0, kept),
    ...(exemplars && { exemplars: exemplars.filter(({ series }) => !refused.has(series)) }),
    ...(histograms && { histograms: histograms.filter(({ series }) => !refused.has(series)) }),
  }
}

function joinResults(result: AppendResult, refused: AppendResult): AppendResult {
  const rejectedByReason = new Map(result.rejectedByReason)
  for (const [reason, count] of refused.rejectedByReason ?? []) {
    rejectedByReason.set(reason, (rejectedByReason.get(reason) ?? 0) + count)
  }
  return {
    accepted: result.accepted,
    rejected: [...result.rejected, ...refused.rejected].slice(0, SHOWN_REFUSALS),
    rejectedCount: result.rejectedCount + refused.rejectedCount,
    rejectedByReason,
  }
}
