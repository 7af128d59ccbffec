import type { LogRecordAppendResult, LogRecordSink } from '../../model/log-records.ts'
import type { MetricAppendResult, MetricSink } from '../../model/otlp-metrics.ts'
import type { SpanAppendResult, SpanSink } from '../../model/spans.ts'

/**
 * Gives a batch to several sinks, all at once. When one of them could not take it, so that the sender comes again, the others may have it
 * already: what is stored twice is stored once, and other programs get it twice, as from a collector. The counts are those of the sink
 * that took least.
 */
export function teeSpans(sinks: readonly SpanSink[]): SpanSink {
  const [only] = sinks
  if (only !== undefined && sinks.length === 1) return only
  return {
    append: async (batch) => {
      const all: SpanAppendResult = { accepted: batch.startsNs.length, outOfBounds: 0, refused: 0 }
      const results = await appendAll(sinks, batch)
      return results.reduce(fewest, all)
    },
  }
}

export function teeRecords(sinks: readonly LogRecordSink[]): LogRecordSink {
  const [only] = sinks
  if (only !== undefined && sinks.length === 1) return only
  return {
    append: async (batch) => {
      const all: LogRecordAppendResult = {
        accepted: batch.timesNs.length,
        rejected: 0,
        message: '',
      }
      const results = await appendAll(sinks, batch)
      return results.reduce(fewest, all)
    },
  }
}

export function teePoints(sinks: readonly MetricSink[]): MetricSink {
  const [only] = sinks
  if (only !== undefined && sinks.length === 1) return only
  return {
    append: async (batch) => {
      const all: MetricAppendResult = {
        accepted: batch.metricIndex.length,
        rejected: 0,
        message: '',
      }
      const results = await appendAll(sinks, batch)
      return results.reduce(fewest, all)
    },
  }
}

interface Sink<Batch, Result> {
  append(batch: Batch): Promise<Result>
}

/** Waits for all, whatever becomes of the others, and rejects with the first reason. */
async function appendAll<Batch, Result>(
  sinks: readonly Sink<Batch, Result>[],
  batch: Batch,
): Promise<Result[]> {
  const settled = await Promise.allSettled(sinks.map((sink) => sink.append(batch)))
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason
    return each.value
  })
}

function fewest<Result extends { readonly accepted: number }>(a: Result, b: Result): Result {
  return b.accepted < a.accepted ? b : a
}
