import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/samples.ts'
import type { MetadataCache } from '../metadata-cache.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { Admission, Outcome } from './admit.ts'
import type { PendingExtras } from './extras.ts'

/** Prometheus's bound (exemplar.ExemplarMaxLabelSetLength): the characters of names and values together. */
const MAX_EXEMPLAR_CHARS = 128

export interface ExtrasState {
  readonly index: SeriesIndex
  readonly admission: Admission
  readonly metadata: MetadataCache
  readonly extras: PendingExtras
}

/**
 * Takes what travels beside the samples of a batch. Metadata that is known and exemplars that cannot be stored are left out
 * silently, as in Prometheus; histograms that are refused are told in the outcome.
 */
export function admitExtras(
  batch: SampleBatch,
  outcome: Outcome,
  { index, admission, metadata, extras }: ExtrasState,
): void {
  for (const entry of batch.metadata ?? []) {
    if (metadata.note(entry)) extras.addMetadata(entry)
  }
  for (const histogram of batch.histograms ?? []) {
    const { series, timestampMs } = histogram
    const ref = admission.admitOther(series, timestampMs, outcome)
    if (ref < 0) continue
    extras.addHistogram({ ...histogram, ref })
    index.histograms.note(ref)
    index.touch(ref, timestampMs)
  }
  // Behind the histograms, which may be the first of their series.
  for (const exemplar of batch.exemplars ?? []) {
    const ref = index.find(exemplar.series)
    if (ref < 0 || !admission.isWithinBounds(ref, exemplar.timestampMs)) continue
    if (isShortEnough(exemplar.labels)) extras.addExemplar({ ...exemplar, ref })
  }
}

function isShortEnough(labels: Labels): boolean {
  let length = 0
  for (const text of labels.flat) length += text.length
  if (length <= MAX_EXEMPLAR_CHARS) return true
  return length <= 2 * MAX_EXEMPLAR_CHARS && countCharacters(labels) <= MAX_EXEMPLAR_CHARS
}

/** A character outside of the basic plane is two units of a string, but one character. */
function countCharacters(labels: Labels): number {
  return labels.flat.join('').replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, '_').length
}
