import type { Labels } from '../../model/labels.ts'
import type { Exemplar, MetricMetadata, MetricType, SampleBatch } from '../../model/samples.ts'
import { wordsOf } from '../../model/stale.ts'
import { ByteWriter } from '../byte-writer.ts'
import { encodeSnappy } from '../snappy/encode.ts'

const METRIC_TYPE_NUMBERS: Record<MetricType, number> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugehistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
}

/** The body of a remote write 1.0 request: a Snappy block that holds `encodeWriteRequest(batch)`. */
export function encodeCompressedWriteRequest(batch: SampleBatch): Uint8Array {
  return encodeSnappy(encodeWriteRequest(batch))
}

/**
 * A batch as a `prometheus.WriteRequest` (prompb/remote.proto). Each series that has rows, exemplars or histograms becomes one
 * TimeSeries, its samples in the order of the batch.
 */
export function encodeWriteRequest(batch: SampleBatch): Uint8Array {
  const out = new ByteWriter(batch.values.length * 64 + 1024)
  const message = new ByteWriter()
  const part = new ByteWriter()
  const words = wordsOf(batch.values)
  const rowsOf = groupRows(batch)
  const exemplarsOf = groupBySeries(batch.exemplars ?? [])
  const histogramsOf = groupBySeries(batch.histograms ?? [])
  for (const [index, labels] of batch.series.entries()) {
    const rows = rowsOf(index)
    const exemplars = exemplarsOf.get(labels.key) ?? []
    const histograms = histogramsOf.get(labels.key) ?? []
    if (rows.length + exemplars.length + histograms.length === 0) continue
    message.clear()
    writeLabels(message, part, labels)
    for (const row of rows) {
      writeSample(
        message,
        part,
        batch.timestampsMs[row] as number,
        words[row * 2],
        words[row * 2 + 1],
      )
    }
    for (const exemplar of exemplars) writeExemplar(message, part, exemplar)
    for (const histogram of histograms) writeField(message, 0x22, histogram.data)
    writeField(out, 0x0a, message.finish())
  }
  for (const metadata of batch.metadata ?? []) writeMetadata(out, part, metadata)
  return out.finish()
}

/** Writes label fields as they stand in the TimeSeries of a usual sender. `part` is working space. */
export function writeLabels(out: ByteWriter, part: ByteWriter, labels: Labels): void {
  const { flat } = labels
  for (let i = 0; i < flat.length; i += 2) {
    part.clear()
    part.byte(0x0a)
    part.text(flat[i] as string)
    part.byte(0x12)
    part.text(flat[i + 1] as string)
    writeField(out, 0x0a, part.finish())
  }
}

/** A function from a series' place to its rows, in order. */
function groupRows(batch: SampleBatch): (index: number) => Uint32Array {
  const { seriesIndex } = batch
  const starts = new Uint32Array(batch.series.length + 1)
  for (const index of seriesIndex) starts[index + 1] = (starts[index + 1] as number) + 1
  for (let i = 1; i < starts.length; i++)
    starts[i] = (starts[i] as number) + (starts[i - 1] as number)
  const rows = new Uint32Array(seriesIndex.length)
  const cursor = starts.slice()
  for (const [row, index] of seriesIndex.entries()) {
    const at = cursor[index] as number
    rows[at] = row
    cursor[index] = at + 1
  }
  return (index) => rows.subarray(starts[index], starts[index + 1])
}

function groupBySeries<T extends { readonly series: Labels }>(
  items: readonly T[],
): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(item.series.key)
    if (group === undefined) groups.set(item.series.key, [item])
    else group.push(item)
  }
  return groups
}

function writeField(out: ByteWriter, tag: number, bytes: Uint8Array): void {
  out.byte(tag)
  out.varint(bytes.length)
  out.bytes(bytes)
}

function writeSample(
  out: ByteWriter,
  part: ByteWriter,
  timestampMs: number,
  low = 0,
  high = 0,
): void {
  part.clear()
  part.byte(0x09)
  part.words(low, high)
  part.byte(0x10)
  part.int64(timestampMs)
  writeField(out, 0x12, part.finish())
}

function writeExemplar(out: ByteWriter, part: ByteWriter, exemplar: Exemplar): void {
  const message = new ByteWriter(128)
  writeLabels(message, part, exemplar.labels)
  message.byte(0x11)
  message.memory(Float64Array.of(exemplar.value))
  message.byte(0x18)
  message.int64(exemplar.timestampMs)
  writeField(out, 0x1a, message.finish())
}

function writeMetadata(out: ByteWriter, part: ByteWriter, metadata: MetricMetadata): void {
  part.clear()
  part.byte(0x08)
  part.varint(METRIC_TYPE_NUMBERS[metadata.type])
  part.byte(0x12)
  part.text(metadata.family)
  part.byte(0x22)
  part.text(metadata.help)
  part.byte(0x2a)
  part.text(metadata.unit)
  writeField(out, 0x1a, part.finish())
}
