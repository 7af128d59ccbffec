import type { ForeignSpans } from '../formats/otlp/foreign-span.ts'
import type { SpanSink } from '../model/spans.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { ExportOutcome } from './otlp/export-outcome.ts'
import { createExportReceiver } from './otlp/receive-export.ts'
import { spansOutcome } from './otlp/receive-spans.ts'

export interface SpanDoors {
  readonly sink: SpanSink
  readonly registry: Registry
  readonly log: Log
}

/** Takes a decompressed request of spans in one format. Resolves when what was taken is durable, and never rejects. */
export type SpanReceiver = (bytes: Uint8Array) => Promise<ExportOutcome>

/** A receiver of spans in a format of another system; `path` names it in the log. */
export function createForeignReceiver(
  { sink, registry, log }: SpanDoors,
  path: string,
  decode: (bytes: Uint8Array) => ForeignSpans,
): SpanReceiver {
  const receive = createExportReceiver({
    ...{ path, what: 'spans', counted: 'spans', registry, log },
    decode: (bytes) => {
      const { batch, refused } = decode(bytes)
      return {
        records: batch.startsNs.length + refused,
        store: async () => {
          const result = await sink.append(batch)
          return { stored: result.accepted, outcome: spansOutcome(result, refused) }
        },
      }
    },
  })
  return (bytes) => receive(bytes, 'protobuf')
}
