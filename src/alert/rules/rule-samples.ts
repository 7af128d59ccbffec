import type { Labels } from '../../model/labels.ts'
import type { AppendResult, SampleBatch, SampleSink } from '../../model/samples.ts'
import { wordsOf, writeStale } from '../../model/stale.ts'
import type { ResultHistograms } from '../../query/promql/engine.ts'
import { toStoredForm } from '../../store/histograms/stored-form.ts'

/** Samples that one rule yields, all of one moment: `values[i]` is of `series[i]`, each of which is there once. */
export interface RuleSamples {
  readonly series: readonly Labels[]
  readonly values: ArrayLike<number>
  /** Which of the values are native histograms. */
  readonly histograms?: ResultHistograms
}

/** Writes the samples of a rule; they are seen by queries when this returns. Throws a `Problem` while there is no store. */
export function writeSamples(
  sink: SampleSink,
  { series, values, histograms }: RuleSamples,
  timestampMs: number,
): AppendResult {
  if (histograms === undefined) {
    return sink.offer(batchOf(series, Float64Array.from(values), timestampMs))
  }
  const { table, rows } = histograms
  const isFloat = (i: number): boolean => (rows[i] as number) < 0
  const floats = series.filter((_, i) => isFloat(i))
  const floatValues = Float64Array.from(values).filter((_, i) => isFloat(i))
  return sink.offer({
    ...batchOf(floats, floatValues, timestampMs),
    histograms: series.flatMap((labels, i) => {
      if (isFloat(i)) return []
      const data = toStoredForm(table, rows[i] as number, timestampMs)
      return { series: labels, timestampMs, data }
    }),
  })
}

/** Marks series as ended. What the sink refuses of these does not matter: another rule may go on with the series. */
export function writeStaleMarkers(
  sink: SampleSink,
  series: readonly Labels[],
  timestampMs: number,
): void {
  const values = new Float64Array(series.length)
  const words = wordsOf(values)
  for (let i = 0; i < series.length; i++) writeStale(words, i)
  sink.offer(batchOf(series, values, timestampMs))
}

function batchOf(
  series: readonly Labels[],
  values: Float64Array,
  timestampMs: number,
): SampleBatch {
  return {
    series,
    seriesIndex: Uint32Array.from(series, (_, i) => i),
    timestampsMs: new Float64Array(series.length).fill(timestampMs),
    values,
  }
}
