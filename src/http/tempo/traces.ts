import { encodeSpans, wrapMessage } from '../../formats/otlp/encode-spans.ts'
import { Problem } from '../../model/problem.ts'
import type { SpanRows, SpansSource } from '../../store/spans-source.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import type { TempoDoors } from './doors.ts'
import { errorAnswer, guarded, jsonAnswer } from './respond.ts'
import { traceJson } from './trace-json.ts'

type TraceDoors = Pick<TempoDoors, 'source' | 'log'>

/** Of one trace. */
const MAX_SPANS = 200_000
const PROTOBUF = 'application/protobuf'
const HEX = /^[0-9a-fA-F]{1,32}$/

/** A trace by its id: `/api/traces/{id}`, and `/api/v2/traces/{id}` with the trace inside an answer. JSON, or protobuf by `Accept`. */
export function traceRoutes(doors: TraceDoors): Route[] {
  return [
    ...['/api/traces/:id', '/api/v2/traces/:id'].map((path): Route => ({
      methods: ['GET'],
      path,
      permission: 'traces:read',
      handle: guarded(doors.log, path, (exchange) =>
        answerTrace(doors, exchange, path.includes('/v2/')),
      ),
    })),
  ]
}

async function answerTrace(
  { source }: TraceDoors,
  exchange: Exchange,
  isV2: boolean,
): Promise<Answer> {
  const { headers, signal } = exchange
  const id = exchange.pathParam('id')
  const rows = await readWhole(source, readTraceId(id), signal)
  if (rows.length === 0) return errorAnswer(404, `trace ${id} not found`)
  const resourceSpans = traceJson(rows)
  if (!(headers.accept ?? '').includes(PROTOBUF)) {
    // The field was renamed with the second version.
    return jsonAnswer(isV2 ? { trace: { resourceSpans } } : { batches: resourceSpans })
  }
  const trace = encodeSpans(resourceSpans)
  const body = Buffer.from(isV2 ? wrapMessage(1, trace) : trace)
  return { contentType: PROTOBUF, body }
}

/** All spans of a trace; a trace that is too large is refused as Tempo refuses it (pkg/model/trace, ErrTraceTooLarge). */
async function readWhole(
  source: SpansSource,
  traceId: string,
  signal: AbortSignal,
): Promise<SpanRows> {
  try {
    return await source.readTraces([traceId], { signal, maxSpans: MAX_SPANS })
  } catch (thrown) {
    // With a cause it is a limit of the store, such as its memory.
    if (!(thrown instanceof Problem) || thrown.code !== 'limit' || thrown.cause !== undefined)
      throw thrown
    throw new Problem('limit', `trace exceeds max size (max spans: ${MAX_SPANS})`, {
      cause: thrown,
    })
  }
}

/** Leading zeros may be missing, as in Tempo. */
function readTraceId(id: string): string {
  if (HEX.test(id)) return id.toLowerCase().padStart(32, '0')
  const shown = JSON.stringify(id.slice(0, 50))
  throw new Problem(
    'bad_data',
    `trace IDs can only contain up to 32 hex characters: invalid trace ID ${shown}`,
  )
}
