import {
  encodeExportAnswer,
  encodeStatus,
  exportAnswerJson,
} from '../../formats/otlp/encode-answer.ts'
import type { Exchange, Route } from '../exchange.ts'
import { decompress } from '../decompress.ts'
import type { Permission } from '../guard.ts'
import type { Answer } from '../send.ts'
import {
  isRetryable,
  REFUSAL_CODES,
  refusalOf,
  RETRY_AFTER_S,
  type ExportOutcome,
  type ExportReceiver,
  type OtlpEncoding,
} from './export-outcome.ts'

/** Of a body, as it is sent. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

const ENCODING_OF: Readonly<Partial<Record<string, OtlpEncoding>>> = {
  'application/x-protobuf': 'protobuf',
  'application/json': 'json',
}

const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

export interface ExportRouteOptions {
  readonly path: string
  readonly permission: Permission
  /** What OTLP's JSON calls the count of a partial success. */
  readonly rejectedName: 'rejectedLogRecords' | 'rejectedSpans' | 'rejectedDataPoints'
  readonly receive: ExportReceiver
}

/**
 * OTLP over HTTP (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP"), for one signal. 200 is answered once everything is durable; errors
 * have a `google.rpc.Status` as their body, in the encoding of the request.
 */
export function exportRoute(options: ExportRouteOptions): Route {
  return {
    methods: ['POST'],
    path: options.path,
    permission: options.permission,
    bodyBytes: MAX_BODY_BYTES,
    handle: async (exchange) => {
      const mediaType = mediaTypeOf(exchange)
      const encoding = ENCODING_OF[mediaType]
      if (encoding === undefined) {
        const shown = JSON.stringify(mediaType.slice(0, 100))
        const message = `Content-Type ${shown} is not supported: application/x-protobuf and application/json are`
        return statusAnswer(415, 3, message, 'protobuf')
      }
      const outcome = await receive(exchange, encoding, options.receive)
      return toAnswer(outcome, encoding, options.rejectedName)
    },
  }
}

function mediaTypeOf({ headers }: Exchange): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

async function receive(
  { headers, body }: Exchange,
  encoding: OtlpEncoding,
  take: ExportReceiver,
): Promise<ExportOutcome> {
  try {
    return await take(await decompress(body, headers['content-encoding'] ?? ''), encoding)
  } catch (thrown) {
    return refusalOf(thrown)
  }
}

function toAnswer(outcome: ExportOutcome, encoding: OtlpEncoding, rejectedName: string): Answer {
  if (outcome.kind === 'taken') {
    const { partial } = outcome
    const body =
      encoding === 'json' ? exportAnswerJson(partial, rejectedName) : encodeExportAnswer(partial)
    return { contentType: CONTENT_TYPES[encoding], body }
  }
  const { reason, message } = outcome
  const { status, code } = REFUSAL_CODES[reason]
  const answer = statusAnswer(status, code, message, encoding)
  if (!isRetryable(reason)) return answer
  return { ...answer, headers: { 'retry-after': String(RETRY_AFTER_S) } }
}

function statusAnswer(
  status: number,
  code: number,
  message: string,
  encoding: OtlpEncoding,
): Answer {
  const body = encoding === 'json' ? JSON.stringify({ code, message }) : encodeStatus(code, message)
  return { status, contentType: CONTENT_TYPES[encoding], body }
}
