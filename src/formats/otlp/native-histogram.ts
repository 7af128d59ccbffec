import {
  NO_RECORDED_VALUE,
  NUMBER_UNSET,
  type NumberLists,
  type OtlpMetricBatch,
} from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'
import { ByteWriter } from '../byte-writer.ts'
import { writeDouble, writeTag, zigzag } from '../proto-writer.ts'

/** Native histograms have schemas from -4 to 8 (prometheus/model/histogram). */
const MIN_SCHEMA = -4
const MAX_SCHEMA = 8
const CUSTOM_BUCKETS = -53
const DEFAULT_ZERO_THRESHOLD = 1e-128
/** A gap of more empty buckets than these begins another span. */
const MAX_GAP = 2
const MAX_INDEX = 2 ** 31 - 1
const HINT_GAUGE = 3
const STALE_LOW = 0x00000002
const STALE_HIGH = 0x7ff00000

/** Why a histogram cannot be a native one. */
export interface NativeHistogramFault {
  readonly fault: string
}

/**
 * A point of an exponential histogram, or of one with bounds (native histograms with custom buckets), as the bytes of a
 * `prometheus.Histogram` (prompb/types.proto), which is what remote write sends and what is stored.
 */
export function encodeNativeHistogram(
  batch: OtlpMetricBatch,
  row: number,
  timestampMs: number,
  isDelta: boolean,
): Uint8Array | NativeHistogramFault {
  const { distributions } = batch
  const at = batch.distributionIndex[row] as number
  const isCustom = batch.metrics[batch.metricIndex[row] as number]?.kind === 'histogram'
  const scale = isCustom ? CUSTOM_BUCKETS : (distributions.scales[at] as number)
  if (!isCustom && scale < MIN_SCHEMA) {
    return {
      fault: `the scale of an exponential histogram must be at least ${MIN_SCHEMA}, not ${scale}`,
    }
  }
  const down = Math.max(0, scale - MAX_SCHEMA)
  // Bucket 0 of OpenTelemetry has the lower bound 1, that of Prometheus the upper bound 1.
  const layOut = (lists: NumberLists, offset: number): BucketLayout | undefined =>
    isCustom ? layOutBuckets(lists, at, 0, 0, 0) : layOutBuckets(lists, at, offset, down, 1)
  const positive = layOut(distributions.buckets, distributions.offsets[at] as number)
  const negative = layOut(
    distributions.negativeBuckets,
    distributions.negativeOffsets[at] as number,
  )
  if (positive === undefined || negative === undefined) {
    return { fault: 'the offset of buckets is too large' }
  }
  const out = new ByteWriter(256)
  writeTotals(out, batch, row, at)
  writeTag(out, 4, 0)
  out.varint(zigzag(scale - down))
  if (!isCustom) {
    const threshold = distributions.zeroThresholds[at] as number
    writeDouble(out, 5, threshold > 0 ? threshold : DEFAULT_ZERO_THRESHOLD)
    writeTag(out, 6, 0)
    out.varint(distributions.zeroCounts[at] as number)
  }
  writeBuckets(out, 8, negative)
  writeBuckets(out, 11, positive)
  if (isDelta) {
    writeTag(out, 14, 0)
    out.varint(HINT_GAUGE)
  }
  writeTag(out, 15, 0)
  out.int64(timestampMs)
  if (isCustom) writeBounds(out, distributions.bounds, at)
  return out.finish().slice()
}

/** Count and sum; of a series that ended both are staleness markers. */
function writeTotals(out: ByteWriter, batch: OtlpMetricBatch, row: number, at: number): void {
  const isStale = ((batch.flags[row] as number) & NO_RECORDED_VALUE) !== 0
  writeTag(out, 1, 0)
  if (isStale) {
    writeStaleVarint(out)
    writeTag(out, 3, 1)
    out.words(STALE_LOW, STALE_HIGH)
    return
  }
  out.varint(batch.distributions.counts[at] as number)
  writeDouble(out, 3, batch.valueTypes[row] === NUMBER_UNSET ? 0 : (batch.values[row] as number))
}

/** Buckets as runs with gaps between them, and the differences of their counts. */
interface BucketLayout {
  /** `offset, length, offset, length, …`: the first offset is a bucket, the others are gaps. */
  readonly spans: readonly number[]
  readonly deltas: readonly number[]
}

/** Undefined when a bucket has no number. `down` halves the resolution so many times. */
function layOutBuckets(
  { ends, values }: NumberLists,
  list: number,
  offset: number,
  down: number,
  shift: number,
): BucketLayout | undefined {
  const spans: number[] = []
  const deltas: number[] = []
  let before = 0
  let next = 0
  const start = startOf(ends, list)
  const end = ends[list] as number
  const add = (count: number): void => {
    deltas.push(count - before)
    before = count
    spans[spans.length - 1] = (spans.at(-1) ?? 0) + 1
    next++
  }
  for (let i = start; i < end;) {
    const bucket = Math.floor((offset + i - start) / 2 ** down)
    let count = 0
    while (i < end && Math.floor((offset + i - start) / 2 ** down) === bucket) {
      count += values[i++] as number
    }
    if (count === 0) continue
    const at = bucket + shift
    if (Math.abs(at) > MAX_INDEX) return undefined
    const gap = at - next
    if (spans.length === 0 || gap > MAX_GAP) {
      spans.push(gap, 0)
      next = at
    }
    while (next < at) add(0)
    add(count)
  }
  return { spans, deltas }
}

function writeBuckets(out: ByteWriter, field: number, { spans, deltas }: BucketLayout): void {
  const inner = new ByteWriter(32)
  for (let i = 0; i < spans.length; i += 2) {
    inner.clear()
    writeTag(inner, 1, 0)
    inner.varint(zigzag(spans[i] as number))
    writeTag(inner, 2, 0)
    inner.varint(spans[i + 1] as number)
    writeMessage(out, field, inner)
  }
  if (deltas.length === 0) return
  inner.clear()
  for (const delta of deltas) inner.varint(zigzag(delta))
  writeMessage(out, field + 1, inner)
}

function writeBounds(out: ByteWriter, { ends, values }: NumberLists, list: number): void {
  const bounds = values.subarray(startOf(ends, list), ends[list])
  if (bounds.length === 0) return
  writeTag(out, 16, 2)
  out.varint(bounds.length * 8)
  out.memory(bounds)
}

function writeMessage(out: ByteWriter, field: number, inner: ByteWriter): void {
  writeTag(out, field, 2)
  out.varint(inner.length)
  out.bytes(inner.finish())
}

/** The bits of the staleness marker as a varint: Prometheus takes them for a count, too. */
function writeStaleVarint(out: ByteWriter): void {
  let rest = (BigInt(STALE_HIGH) << 32n) | BigInt(STALE_LOW)
  while (rest >= 0x80n) {
    out.byte(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  out.byte(Number(rest))
}
