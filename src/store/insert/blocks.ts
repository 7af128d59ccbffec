import {
  encodeNativeBlock,
  mapOfLabels,
  type NativeColumn,
} from '../../formats/clickhouse-native/encode.ts'
import type { MetricMetadata } from '../../model/samples.ts'
import { wordsOf } from '../../model/stale.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { PendingExemplar, PendingHistogram } from './extras.ts'
import type { PendingRows } from './pending-rows.ts'

/** The bytes of one insert, with the names of its columns in order. */
export interface Block {
  readonly names: readonly string[]
  readonly bytes: Uint8Array
  /** To be called when the engine has all of it. */
  readonly giveBack?: () => void
}

function toBlock(columns: readonly NativeColumn[]): Block {
  return { names: columns.map((column) => column.name), bytes: encodeNativeBlock(columns) }
}

/** Rows of `samples`; `part` are row numbers of the buffer. */
export function samplesBlock(
  index: SeriesIndex,
  rows: PendingRows,
  part: Int32Array,
  keepSeconds: number,
): Block {
  const count = part.length
  const mh = new Uint32Array(count)
  const low = new Uint32Array(count)
  const high = new Uint32Array(count)
  const ts = new Float64Array(count)
  const v = new Float64Array(count)
  const to = wordsOf(v)
  for (let i = 0; i < count; i++) {
    const row = part[i] as number
    const ref = rows.refs[row] as number
    mh[i] = index.metricHashOf(ref)
    low[i] = index.idLowOf(ref)
    high[i] = index.idHighOf(ref)
    ts[i] = rows.timestampsMs[row] as number
    to[i * 2] = rows.words[row * 2] as number
    to[i * 2 + 1] = rows.words[row * 2 + 1] as number
  }
  return toBlock([
    { name: 'keep', data: { type: 'UInt32', values: new Uint32Array(count).fill(keepSeconds) } },
    { name: 'mh', data: { type: 'UInt32', values: mh } },
    { name: 'id', data: { type: 'UInt64', values: { low, high } } },
    { name: 'ts', data: { type: "DateTime64(3, 'UTC')", values: ts } },
    { name: 'v', data: { type: 'Float64', values: v } },
  ])
}

/** Rows of `series_days`: the labels of series on one UTC day. */
export function seriesDaysBlock(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  keepSeconds: number,
  day: number,
): Block {
  return toBlock([
    {
      name: 'keep',
      data: { type: 'UInt32', values: new Uint32Array(refs.length).fill(keepSeconds) },
    },
    { name: 'day', data: { type: 'Date', values: new Uint16Array(refs.length).fill(day) } },
    { name: 'id', data: { type: 'UInt64', values: idWords(index, refs) } },
    {
      name: 'mh',
      data: { type: 'UInt32', values: Uint32Array.from(refs, (ref) => index.metricHashOf(ref)) },
    },
    { name: 'labels', data: mapOfLabels(refs.map((ref) => index.labelsOf(ref))) },
  ])
}

export function exemplarsBlock(index: SeriesIndex, exemplars: readonly PendingExemplar[]): Block {
  const refs = exemplars.map((exemplar) => exemplar.ref)
  return toBlock([
    {
      name: 'mh',
      data: { type: 'UInt32', values: Uint32Array.from(refs, (ref) => index.metricHashOf(ref)) },
    },
    { name: 'id', data: { type: 'UInt64', values: idWords(index, refs) } },
    {
      name: 'ts',
      data: {
        type: "DateTime64(3, 'UTC')",
        values: Float64Array.from(exemplars, (e) => e.timestampMs),
      },
    },
    { name: 'v', data: { type: 'Float64', values: Float64Array.from(exemplars, (e) => e.value) } },
    { name: 'labels', data: mapOfLabels(exemplars.map((exemplar) => exemplar.labels)) },
  ])
}

export function histogramsBlock(
  index: SeriesIndex,
  histograms: readonly PendingHistogram[],
  keepSeconds: number,
): Block {
  const refs = histograms.map((histogram) => histogram.ref)
  return toBlock([
    {
      name: 'keep',
      data: { type: 'UInt32', values: new Uint32Array(refs.length).fill(keepSeconds) },
    },
    {
      name: 'mh',
      data: { type: 'UInt32', values: Uint32Array.from(refs, (ref) => index.metricHashOf(ref)) },
    },
    { name: 'id', data: { type: 'UInt64', values: idWords(index, refs) } },
    {
      name: 'ts',
      data: {
        type: "DateTime64(3, 'UTC')",
        values: Float64Array.from(histograms, (h) => h.timestampMs),
      },
    },
    {
      name: 'data',
      data: { type: 'String', values: histograms.map((histogram) => histogram.data) },
    },
  ])
}

export function metadataBlock(entries: readonly MetricMetadata[]): Block {
  const seen = Math.floor(Date.now() / 1000)
  return toBlock([
    { name: 'family', data: { type: 'String', values: entries.map((entry) => entry.family) } },
    {
      name: 'type',
      data: { type: 'LowCardinality(String)', values: entries.map((entry) => entry.type) },
    },
    { name: 'help', data: { type: 'String', values: entries.map((entry) => entry.help) } },
    { name: 'unit', data: { type: 'String', values: entries.map((entry) => entry.unit) } },
    {
      name: 'seen',
      data: { type: 'DateTime', values: new Uint32Array(entries.length).fill(seen) },
    },
  ])
}

function idWords(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
): { low: Uint32Array; high: Uint32Array } {
  return {
    low: Uint32Array.from(refs, (ref) => index.idLowOf(ref)),
    high: Uint32Array.from(refs, (ref) => index.idHighOf(ref)),
  }
}
