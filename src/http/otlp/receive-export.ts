import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import {
  refusalOf,
  type ExportOutcome,
  type ExportReceiver,
  type OtlpEncoding,
} from './export-outcome.ts'

/** Of decoded requests of a signal that wait for the store at the same time, over all doors of OTLP. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** A request of a signal, decoded. */
export interface DecodedExport {
  /** Spans, log records or data points, with those that are refused already. */
  readonly records: number
  /** Resolves once what could be stored is durable. */
  readonly store: () => Promise<StoredExport>
}

export interface StoredExport {
  /** Records stored. */
  readonly stored: number
  readonly outcome: ExportOutcome
}

export interface ExportSignal {
  readonly path: string
  /** What its records are called in messages. */
  readonly what: string
  /** What OpenTelemetry's collector calls them in the names of its counters, with underscores. */
  readonly counted: string
  readonly decode: (bytes: Uint8Array, encoding: OtlpEncoding) => DecodedExport
  readonly registry: Registry
  readonly log: Log
}

/**
 * The receiver of a signal, for every transport: counts under the collector's names, and refuses with a retryable error while more waits
 * for the store than can be held. A request without records is taken (OTLP: an empty request succeeds).
 */
export function createExportReceiver(signal: ExportSignal): ExportReceiver {
  const { path, what, counted, decode, registry, log } = signal
  const named = counted.replaceAll('_', ' ')
  const accepted = registry.counter(
    `otelcol_receiver_accepted_${counted}_total`,
    `Number of ${named} successfully pushed into the pipeline.`,
  )
  const refused = registry.counter(
    `otelcol_receiver_refused_${counted}_total`,
    `Number of ${named} that could not be pushed into the pipeline.`,
  )
  let waitingBytes = 0
  const storeWithin = async (decoded: DecodedExport, sizeBytes: number): Promise<StoredExport> => {
    if (waitingBytes > 0 && waitingBytes + sizeBytes > MAX_WAITING_BYTES) {
      throw new Problem(
        'unavailable',
        `too many ${what} of other requests wait for the store: nothing of this request was taken, try again`,
      )
    }
    waitingBytes += sizeBytes
    try {
      return await decoded.store()
    } finally {
      waitingBytes -= sizeBytes
    }
  }
  return async (bytes, encoding) => {
    let records = 0
    let stored = 0
    try {
      const decoded = decode(bytes, encoding)
      records = decoded.records
      if (records === 0) return { kind: 'taken' }
      const result = await storeWithin(decoded, bytes.length)
      stored = result.stored
      return result.outcome
    } catch (thrown) {
      const refusal = refusalOf(thrown)
      if (refusal.reason === 'internal')
        log.error('Request failed', { path, error: messageOf(thrown) })
      return refusal
    } finally {
      accepted.inc(stored)
      refused.inc(Math.max(0, records - stored))
    }
  }
}

/** What is told of a request of which something was refused for good: nothing of it is to be sent again. */
export function partialOutcome({
  stored,
  rejected,
  message,
}: {
  stored: number
  rejected: number
  message: string
}): ExportOutcome {
  if (rejected === 0 && message === '') return { kind: 'taken' }
  if (stored === 0) return { kind: 'refused', reason: 'invalid', message }
  return { kind: 'taken', partial: { rejected, message } }
}
