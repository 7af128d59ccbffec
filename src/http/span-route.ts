import type { Exchange, Route } from './exchange.ts'
import { decompress } from './decompress.ts'
import {
  isRetryable,
  REFUSAL_CODES,
  refusalOf,
  RETRY_AFTER_S,
  type ExportOutcome,
} from './otlp/export-outcome.ts'
import type { SpanReceiver } from './receive-foreign-spans.ts'
import type { Answer } from './send.ts'

/** Of a body, as it is sent. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

/**
 * A door for spans: 202 once they are durable, as Zipkin and Jaeger answer. `receiverOf` gets the media type, and chooses who reads the body;
 * undefined: nobody can, and `allowed` is told.
 */
export function spanRoute(
  path: string,
  receiverOf: (mediaType: string) => SpanReceiver | undefined,
  allowed: string,
): Route {
  return {
    methods: ['POST'],
    path,
    permission: 'traces:write',
    bodyBytes: MAX_BODY_BYTES,
    handle: async ({ headers, body }: Exchange) => {
      const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
      const receive = receiverOf(mediaType)
      if (receive === undefined) {
        const shown = JSON.stringify(mediaType.slice(0, 100))
        return plain(415, `Content-Type ${shown} is not supported: ${allowed}`)
      }
      try {
        const plainBody = await decompress(body, headers['content-encoding'] ?? '')
        return toAnswer(await receive(plainBody))
      } catch (thrown) {
        return toAnswer(refusalOf(thrown))
      }
    },
  }
}

/** These protocols know no partial success: what is refused of a request is counted, and the others are kept. */
function toAnswer(outcome: ExportOutcome): Answer {
  if (outcome.kind === 'taken') return { status: 202, contentType: 'text/plain', body: '' }
  const { reason, message } = outcome
  const answer = plain(REFUSAL_CODES[reason].status, message)
  if (!isRetryable(reason)) return answer
  return { ...answer, headers: { 'retry-after': String(RETRY_AFTER_S) } }
}

function plain(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}
