import { Problem } from '../model/problem.ts'
import { selectSpans } from '../model/select-rows.ts'
import type { SpanAppendResult, SpanBatch, SpanSink } from '../model/spans.ts'
import type { SpanLimitSettings } from './span-limits-section.ts'
import { SpanSizes } from './span-metrics/span-size.ts'

const TRACE_ID_BYTES = 16
/** A trace that had nothing new for so long no longer counts as live (about what Tempo's ingesters do). */
const IDLE_MS = 10_000
/** Traces whose size is known at once. */
const MAX_TRACES = 200_000

export interface SpanLimitOptions {
  readonly settings: () => SpanLimitSettings
  readonly nowMs: () => number
  /** Spans that were refused, by Tempo's word for the reason. */
  readonly onDiscarded: (reason: string, spans: number) => void
}

/**
 * Stands before a sink of spans and holds them to the limits of a Tempo file (modules/distributor, modules/ingester): what is over the rate
 * may come again, spans of traces that are too large or too many are left out. Without limits batches pass as they are.
 */
export class SpanLimiter implements SpanSink {
  readonly #sink: SpanSink
  readonly #options: SpanLimitOptions
  readonly #traces = new LiveTraces()
  #allowance = Number.NaN
  #checkedMs = 0

  constructor(sink: SpanSink, options: SpanLimitOptions) {
    this.#sink = sink
    this.#options = options
  }

  async append(batch: SpanBatch): Promise<SpanAppendResult> {
    const { settings, nowMs, onDiscarded } = this.#options
    const { rateBytes, burstBytes, maxBytesPerTrace, maxLiveTraces } = settings()
    if (rateBytes === undefined && maxBytesPerTrace === undefined && maxLiveTraces === undefined)
      return this.#sink.append(batch)
    const spans = batch.startsNs.length
    const sizes = new SpanSizes(batch)
    const sizesBytes = Float64Array.from({ length: spans }, (_, row) => sizes.sizeOf(row))
    if (rateBytes !== undefined) {
      const sizeBytes = sizesBytes.reduce((sum, size) => sum + size, 0)
      if (!this.#allows(sizeBytes, rateBytes, burstBytes ?? rateBytes)) {
        onDiscarded('rate_limited', spans)
        throw new Problem(
          'unavailable',
          `RATE_LIMITED: ingestion rate limit (${rateBytes} bytes) exceeded while adding ${sizeBytes} bytes: nothing of this request was taken, try again`,
        )
      }
    }
    const kept = this.#traces.admit(batch, sizesBytes, nowMs(), {
      maxBytesPerTrace: maxBytesPerTrace ?? Number.POSITIVE_INFINITY,
      maxLiveTraces: maxLiveTraces ?? Number.POSITIVE_INFINITY,
    })
    if (kept.rows.length === spans) return this.#sink.append(batch)
    if (kept.tooMany > 0) onDiscarded('live_traces_exceeded', kept.tooMany)
    const nothing: SpanAppendResult = { accepted: 0, refused: 0, outOfBounds: 0 }
    const result =
      kept.rows.length === 0 ? nothing : await this.#sink.append(selectSpans(batch, kept.rows))
    return {
      ...result,
      ...(kept.tooLarge > 0 && { tooLarge: (result.tooLarge ?? 0) + kept.tooLarge }),
      ...(kept.tooMany > 0 && { liveTracesExceeded: kept.tooMany }),
    }
  }

  /** A bucket of bytes that fills at the rate; a request larger than the burst never fits. */
  #allows(sizeBytes: number, rateBytes: number, burstBytes: number): boolean {
    const nowMs = this.#options.nowMs()
    const gained = ((nowMs - this.#checkedMs) / 1000) * rateBytes
    const before = Number.isNaN(this.#allowance) ? burstBytes : this.#allowance + gained
    this.#allowance = Math.min(burstBytes, before)
    this.#checkedMs = nowMs
    if (sizeBytes > this.#allowance) return false
    this.#allowance -= sizeBytes
    return true
  }
}

interface TraceLimits {
  readonly maxBytesPerTrace: number
  readonly maxLiveTraces: number
}

interface AdmittedRows {
  readonly rows: Uint32Array
  readonly tooLarge: number
  readonly tooMany: number
}

/** The traces that are being sent, by their ids; the one that was quiet the longest comes first. */
class LiveTraces {
  readonly #traces = new Map<string, { bytes: number; seenMs: number }>()

  admit(
    { traceIds }: SpanBatch,
    sizesBytes: Float64Array,
    nowMs: number,
    { maxBytesPerTrace, maxLiveTraces }: TraceLimits,
  ): AdmittedRows {
    this.#forgetIdle(nowMs)
    const ids = Buffer.from(traceIds.buffer, traceIds.byteOffset, traceIds.byteLength)
    const rows = new Uint32Array(sizesBytes.length)
    let count = 0
    let tooLarge = 0
    let tooMany = 0
    for (const [row, sizeBytes] of sizesBytes.entries()) {
      const id = ids.toString('latin1', row * TRACE_ID_BYTES, (row + 1) * TRACE_ID_BYTES)
      const known = this.#traces.get(id)
      if (known === undefined && this.#traces.size >= maxLiveTraces) {
        tooMany++
        continue
      }
      const bytes = (known?.bytes ?? 0) + sizeBytes
      if (bytes > maxBytesPerTrace) {
        tooLarge++
        continue
      }
      this.#traces.delete(id)
      this.#traces.set(id, { bytes, seenMs: nowMs })
      rows[count++] = row
    }
    return { rows: rows.subarray(0, count), tooLarge, tooMany }
  }

  #forgetIdle(nowMs: number): void {
    for (const [id, { seenMs }] of this.#traces) {
      if (nowMs - seenMs < IDLE_MS && this.#traces.size <= MAX_TRACES) return
      this.#traces.delete(id)
    }
  }
}
