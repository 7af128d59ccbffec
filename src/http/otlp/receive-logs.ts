import type { OtlpLogSettings } from '../../formats/otlp/log-rules.ts'
import type { LineIngest, PushOutcome } from '../../ingest/lines.ts'
import type { LogBatch } from '../../model/lines.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import { refusalOf, type ExportOutcome, type ExportReceiver } from './export-outcome.ts'

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

/** Of decoded requests that wait for the store at the same time, over all doors of OTLP. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/**
 * The receiver of logs, for every transport. What breaks a limit is told as a partial success, as long as something was stored; a
 * request of which nothing was stored is refused. One without records is taken (OTLP: an empty request succeeds).
 */
export function createLogReceiver(doors: OtlpLogDoors): ExportReceiver {
  const { registry, log } = doors
  const accepted = registry.counter(
    'otelcol_receiver_accepted_log_records_total',
    'Number of log records successfully pushed into the pipeline.',
  )
  const refused = registry.counter(
    'otelcol_receiver_refused_log_records_total',
    'Number of log records that could not be pushed into the pipeline.',
  )
  const waiting = { bytes: 0 }
  return async (bytes, encoding) => {
    let records = 0
    let stored = 0
    try {
      const nowNs = BigInt(Math.floor(doors.nowMs())) * 1_000_000n
      const batch = doors.decoder[encoding](bytes, nowNs, doors.settings())
      records = batch.ends.length
      if (records === 0) return { kind: 'taken' }
      const outcome = await pushWithin(waiting, doors.ingest, batch, bytes.length)
      stored = outcome.lines
      return toExport(outcome, records)
    } catch (thrown) {
      const refusal = refusalOf(thrown)
      if (refusal.reason === 'internal') {
        log.error('Request failed', { path: '/v1/logs', error: messageOf(thrown) })
      }
      return refusal
    } finally {
      accepted.inc(stored)
      refused.inc(Math.max(0, records - stored))
    }
  }
}

async function pushWithin(
  waiting: { bytes: number },
  ingest: LineIngest,
  batch: LogBatch,
  sizeBytes: number,
): Promise<PushOutcome> {
  if (waiting.bytes > 0 && waiting.bytes + sizeBytes > MAX_WAITING_BYTES) {
    throw new Problem(
      'unavailable',
      'too many records of other requests wait for the store: nothing of this request was taken, try again',
    )
  }
  waiting.bytes += sizeBytes
  try {
    return await ingest.push(batch)
  } finally {
    waiting.bytes -= sizeBytes
  }
}

function toExport(outcome: PushOutcome, records: number): ExportOutcome {
  switch (outcome.kind) {
    case 'stored':
    case 'empty':
      return { kind: 'taken' }
    case 'invalid': {
      const { message, lines } = outcome
      if (lines === 0) return { kind: 'refused', reason: 'invalid', message }
      return { kind: 'taken', partial: { rejected: records - lines, message } }
    }
    case 'limited':
      return { kind: 'refused', reason: 'limited', message: outcome.message }
    default:
      return outcome satisfies never
  }
}
