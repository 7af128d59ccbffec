import type { Labels } from '../../model/labels.ts'
import type { MetricMetadata } from '../../model/samples.ts'
import type { SeriesRef } from '../series/series-index.ts'

export interface PendingExemplar {
  readonly ref: SeriesRef
  readonly labels: Labels
  readonly value: number
  readonly timestampMs: number
}

export interface PendingHistogram {
  readonly ref: SeriesRef
  readonly timestampMs: number
  readonly data: Uint8Array
}

/** What travels beside samples, in small numbers. */
export class PendingExtras {
  readonly exemplars: PendingExemplar[] = []
  readonly histograms: PendingHistogram[] = []
  readonly metadata: MetricMetadata[] = []

  get isEmpty(): boolean {
    return this.exemplars.length + this.histograms.length + this.metadata.length === 0
  }
}
