import type { OtlpMetricBatch } from '../../model/otlp-metrics.ts'
import type { SampleBatch, SampleSink } from '../../model/samples.ts'
import { samplesAsPoints } from './samples-as-points.ts'

/** What becomes of points in the pipelines of a job: those that are to be stored. */
export type ProcessPoints = (batch: OtlpMetricBatch) => readonly OtlpMetricBatch[]

export interface ProcessedSamplesOptions {
  /** The pipelines of a scrape job; undefined: its samples are stored as they are. */
  readonly pipelinesOf: (job: string) => ProcessPoints | undefined
  /** Series of points, under their own names. */
  readonly translate: (batch: OtlpMetricBatch) => SampleBatch
}

/**
 * Stands before a sink of scraped samples and leads those of some jobs through the pipelines of a collector's file. Exemplars, native
 * histograms and metadata pass by.
 */
export function throughPipelines(
  sink: SampleSink,
  { pipelinesOf, translate }: ProcessedSamplesOptions,
): SampleSink {
  const process = (batch: SampleBatch): SampleBatch => {
    const run = pipelinesOf(batch.series[0]?.get('job') ?? '')
    if (run === undefined) return batch
    const parts = run(samplesAsPoints(batch)).map(translate)
    const { exemplars, histograms, metadata } = batch
    return {
      ...joined(parts),
      ...(exemplars && { exemplars }),
      ...(histograms && { histograms }),
      ...(metadata && { metadata }),
    }
  }
  return {
    append: (batch) => sink.append(process(batch)),
    offer: (batch) => sink.offer(process(batch)),
    async meet(series, timestampMs) {
      // Of what a pipeline makes new series are met as they come.
      if (pipelinesOf(series[0]?.get('job') ?? '') === undefined)
        await sink.meet?.(series, timestampMs)
    },
  }
}

function joined(parts: readonly SampleBatch[]): SampleBatch {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const rows = parts.reduce((sum, part) => sum + part.seriesIndex.length, 0)
  const seriesIndex = new Uint32Array(rows)
  const timestampsMs = new Float64Array(rows)
  const values = new Float64Array(rows)
  let at = 0
  let series = 0
  for (const part of parts) {
    timestampsMs.set(part.timestampsMs, at)
    values.set(part.values, at)
    for (const [row, place] of part.seriesIndex.entries()) seriesIndex[at + row] = place + series
    at += part.seriesIndex.length
    series += part.series.length
  }
  return { series: parts.flatMap((part) => part.series), seriesIndex, timestampsMs, values }
}
