import { decodeSpans, decodeSpansJson } from '../../formats/otlp/decode-spans.ts'
import type { SpanAppendResult, SpanSink } from '../../model/spans.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { ExportOutcome, ExportReceiver } from './export-outcome.ts'
import { createExportReceiver, partialOutcome } from './receive-export.ts'

export interface OtlpSpanDoors {
  readonly sink: SpanSink
  readonly registry: Registry
  readonly log: Log
}

/** The receiver of traces, for every transport. Spans that cannot be stored are told as a partial success. */
export function createSpanReceiver({ sink, registry, log }: OtlpSpanDoors): ExportReceiver {
  return createExportReceiver({
    ...{ path: '/v1/traces', what: 'spans', counted: 'spans', registry, log },
    decode: (bytes, encoding) => {
      const { batch, refused } = encoding === 'json' ? decodeSpansJson(bytes) : decodeSpans(bytes)
      return {
        records: batch.startsNs.length + refused,
        store: async () => {
          const result = await sink.append(batch)
          return { stored: result.accepted, outcome: spansOutcome(result, refused) }
        },
      }
    },
  })
}

/** What became of spans, of which `withoutId` were not even handed to the store. */
export function spansOutcome(
  { accepted, outOfBounds, refused }: SpanAppendResult,
  withoutId: number,
): ExportOutcome {
  const reasons = [
    withoutId > 0 ? `${withoutId} spans have no trace id or span id` : '',
    outOfBounds > 0 ? `${outOfBounds} spans begin before 1970 or after 2099` : '',
    refused > 0 ? `${refused} spans are of new resources, of which there are too many` : '',
  ]
  return partialOutcome({
    stored: accepted,
    rejected: withoutId + outOfBounds + refused,
    message: reasons.filter((reason) => reason !== '').join('; '),
  })
}
