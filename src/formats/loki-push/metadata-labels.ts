import { Labels } from '../../model/labels.ts'

/**
 * Structured metadata as it was sent: of a repeated name the last value holds. Unlike labels of streams, one whose value is empty is
 * another than one that is absent, as in Loki.
 */
export function metadataLabels(pairs: Iterable<readonly [string, string]>): Labels {
  const values = new Map(pairs)
  const flat: string[] = []
  for (const name of [...values.keys()].sort()) flat.push(name, values.get(name) ?? '')
  return Labels.fromSortedFlat(flat)
}
