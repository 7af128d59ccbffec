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

/** About what an object with a few fields takes. */
const OBJECT_BYTES = 100

/** What travels beside samples, in small numbers. */
export class PendingExtras {
  readonly exemplars: PendingExemplar[] = []
  readonly histograms: PendingHistogram[] = []
  readonly metadata: MetricMetadata[] = []
  #sizeBytes = 0

  get isEmpty(): boolean {
    return this.exemplars.length + this.histograms.length + this.metadata.length === 0
  }

  /** About how much memory is held. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  addExemplar(exemplar: PendingExemplar): void {
    this.exemplars.push(exemplar)
    this.#sizeBytes += OBJECT_BYTES
    for (const text of exemplar.labels.flat) this.#sizeBytes += text.length
  }

  addHistogram(histogram: PendingHistogram): void {
    this.histograms.push(histogram)
    this.#sizeBytes += OBJECT_BYTES + histogram.data.length
  }

  addMetadata(entry: MetricMetadata): void {
    this.metadata.push(entry)
    this.#sizeBytes += OBJECT_BYTES + entry.family.length + entry.help.length
  }
}
