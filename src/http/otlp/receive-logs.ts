import type { OtlpLogSettings } from '../../formats/otlp/log-rules.ts'
import type { LineIngest, PushOutcome } from '../../ingest/lines.ts'
import type { LogBatch } from '../../model/lines.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { ExportOutcome, ExportReceiver } from './export-outcome.ts'
import { createExportReceiver, partialOutcome } from './receive-export.ts'

/** Reads a request for logs. Throws a `Problem`. */
export interface OtlpLogsDecoder {
  protobuf(bytes: Uint8Array, nowNs: bigint, settings?: OtlpLogSettings): LogBatch
  json(bytes: Uint8Array, nowNs: bigint, settings?: OtlpLogSettings): LogBatch
}

export interface OtlpLogDoors {
  readonly ingest: LineIngest
  readonly decoder: OtlpLogsDecoder
  /** `otlp_config` of the Loki file in force. */
  readonly settings: () => OtlpLogSettings
  readonly registry: Registry
  readonly log: Log
  readonly nowMs: () => number
}

/**
 * The receiver of logs, for every transport. What breaks a limit is told as a partial success, as long as something was stored; a
 * request of which nothing was stored is refused.
 */
export function createLogReceiver(doors: OtlpLogDoors): ExportReceiver {
  const { ingest, decoder, settings, registry, log } = doors
  return createExportReceiver({
    ...{ path: '/v1/logs', what: 'records', counted: 'log_records', registry, log },
    decode: (bytes, encoding) => {
      const nowNs = BigInt(Math.floor(doors.nowMs())) * 1_000_000n
      const batch = decoder[encoding](bytes, nowNs, settings())
      const records = batch.ends.length
      return {
        records,
        store: async () => {
          const outcome = await ingest.push(batch)
          return { stored: outcome.lines, outcome: toExport(outcome, records) }
        },
      }
    },
  })
}

function toExport(outcome: PushOutcome, records: number): ExportOutcome {
  switch (outcome.kind) {
    case 'stored':
    case 'empty':
      return { kind: 'taken' }
    case 'invalid': {
      const { message, lines } = outcome
      return partialOutcome({ stored: lines, rejected: records - lines, message })
    }
    case 'limited':
      return { kind: 'refused', reason: 'limited', message: outcome.message }
    default:
      return outcome satisfies never
  }
}
