import { decodeSpans, decodeSpansJson } from '../../formats/otlp/decode-spans.ts'
import type { SpanAppendResult, SpanSink } from '../../model/spans.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import { giveBackBody } from '../body.ts'
import type { ExportOutcome, ExportReceiver } from './export-outcome.ts'
import { createExportReceiver, partialOutcome } from './receive-export.ts'

export interface OtlpSpanDoors {
  readonly sink: SpanSink
  readonly registry: Registry
  readonly log: Log
  /** Attributes are cut there; undefined: at Tempo's default. */
  readonly maxAttributeBytes?: () => number | undefined
}

/** The receiver of traces, for every transport. Spans that cannot be stored are told as a partial success. */
export function createSpanReceiver(doors: OtlpSpanDoors): ExportReceiver {
  const { sink, registry, log, maxAttributeBytes } = doors
  const cut = registry.counterBy(
    'tempo_distributor_attributes_truncated_total',
    'The total number of attribute keys or values truncated per scope.',
    ['scope'],
  )
  const discarded = registry.counterBy(
    'tempo_discarded_spans_total',
    'The total number of spans that were discarded.',
    ['reason'],
  )
  return createExportReceiver({
    ...{ path: '/v1/traces', what: 'spans', counted: 'spans', registry, log },
    decode: (bytes, encoding) => {
      const decode = encoding === 'json' ? decodeSpansJson : decodeSpans
      const { batch, refused, truncated } = decode(bytes, maxAttributeBytes?.())
      // Spans wait for the store without the request that they came in.
      if (bytes instanceof Buffer) giveBackBody(bytes)
      for (const [scope, count] of Object.entries(truncated))
        if (count > 0) cut.with(scope).inc(count)
      return {
        records: batch.startsNs.length + refused,
        store: async () => {
          const result = await sink.append(batch)
          if (result.tooLarge) discarded.with('trace_too_large').inc(result.tooLarge)
          return { stored: result.accepted, outcome: spansOutcome(result, refused) }
        },
      }
    },
  })
}

/** What became of spans, of which `withoutId` were not even handed to the store. */
export function spansOutcome(
  { accepted, outOfBounds, refused, tooLarge = 0, liveTracesExceeded = 0 }: SpanAppendResult,
  withoutId: number,
): ExportOutcome {
  const reasons = [
    withoutId > 0 ? `${withoutId} spans have no trace id or span id` : '',
    outOfBounds > 0 ? `${outOfBounds} spans begin before 1970 or after 2099` : '',
    refused > 0 ? `${refused} spans are of new resources, of which there are too many` : '',
    tooLarge > 0 ? `TRACE_TOO_LARGE: ${tooLarge} spans exceed the max size of their trace` : '',
    liveTracesExceeded > 0
      ? `LIVE_TRACES_EXCEEDED: ${liveTracesExceeded} spans are of traces beyond max_traces_per_user`
      : '',
  ]
  return partialOutcome({
    stored: accepted,
    rejected: withoutId + outOfBounds + refused + tooLarge + liveTracesExceeded,
    message: reasons.filter((reason) => reason !== '').join('; '),
  })
}
