import { ByteWriter } from '../byte-writer.ts'

/**
 * What an export is answered with when not all of it was taken. The field of the count has the same number for all signals, in JSON
 * it has a name of its own.
 */
export interface PartialSuccess {
  readonly rejected: number
  readonly message: string
}

/** `Export…ServiceResponse`: empty when everything was taken. */
export function encodeExportAnswer(partial: PartialSuccess | undefined): Uint8Array {
  const out = new ByteWriter(256)
  if (partial !== undefined) {
    const inner = new ByteWriter(256)
    if (partial.rejected > 0) {
      inner.byte(0x08)
      inner.varint(partial.rejected)
    }
    inner.byte(0x12)
    inner.text(partial.message)
    const bytes = inner.finish()
    out.byte(0x0a)
    out.varint(bytes.length)
    out.bytes(bytes)
  }
  return out.finish()
}

/** The same as JSON; `rejectedName` is `rejectedLogRecords`, `rejectedSpans` or `rejectedDataPoints`. */
export function exportAnswerJson(
  partial: PartialSuccess | undefined,
  rejectedName: string,
): string {
  if (partial === undefined) return '{}'
  const { rejected, message } = partial
  // 64-bit numbers are texts in protobuf's JSON.
  const count = rejected > 0 ? { [rejectedName]: String(rejected) } : {}
  return JSON.stringify({ partialSuccess: { ...count, errorMessage: message } })
}

/** `google.rpc.Status`, the body of errors over HTTP. `code` is one of gRPC's. */
export function encodeStatus(code: number, message: string): Uint8Array {
  const out = new ByteWriter(256)
  out.byte(0x08)
  out.varint(code)
  out.byte(0x12)
  out.text(message)
  return out.finish()
}

/** The same with a `google.rpc.RetryInfo`: when to come again, in whole seconds below 128. */
export function encodeRetryStatus(code: number, message: string, retryAfterS: number): Uint8Array {
  const retryInfo = Uint8Array.of(0x0a, 2, 0x08, retryAfterS)
  const detail = new ByteWriter(128)
  detail.byte(0x0a)
  detail.text('type.googleapis.com/google.rpc.RetryInfo')
  detail.byte(0x12)
  detail.varint(retryInfo.length)
  detail.bytes(retryInfo)
  const out = new ByteWriter(256)
  out.bytes(encodeStatus(code, message))
  out.byte(0x1a)
  out.varint(detail.length)
  out.bytes(detail.finish())
  return out.finish()
}
