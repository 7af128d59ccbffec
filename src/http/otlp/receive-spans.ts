import { decodeSpans, decodeSpansJson } from '../../formats/otlp/decode-spans.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { SpanAppendResult, SpanBatch, SpanSink } from '../../model/spans.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import { refusalOf, type ExportOutcome, type ExportReceiver } from './export-outcome.ts'

export interface OtlpSpanDoors {
  readonly sink: SpanSink
  readonly registry: Registry
  readonly log: Log
}

/** Of decoded requests that wait for the store at the same time, over all doors of OTLP. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** The receiver of traces, for every transport. Spans that cannot be stored are told as a partial success. */
export function createSpanReceiver({ sink, registry, log }: OtlpSpanDoors): ExportReceiver {
  const accepted = registry.counter(
    'otelcol_receiver_accepted_spans_total',
    'Number of spans successfully pushed into the pipeline.',
  )
  const refused = registry.counter(
    'otelcol_receiver_refused_spans_total',
    'Number of spans that could not be pushed into the pipeline.',
  )
  const waiting = { bytes: 0 }
  return async (bytes, encoding) => {
    let spans = 0
    let stored = 0
    try {
      const decoded = encoding === 'json' ? decodeSpansJson(bytes) : decodeSpans(bytes)
      spans = decoded.batch.startsNs.length + decoded.refused
      if (spans === 0) return { kind: 'taken' }
      const result = await appendWithin(waiting, sink, decoded.batch, bytes.length)
      stored = result.accepted
      return toOutcome(result, decoded.refused)
    } catch (thrown) {
      const refusal = refusalOf(thrown)
      if (refusal.reason === 'internal')
        log.error('Request failed', { path: '/v1/traces', error: messageOf(thrown) })
      return refusal
    } finally {
      accepted.inc(stored)
      refused.inc(Math.max(0, spans - stored))
    }
  }
}

async function appendWithin(
  waiting: { bytes: number },
  sink: SpanSink,
  batch: SpanBatch,
  sizeBytes: number,
): Promise<SpanAppendResult> {
  if (waiting.bytes > 0 && waiting.bytes + sizeBytes > MAX_WAITING_BYTES) {
    throw new Problem(
      'unavailable',
      'too many spans of other requests wait for the store: nothing of this request was taken, try again',
    )
  }
  waiting.bytes += sizeBytes
  try {
    return await sink.append(batch)
  } finally {
    waiting.bytes -= sizeBytes
  }
}

function toOutcome(
  { accepted, outOfBounds, refused }: SpanAppendResult,
  withoutId: number,
): ExportOutcome {
  const reasons = [
    withoutId > 0 ? `${withoutId} spans have no trace id or span id` : '',
    outOfBounds > 0 ? `${outOfBounds} spans begin before 1970 or after 2099` : '',
    refused > 0 ? `${refused} spans are of new resources, of which there are too many` : '',
  ].filter((reason) => reason !== '')
  if (reasons.length === 0) return { kind: 'taken' }
  const message = reasons.join('; ')
  if (accepted === 0) return { kind: 'refused', reason: 'invalid', message }
  return { kind: 'taken', partial: { rejected: withoutId + outOfBounds + refused, message } }
}
