import type { Labels } from '../../../model/labels.ts'
import type { Exemplar, SampleBatch, SampleSink } from '../../../model/samples.ts'
import { isStale, wordsOf } from '../../../model/stale.ts'
import { createRegistry } from '../../../self/metrics.ts'
import { registerGeneratorFigures, type GeneratorFigures } from '../generator-figures.ts'

/** One sample that was written. */
export interface Written {
  readonly series: string
  readonly timestampMs: number
  readonly value: number | 'stale'
}

/** A sink that remembers what it was given, as texts that tests compare. */
export class Collected implements SampleSink {
  written: Written[] = []
  exemplars: Exemplar[] = []

  async append(batch: SampleBatch): Promise<ReturnType<SampleSink['offer']>> {
    return this.offer(batch)
  }

  offer(batch: SampleBatch): ReturnType<SampleSink['offer']> {
    const words = wordsOf(batch.values)
    for (let row = 0; row < batch.seriesIndex.length; row++) {
      this.written.push({
        series: String(batch.series[batch.seriesIndex[row] ?? 0]),
        timestampMs: batch.timestampsMs[row] ?? 0,
        value: isStale(batch.values, words, row) ? 'stale' : (batch.values[row] ?? 0),
      })
    }
    this.exemplars.push(...(batch.exemplars ?? []))
    return { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 }
  }

  /** The newest sample of each series whose text begins so. */
  newest(prefix: string): Record<string, number | 'stale'> {
    const wanted = this.written.filter(({ series }) => series.startsWith(prefix))
    return Object.fromEntries(wanted.map(({ series, value }) => [series, value]))
  }

  exemplarsOf(name: string): { readonly series: Labels; readonly exemplar: Exemplar }[] {
    return this.exemplars
      .filter(({ series }) => series.name === name)
      .map((exemplar) => ({ series: exemplar.series, exemplar }))
  }
}

/** Figures that count into a registry nobody reads. */
export function unreadFigures(): GeneratorFigures {
  const zero = (): number => 0
  return registerGeneratorFigures(createRegistry(), { active: zero, limited: zero, waiting: zero })
}
