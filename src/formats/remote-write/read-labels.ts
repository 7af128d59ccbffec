import { Labels } from '../../model/labels.ts'
import { ProtoReader, WIRE_BYTES } from '../proto-reader.ts'
import { isValidUtf8 } from '../text-codec.ts'
import { decodePooled } from '../text-pool.ts'

const NAME = 1
const VALUE = 2
const METRIC_NAME = '__name__'

/** Labels as they were sent, and what is wrong with them; `fault` is '' when nothing is. */
export interface PushedLabels {
  readonly labels: Labels
  readonly fault: string
}

/**
 * Reads repeated `prometheus.Label` fields from `start` to `end`. Labels out of order are sorted and empty values left out, as
 * Prometheus does; a repeated name, an empty name or malformed UTF-8 is a fault. Throws a `Problem` on malformed protobuf.
 */
export function readLabels(bytes: Uint8Array, start: number, end: number): PushedLabels {
  const reader = new ProtoReader(bytes)
  reader.position = start
  const flat: string[] = []
  let fault = ''
  let isSorted = true
  let last = ''
  while (reader.position < end) {
    reader.varint32(end)
    const labelEnd = reader.delimited(end)
    let name = ''
    let value = ''
    while (reader.position < labelEnd) {
      const tag = reader.varint32(labelEnd)
      const field = tag >>> 3
      if (field !== NAME && field !== VALUE) {
        reader.skip(tag, labelEnd)
        continue
      }
      reader.expect(tag & 7, WIRE_BYTES, field === NAME ? 'Label.name' : 'Label.value')
      const from = reader.position
      const to = reader.delimited(labelEnd)
      const text = decodePooled(bytes, reader.position, to)
      if (!isValidUtf8(bytes, reader.position, to)) {
        fault ||= `label ${JSON.stringify(field === NAME ? text : name)} is not valid UTF-8 at byte ${from}`
      }
      reader.position = to
      if (field === NAME) name = text
      else value = text
    }
    if (name === '') fault ||= 'a label has an empty name'
    if (name <= last) isSorted = false
    last = name
    flat.push(name, value)
  }
  if (isSorted && fault === '') return { labels: fromSorted(flat), fault }
  return fromUnsorted(flat, fault)
}

/** As `readLabels`, for the labels of a series: they must have a metric name. */
export function readSeriesLabels(bytes: Uint8Array, start: number, end: number): PushedLabels {
  const { labels, fault } = readLabels(bytes, start, end)
  if (fault !== '')
    return { labels, fault: `invalid metric name or labels, got ${labels.toString()}: ${fault}` }
  if (labels.has(METRIC_NAME)) return { labels, fault: '' }
  return {
    labels,
    fault: `invalid metric name or labels, got ${labels.toString()}: no metric name`,
  }
}

function fromSorted(flat: string[]): Labels {
  if (!flat.includes('')) return Labels.fromSortedFlat(flat)
  const kept: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i + 1] !== '') kept.push(flat[i] as string, flat[i + 1] as string)
  }
  return Labels.fromSortedFlat(kept)
}

function fromUnsorted(flat: readonly string[], earlierFault: string): PushedLabels {
  const pairs: [string, string][] = []
  const names = new Set<string>()
  let fault = earlierFault
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    if (names.has(name)) fault ||= `duplicated label ${JSON.stringify(name)}`
    names.add(name)
    pairs.push([name, flat[i + 1] as string])
  }
  return { labels: Labels.fromPairs(pairs), fault }
}
