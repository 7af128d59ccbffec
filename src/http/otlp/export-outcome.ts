import type { PartialSuccess } from '../../formats/otlp/encode-answer.ts'
import { Problem, type ProblemCode } from '../../model/problem.ts'
import { HttpFault } from '../http-fault.ts'

/** The encodings of a request of OTLP. gRPC is always protobuf. */
export type OtlpEncoding = 'protobuf' | 'json'

/** What became of an export, before a transport puts it in its own words. */
export type ExportOutcome =
  /** All of it is durable, but for what `partial` says, which is not to be sent again. */
  | { readonly kind: 'taken'; readonly partial?: PartialSuccess }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string }

/** Sending again helps with `limited` and `unavailable` only. */
export type RefusalReason =
  | 'invalid'
  | 'too_large'
  | 'unsupported'
  | 'limited'
  | 'unavailable'
  | 'internal'

/** Takes a decompressed request of one signal. Resolves when what was taken is durable, and never rejects. */
export type ExportReceiver = (bytes: Uint8Array, encoding: OtlpEncoding) => Promise<ExportOutcome>

interface RefusalCodes {
  readonly status: number
  /** Of gRPC. */
  readonly code: number
}

/** The specification's tables (opentelemetry.io/docs/specs/otlp, "Failures"). */
export const REFUSAL_CODES: Readonly<Record<RefusalReason, RefusalCodes>> = {
  invalid: { status: 400, code: 3 },
  too_large: { status: 413, code: 8 },
  unsupported: { status: 415, code: 3 },
  limited: { status: 429, code: 8 },
  unavailable: { status: 503, code: 14 },
  internal: { status: 500, code: 13 },
}

/** After this long a sender may come again; the engine's restart takes about as long. */
export const RETRY_AFTER_S = 2

export function isRetryable(reason: RefusalReason): boolean {
  return reason === 'limited' || reason === 'unavailable'
}

const REASONS: Readonly<Partial<Record<ProblemCode, RefusalReason>>> = {
  bad_data: 'invalid',
  limit: 'too_large',
  unavailable: 'unavailable',
  timeout: 'unavailable',
}

/** What was thrown while a request was read or stored. */
export function refusalOf(thrown: unknown): Extract<ExportOutcome, { kind: 'refused' }> {
  if (thrown instanceof Problem) {
    const { code, message } = thrown
    return { kind: 'refused', reason: REASONS[code] ?? 'internal', message }
  }
  if (thrown instanceof HttpFault && thrown.status === REFUSAL_CODES.unsupported.status) {
    return { kind: 'refused', reason: 'unsupported', message: thrown.message }
  }
  return { kind: 'refused', reason: 'internal', message: 'internal error' }
}
