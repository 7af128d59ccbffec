import { Labels } from '../../model/labels.ts'
import { attributeText } from './attribute-text.ts'
import type { BatchView } from './batch-view.ts'
import { KIND_NAMES, STATUS_NAMES } from './filter-policies.ts'
import type { Dimension, Intrinsic, SpanMetricsSettings } from './settings.ts'
import { ROOT_NODE, type StepTrie } from './step-trie.ts'

type LabelSettings = Pick<
  SpanMetricsSettings,
  'intrinsics' | 'dimensions' | 'hasJob' | 'hasInstance'
>

/** What `stepOf` needs at least of a trie, besides the texts of the batch. */
export const LEAST_STEPS = 64

/** The node of a row: rows of a batch with the same node have the same labels. */
export function nodeOf(
  { intrinsics, dimensions }: LabelSettings,
  view: BatchView,
  row: number,
  trie: StepTrie,
): number {
  const { batch } = view
  let node = trie.step(ROOT_NODE, batch.resourceIndex[row] ?? 0)
  for (const { of } of intrinsics) {
    if (of === 'name') node = trie.step(node, batch.names[row] ?? 0)
    else if (of === 'kind') node = trie.step(node, batch.kinds[row] ?? 0)
    else if (of === 'status') node = trie.step(node, batch.statuses[row] ?? 0)
    else if (of === 'message') node = trie.step(node, batch.messages[row] ?? 0)
  }
  for (const { sources } of dimensions)
    for (const name of sources) node = trie.step(node, view.placeInSpan(row, name) + 1)
  return node
}

/** The labels of a row, without the name of a metric. Longer values than `maxLength` are cut. */
export function labelsOf(
  { intrinsics, dimensions, hasJob, hasInstance }: LabelSettings,
  view: BatchView,
  row: number,
  maxLength: number,
): Labels {
  const { job, instance } = view.factsOf(row)
  const pairs: [string, string][] = [
    ...intrinsics.map(({ label, of }): [string, string] => [label, intrinsicOf(view, row, of)]),
    ...dimensions.map((one): [string, string] => [one.label, dimensionOf(view, row, one)]),
  ]
  if (hasJob) pairs.push(['job', job])
  if (hasInstance) pairs.push(['instance', instance])
  return Labels.fromPairs(pairs.map(([name, value]) => [name, cut(value, maxLength)]))
}

/** Stands for the name of an event among its attributes. */
const EVENT_NAME = 'event.name'

/** Values of the event of a span; what it does not have is asked of the span and its resource. */
export function eventDimensionOf(
  view: BatchView,
  row: number,
  event: number,
  dimension: Dimension,
): string {
  const values: string[] = []
  const { events, strings } = view.batch
  for (const name of dimension.sources) {
    if (name === EVENT_NAME) values.push(strings[events.names[event] ?? 0] ?? '')
    const place = view.placeIn(events.attributes, event, name)
    if (place >= 0) values.push(attributeText(strings[place] ?? ''))
  }
  return values.length > 0 ? values.join(dimension.join) : dimensionOf(view, row, dimension)
}

/** A text that is not longer than a label may be; half a character is not left behind. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '')
}

function intrinsicOf(view: BatchView, row: number, of: Intrinsic): string {
  const { batch } = view
  switch (of) {
    case 'service':
      return view.factsOf(row).service
    case 'name':
      return batch.strings[batch.names[row] ?? 0] ?? ''
    case 'kind':
      return KIND_NAMES[batch.kinds[row] ?? 0] ?? KIND_NAMES[0]
    case 'status':
      return STATUS_NAMES[batch.statuses[row] ?? 0] ?? STATUS_NAMES[0]
    case 'message':
      return batch.strings[batch.messages[row] ?? 0] ?? ''
    default:
      return of satisfies never
  }
}

function dimensionOf(
  view: BatchView,
  row: number,
  { sources, join, first, fallback }: Dimension,
): string {
  const values = sources
    .map((name) => view.textOf(row, name, first) ?? '')
    .filter((value) => value !== '')
  return values.length === 0 ? fallback : values.join(join)
}
