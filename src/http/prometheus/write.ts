import type { DecodedPush } from '../../formats/remote-write/push-decoder.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { AppendResult } from '../../model/samples.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { Counter } from '../../self/metrics.ts'
import type { Exchange, Route } from '../exchange.ts'
import { STATUS_OF, toProblem } from '../http-fault.ts'
import { textAnswer } from '../listener.ts'
import type { Answer } from '../send.ts'
import type { PrometheusDoors } from './doors.ts'

/** Of a body, compressed; the bound of Prometheus 3 (client_golang, exp/api/remote). */
const MAX_BODY_BYTES = 32 * 1024 * 1024

/** Of decoded requests that wait for the store at the same time, counted by their columns. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** A row has a series number, a time and a value. */
const ROW_BYTES = 20

/** Units of work for a series that is known, and more for one that is new. */
const KNOWN_UNITS = 4
const NEW_UNITS = 300

/** After this long a refused sender may come again; the engine's restart takes about as long. */
const RETRY_AFTER_S = 2

const V1 = 'prometheus.WriteRequest'
const V2 = 'io.prometheus.write.v2.Request'

type WriteDoors = Pick<PrometheusDoors, 'sink' | 'writeDecoder' | 'registry' | 'log'>

/**
 * The receiver of remote write 1.0 (prometheus.io/docs/specs/prw/remote_write_spec). 2xx is answered once everything is durable.
 * What is refused for good gives 400, with the good part of the request stored; what may be sent again gives 503. Version 2.0 is
 * not spoken yet: its content type gets 415, upon which senders fall back to 1.0.
 */
export function writeRoute(doors: WriteDoors): Route {
  const invalid = doors.registry.counter(
    'prometheus_api_remote_write_invalid_labels_samples_total',
    'The total number of received remote write samples which were rejected due to invalid labels.',
  )
  const waiting = { bytes: 0 }
  return {
    methods: ['POST'],
    path: '/api/v1/write',
    permission: 'metrics:write',
    bodyBytes: MAX_BODY_BYTES,
    handle: async (exchange) => {
      const unsupported = checkForm(exchange)
      if (unsupported !== undefined) return textAnswer(415, unsupported)
      try {
        return await store(doors, exchange.body, waiting, invalid)
      } catch (thrown) {
        return refusal(thrown, doors)
      }
    },
  }
}

/** What cannot be read, in the original's words; undefined when all is well. */
function checkForm({ headers }: Exchange): string | undefined {
  const encoding = headers['content-encoding'] ?? ''
  if (encoding !== '' && encoding !== 'snappy') {
    return `${encoding} encoding (compression) is not accepted by this server; only snappy is acceptable`
  }
  const contentType = (headers['content-type'] ?? 'application/x-protobuf').trim()
  const [media = '', ...parameters] = contentType.split(';').map((part) => part.trim())
  if (media !== 'application/x-protobuf') {
    return `expected application/x-protobuf as the first (media) part, got ${contentType} content-type`
  }
  const proto = parameters.find((parameter) => parameter.startsWith('proto='))?.slice(6) ?? V1
  if (proto === V1) return undefined
  if (proto === V2) {
    return `${V2} protobuf message is not accepted by this server; only accepts ${V1}`
  }
  return `got ${contentType} content type; unknown type for remote write protobuf message ${proto}, supported: ${V1}`
}

async function store(
  { writeDecoder, sink }: WriteDoors,
  body: Buffer,
  waiting: { bytes: number },
  invalid: Counter,
): Promise<Answer> {
  const slices = new Slices()
  const push = await writeDecoder.decodeInTurn(body, (series, newSeries) =>
    slices.spend(series * KNOWN_UNITS + newSeries * NEW_UNITS) ? slices.rest() : undefined,
  )
  invalid.inc(push.rejectedCount)
  const sizeBytes = push.batch.values.length * ROW_BYTES
  if (waiting.bytes > 0 && waiting.bytes + sizeBytes > MAX_WAITING_BYTES) {
    throw new Problem(
      'unavailable',
      'too many samples of other requests wait for the store: nothing of this request was taken, try again',
    )
  }
  waiting.bytes += sizeBytes
  try {
    return summary(push, await sink.append(push.batch))
  } finally {
    waiting.bytes -= sizeBytes
  }
}

/** Reasons shown of one request; senders log the beginning of an answer. */
const MAX_REASONS = 10

function summary(push: DecodedPush, result: AppendResult): Answer {
  const refused = push.rejectedCount + result.rejectedCount
  // A series without samples may be bad, too; only what was to be stored and is not makes the write partial.
  if (refused === 0 && push.rejected.length === 0) return { status: 204 }
  const reasons = [
    ...push.rejected.map(({ labels, message }) => `${message}: series ${labels.toString()}`),
    ...result.rejected.map(
      ({ series, timestampMs, message }) =>
        `${message}: series ${series.toString()} at ${timestampMs}`,
    ),
  ]
  const shown = reasons.slice(0, MAX_REASONS)
  const rest = refused - shown.length
  if (rest > 0) shown.push(`and ${rest} more`)
  const head = `${refused} samples were refused, ${result.accepted} were stored`
  return textAnswer(400, `${head}:\n${shown.join('\n')}`)
}

function refusal(thrown: unknown, { log }: WriteDoors): Answer {
  const problem = toProblem(thrown)
  switch (problem.code) {
    case 'unavailable':
    case 'timeout':
    case 'canceled': {
      const answer = textAnswer(503, problem.message)
      return { ...answer, headers: { ...answer.headers, 'retry-after': String(RETRY_AFTER_S) } }
    }
    case 'bad_data':
    case 'execution':
    case 'limit':
      return textAnswer(400, problem.message)
    case 'not_found':
    case 'forbidden':
      return textAnswer(STATUS_OF[problem.code], problem.message)
    case 'internal':
      log.error('Remote write failed', { error: messageOf(thrown) })
      return textAnswer(500, problem.message)
    default:
      return problem.code satisfies never
  }
}
