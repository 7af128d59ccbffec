import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import { Problem } from '../../model/problem.ts'
import type { MetricType } from '../../model/samples.ts'
import { decodeUtf8, isValidUtf8 } from '../text-codec.ts'
import { ProtoReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../proto-reader.ts'
import { formatValue } from '../prometheus-text/format-line.ts'

/** By the number of `io.prometheus.client.MetricType`. */
const TYPES: readonly MetricType[] = [
  'counter',
  'gauge',
  'summary',
  'unknown',
  'histogram',
  'gaugehistogram',
]

/**
 * Decodes a page of delimited `io.prometheus.client.MetricFamily` messages, as the client library for Go pushes them. Native
 * histograms without classic buckets keep their count and sum. Throws a `Problem` of code `bad_data`.
 */
export function decodeFamilies(bytes: Uint8Array): MetricFamily[] {
  const reader = new ProtoReader(bytes)
  const families: MetricFamily[] = []
  while (reader.position < bytes.length) {
    const end = reader.delimited(bytes.length)
    families.push(readFamily(reader, end))
  }
  return families
}

/** What stands for one value of a message: a number under its field. */
interface Draft {
  readonly labels: string[]
  readonly metrics: Metric[]
  timestampMs: number | undefined
}

function readFamily(reader: ProtoReader, end: number): MetricFamily {
  let [name, help, type]: [string, string, MetricType] = ['', '', 'counter']
  const drafts: Draft[] = []
  eachField(reader, end, (field, wire) => {
    if (field === 1) name = readText(reader, end, wire)
    else if (field === 2) help = readText(reader, end, wire)
    else if (field === 3) {
      reader.expect(wire, WIRE_VARINT, 'type')
      type = TYPES[reader.varint32(end)] ?? 'unknown'
    } else if (field === 4) drafts.push(readMetric(reader, enter(reader, end, wire)))
    else return false
    return true
  })
  return { name, help, type, metrics: drafts.flatMap(finish) }
}

function finish({ labels, metrics, timestampMs }: Draft): Metric[] {
  return metrics.map((metric) => ({
    ...metric,
    labels: [...labels, ...metric.labels],
    ...(timestampMs === undefined ? {} : { timestampMs }),
  }))
}

/** Fields of `Metric`: 1 labels, 2 gauge, 3 counter, 4 summary, 5 untyped, 6 timestamp, 7 histogram. */
function readMetric(reader: ProtoReader, end: number): Draft {
  const draft: Draft = { labels: [], metrics: [], timestampMs: undefined }
  eachField(reader, end, (field, wire) => {
    if (field === 1) draft.labels.push(...readPair(reader, enter(reader, end, wire)))
    else if (field === 2 || field === 3 || field === 5)
      draft.metrics.push({ labels: [], value: readValue(reader, enter(reader, end, wire)) })
    else if (field === 4) draft.metrics.push(...readSummary(reader, enter(reader, end, wire)))
    else if (field === 6) {
      reader.expect(wire, WIRE_VARINT, 'timestamp_ms')
      draft.timestampMs = reader.int64(end)
    } else if (field === 7) draft.metrics.push(...readHistogram(reader, enter(reader, end, wire)))
    else return false
    return true
  })
  return draft
}

function readPair(reader: ProtoReader, end: number): [string, string] {
  const pair: [string, string] = ['', '']
  eachField(reader, end, (field, wire) => {
    if (field !== 1 && field !== 2) return false
    pair[field - 1] = readText(reader, end, wire)
    return true
  })
  return pair
}

/** Of a gauge, a counter or an untyped metric. */
function readValue(reader: ProtoReader, end: number): number {
  let value = 0
  eachField(reader, end, (field, wire) => {
    if (field !== 1) return false
    value = readDouble(reader, end, wire)
    return true
  })
  return value
}

/** Fields: 1 count, 2 sum, 3 quantiles of (1 quantile, 2 value). */
function readSummary(reader: ProtoReader, end: number): Metric[] {
  const quantiles: Metric[] = []
  const totals = { count: 0, sum: 0 }
  eachField(reader, end, (field, wire) => {
    if (field === 1) totals.count = readCount(reader, end, wire)
    else if (field === 2) totals.sum = readDouble(reader, end, wire)
    else if (field === 3) {
      const inner = enter(reader, end, wire)
      const pair = [0, 0]
      eachField(reader, inner, (place, form) => {
        if (place !== 1 && place !== 2) return false
        pair[place - 1] = readDouble(reader, inner, form)
        return true
      })
      quantiles.push({ labels: ['quantile', formatValue(pair[0] ?? 0)], value: pair[1] ?? 0 })
    } else return false
    return true
  })
  return [...quantiles, ...totalsOf(totals)]
}

/** Fields: 1 count, 2 sum, 3 buckets of (1 cumulative count, 2 upper bound, 4 as a float), 4 count as a float. */
function readHistogram(reader: ProtoReader, end: number): Metric[] {
  const buckets: Metric[] = []
  const totals = { count: 0, sum: 0 }
  let hasLast = false
  eachField(reader, end, (field, wire) => {
    if (field === 1) totals.count = readCount(reader, end, wire)
    else if (field === 2) totals.sum = readDouble(reader, end, wire)
    else if (field === 4) totals.count = readDouble(reader, end, wire)
    else if (field === 3) {
      const { bound, count } = readBucket(reader, enter(reader, end, wire))
      hasLast ||= bound === Number.POSITIVE_INFINITY
      buckets.push({ suffix: '_bucket', labels: ['le', formatValue(bound)], value: count })
    } else return false
    return true
  })
  // Client libraries leave the bucket without a bound out: it holds them all.
  if (!hasLast) buckets.push({ suffix: '_bucket', labels: ['le', '+Inf'], value: totals.count })
  return [...buckets, ...totalsOf(totals)]
}

function readBucket(reader: ProtoReader, end: number): { bound: number; count: number } {
  const bucket = { bound: 0, count: 0 }
  eachField(reader, end, (field, wire) => {
    if (field === 1) bucket.count = readCount(reader, end, wire)
    else if (field === 2) bucket.bound = readDouble(reader, end, wire)
    else if (field === 4) bucket.count = readDouble(reader, end, wire)
    else return false
    return true
  })
  return bucket
}

function totalsOf({ count, sum }: { readonly count: number; readonly sum: number }): Metric[] {
  return [
    { suffix: '_sum', labels: [], value: sum },
    { suffix: '_count', labels: [], value: count },
  ]
}

/** Calls `read` for each field; one that it does not know is stepped over. */
function eachField(
  reader: ProtoReader,
  end: number,
  read: (field: number, wire: number) => boolean,
): void {
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (!read(tag >>> 3, tag & 7)) reader.skip(tag, end)
  }
}

/** The end of the message that begins here. */
function enter(reader: ProtoReader, end: number, wire: number): number {
  reader.expect(wire, WIRE_BYTES, 'of a message')
  return reader.delimited(end)
}

function readText(reader: ProtoReader, end: number, wire: number): string {
  const until = enter(reader, end, wire)
  const start = reader.position
  if (!isValidUtf8(reader.bytes, start, until))
    throw new Problem('bad_data', 'proto: a text is not valid UTF-8')
  reader.position = until
  return decodeUtf8(reader.bytes, start, until)
}

function readCount(reader: ProtoReader, end: number, wire: number): number {
  reader.expect(wire, WIRE_VARINT, 'of a count')
  reader.varint64(end)
  return reader.high * 4294967296 + reader.low
}

function readDouble(reader: ProtoReader, end: number, wire: number): number {
  reader.expect(wire, WIRE_FIXED64, 'of a value')
  const at = reader.position
  reader.fixed64(end)
  return reader.view.getFloat64(at, true)
}
