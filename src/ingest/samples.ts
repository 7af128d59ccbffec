import type { Labels } from '../model/labels.ts'
import type { AppendResult, RejectedSample, SampleBatch, SampleSink } from '../model/samples.ts'

/** Bounds of the labels of one series. */
export interface LabelLimits {
  /** `ingest.max-label-names` */
  readonly maxNames: number
  /** `ingest.max-label-name-length`, in UTF-16 units. */
  readonly maxNameLength: number
  /** `ingest.max-label-value-length`, in UTF-16 units. */
  readonly maxValueLength: number
}

export const DEFAULT_LABEL_LIMITS: LabelLimits = {
  maxNames: 128,
  maxNameLength: 1024,
  maxValueLength: 64 * 1024,
}

/** What is wrong with a label set, naming the limit; undefined when nothing is. */
export function faultOfLabels(labels: Labels, limits: LabelLimits): string | undefined {
  if (labels.size > limits.maxNames) {
    return `series has ${labels.size} labels, the limit is ${limits.maxNames} (ingest.max-label-names): ${shortName(labels)}`
  }
  const flat = labels.flat
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    const value = flat[i + 1] as string
    if (name.length > limits.maxNameLength) {
      return `label name ${JSON.stringify(name.slice(0, 50))}… has ${name.length} characters, the limit is ${limits.maxNameLength} (ingest.max-label-name-length)`
    }
    if (value.length > limits.maxValueLength) {
      return `label ${JSON.stringify(name)} of ${shortName(labels)} has a value of ${value.length} characters, the limit is ${limits.maxValueLength} (ingest.max-label-value-length)`
    }
  }
  return undefined
}

function shortName(labels: Labels): string {
  return JSON.stringify(labels.name.slice(0, 100))
}

/**
 * Stands before a sink and holds every series to the limits. A series that breaks one is refused, the rest of its batch goes on.
 * Series that the sink already knows were checked before.
 */
export function limitLabels(
  sink: SampleSink,
  limits: LabelLimits = DEFAULT_LABEL_LIMITS,
): SampleSink {
  function check(batch: SampleBatch): { batch: SampleBatch; refused: AppendResult | undefined } {
    let faults: Map<number, string> | undefined
    for (const [i, labels] of batch.series.entries()) {
      if (labels.slot >= 0) continue
      const fault = faultOfLabels(labels, limits)
      if (fault !== undefined) (faults ??= new Map()).set(i, fault)
    }
    return faults === undefined ? { batch, refused: undefined } : withoutSeries(batch, faults)
  }
  return {
    async append(batch) {
      const { batch: good, refused } = check(batch)
      return join(await sink.append(good), refused)
    },
    offer(batch) {
      const { batch: good, refused } = check(batch)
      return join(sink.offer(good), refused)
    },
  }
}

function withoutSeries(
  batch: SampleBatch,
  faults: ReadonlyMap<number, string>,
): { batch: SampleBatch; refused: AppendResult } {
  const kept: number[] = []
  const rejected: RejectedSample[] = []
  let rejectedCount = 0
  for (let row = 0; row < batch.seriesIndex.length; row++) {
    const at = batch.seriesIndex[row] as number
    const message = faults.get(at)
    if (message === undefined) {
      kept.push(row)
      continue
    }
    rejectedCount++
    const series = batch.series[at]
    if (series !== undefined && rejected.length < 100) {
      rejected.push({
        series,
        timestampMs: batch.timestampsMs[row] as number,
        reason: 'label_limit',
        message,
      })
    }
  }
  const values = new Float64Array(kept.length)
  const seriesIndex = new Uint32Array(kept.length)
  const timestampsMs = new Float64Array(kept.length)
  for (const [i, row] of kept.entries()) {
    seriesIndex[i] = batch.seriesIndex[row] as number
    timestampsMs[i] = batch.timestampsMs[row] as number
    values.set(batch.values.subarray(row, row + 1), i)
  }
  const refusedSeries = new Set([...faults.keys()].map((at) => batch.series[at]))
  return {
    batch: {
      ...batch,
      seriesIndex,
      timestampsMs,
      values,
      exemplars: (batch.exemplars ?? []).filter((exemplar) => !refusedSeries.has(exemplar.series)),
      histograms: (batch.histograms ?? []).filter(
        (histogram) => !refusedSeries.has(histogram.series),
      ),
    },
    refused: { accepted: 0, rejected, rejectedCount },
  }
}

function join(result: AppendResult, refused: AppendResult | undefined): AppendResult {
  if (refused === undefined) return result
  return {
    accepted: result.accepted,
    rejected: [...result.rejected, ...refused.rejected].slice(0, 100),
    rejectedCount: result.rejectedCount + refused.rejectedCount,
  }
}
