import type { LogRecordBatch, LogRecordSink } from '../../model/log-records.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { ExportReceiver, OtlpEncoding } from './export-outcome.ts'
import { createExportReceiver, partialOutcome } from './receive-export.ts'

export interface OtlpRecordDoors {
  readonly sink: LogRecordSink
  /** Read a request. Throw a `Problem`. */
  readonly decode: Readonly<Record<OtlpEncoding, (bytes: Uint8Array) => LogRecordBatch>>
  readonly registry: Registry
  readonly log: Log
}

/** The receiver of logs whose records go through pipelines before they become lines, or to other programs. */
export function createRecordReceiver({
  sink,
  decode,
  registry,
  log,
}: OtlpRecordDoors): ExportReceiver {
  return createExportReceiver({
    ...{ path: '/v1/logs', what: 'records', counted: 'log_records', registry, log },
    decode: (bytes, encoding) => {
      const batch = decode[encoding](bytes)
      return {
        records: batch.timesNs.length,
        store: async () => {
          const { accepted, rejected, message } = await sink.append(batch)
          const outcome = partialOutcome({ stored: accepted, rejected, message })
          return { stored: accepted, outcome }
        },
      }
    },
  })
}
