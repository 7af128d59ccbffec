import { ByteWriter } from '../../byte-writer.ts'
import { writeDouble, writeTag, zigzag } from '../../proto-writer.ts'

export type LabelPairs = readonly (readonly [name: string, value: string])[]

export interface WrittenExemplar {
  readonly labels: LabelPairs
  readonly value: number
  readonly timestampMs?: number
}

/** The buckets of one sign: `[offset, length]` each, with differences of whole counts or with counts. */
export interface WrittenSide {
  readonly spans: readonly (readonly [offset: number, length: number])[]
  readonly deltas?: readonly number[]
  readonly counts?: readonly number[]
}

export interface WrittenHistogram {
  readonly count?: number
  readonly countFloat?: number
  readonly sum: number
  readonly buckets?: readonly (readonly [
    bound: number,
    count: number,
    exemplar?: WrittenExemplar,
  ])[]
  readonly schema?: number
  readonly zeroThreshold?: number
  readonly zeroCount?: number
  readonly zeroCountFloat?: number
  readonly positive?: WrittenSide
  readonly negative?: WrittenSide
  readonly exemplars?: readonly WrittenExemplar[]
}

export interface WrittenMetric {
  readonly labels?: LabelPairs
  /** Of a counter, a gauge or an untyped metric. */
  readonly value?: number
  readonly exemplar?: WrittenExemplar
  readonly summary?: {
    readonly count: number
    readonly sum: number
    readonly quantiles: readonly (readonly [quantile: number, value: number])[]
  }
  readonly histogram?: WrittenHistogram
  readonly timestampMs?: number
}

export interface WrittenFamily {
  readonly name: string
  readonly help?: string
  readonly unit?: string
  readonly type: 'counter' | 'gauge' | 'summary' | 'untyped' | 'histogram' | 'gaugehistogram'
  readonly metrics: readonly WrittenMetric[]
}

const TYPES = ['counter', 'gauge', 'summary', 'untyped', 'histogram', 'gaugehistogram']
const VALUE_FIELDS = [3, 2, 4, 5, 7, 7]

/** A page of delimited `io.prometheus.client.MetricFamily` messages, as client libraries write it. */
export function writeFamilies(...families: readonly WrittenFamily[]): Uint8Array {
  const page = new ByteWriter()
  for (const family of families) {
    const bytes = message((out) => writeFamily(out, family))
    page.varint(bytes.length)
    page.bytes(bytes)
  }
  return page.finish().slice()
}

function message(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter()
  write(out)
  return out.finish()
}

function writeInside(out: ByteWriter, field: number, write: (inner: ByteWriter) => void): void {
  const bytes = message(write)
  writeTag(out, field, 2)
  out.varint(bytes.length)
  out.bytes(bytes)
}

function writeText(out: ByteWriter, field: number, text: string): void {
  writeTag(out, field, 2)
  out.text(text)
}

function writeVarint(out: ByteWriter, field: number, value: number): void {
  writeTag(out, field, 0)
  out.int64(value)
}

function writeFamily(out: ByteWriter, { name, help, unit, type, metrics }: WrittenFamily): void {
  const number = TYPES.indexOf(type)
  writeText(out, 1, name)
  if (help !== undefined) writeText(out, 2, help)
  writeVarint(out, 3, number)
  for (const metric of metrics) writeInside(out, 4, (inner) => writeMetric(inner, number, metric))
  if (unit !== undefined) writeText(out, 5, unit)
}

function writeLabels(out: ByteWriter, labels: LabelPairs): void {
  for (const [name, value] of labels) {
    writeInside(out, 1, (pair) => {
      writeText(pair, 1, name)
      writeText(pair, 2, value)
    })
  }
}

function writeMetric(out: ByteWriter, type: number, metric: WrittenMetric): void {
  const { labels = [], value, exemplar, summary, histogram, timestampMs } = metric
  writeLabels(out, labels)
  writeInside(out, VALUE_FIELDS[type] ?? 0, (inner) => {
    if (value !== undefined) writeDouble(inner, 1, value)
    if (exemplar !== undefined) writeExemplar(inner, 2, exemplar)
    if (summary !== undefined) {
      writeVarint(inner, 1, summary.count)
      writeDouble(inner, 2, summary.sum)
      for (const [quantile, of] of summary.quantiles) {
        writeInside(inner, 3, (part) => {
          writeDouble(part, 1, quantile)
          writeDouble(part, 2, of)
        })
      }
    }
    if (histogram !== undefined) writeHistogram(inner, histogram)
  })
  if (timestampMs !== undefined) writeVarint(out, 6, timestampMs)
}

function writeExemplar(out: ByteWriter, field: number, exemplar: WrittenExemplar): void {
  const { labels, value, timestampMs } = exemplar
  writeInside(out, field, (inner) => {
    writeLabels(inner, labels)
    writeDouble(inner, 2, value)
    if (timestampMs === undefined) return
    writeInside(inner, 3, (time) => {
      writeVarint(time, 1, Math.floor(timestampMs / 1000))
      writeVarint(time, 2, (timestampMs % 1000) * 1_000_000)
    })
  })
}

function writeHistogram(out: ByteWriter, histogram: WrittenHistogram): void {
  const { count, countFloat, sum, buckets = [], schema, zeroThreshold, zeroCount } = histogram
  if (count !== undefined) writeVarint(out, 1, count)
  writeDouble(out, 2, sum)
  for (const [bound, of, exemplar] of buckets) {
    writeInside(out, 3, (bucket) => {
      writeVarint(bucket, 1, of)
      writeDouble(bucket, 2, bound)
      if (exemplar !== undefined) writeExemplar(bucket, 3, exemplar)
    })
  }
  if (countFloat !== undefined) writeDouble(out, 4, countFloat)
  if (schema !== undefined) {
    writeTag(out, 5, 0)
    out.varint(zigzag(schema))
  }
  if (zeroThreshold !== undefined) writeDouble(out, 6, zeroThreshold)
  if (zeroCount !== undefined) writeVarint(out, 7, zeroCount)
  if (histogram.zeroCountFloat !== undefined) writeDouble(out, 8, histogram.zeroCountFloat)
  if (histogram.negative !== undefined) writeSide(out, 9, histogram.negative)
  if (histogram.positive !== undefined) writeSide(out, 12, histogram.positive)
  for (const exemplar of histogram.exemplars ?? []) writeExemplar(out, 16, exemplar)
}

/** Differences are written packed, counts one by one: clients do both. */
function writeSide(out: ByteWriter, field: number, { spans, deltas, counts }: WrittenSide): void {
  for (const [offset, length] of spans) {
    writeInside(out, field, (span) => {
      writeTag(span, 1, 0)
      span.varint(zigzag(offset))
      writeVarint(span, 2, length)
    })
  }
  if (deltas !== undefined) {
    writeInside(out, field + 1, (list) => deltas.forEach((delta) => list.varint(zigzag(delta))))
  }
  for (const count of counts ?? []) writeDouble(out, field + 2, count)
}
