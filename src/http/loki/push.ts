import { promisify } from 'node:util'
import { gunzip, inflateRaw } from 'node:zlib'
import type { PushOutcome } from '../../ingest/lines.ts'
import type { LogBatch } from '../../model/lines.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import { SpareBuffers } from '../../self/memory/spare-buffers.ts'
import { giveBackBody } from '../body.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault } from '../http-fault.ts'
import type { Answer } from '../send.ts'
import type { LokiDoors } from './doors.ts'
import { errorAnswer, guarded } from './respond.ts'

/** Of a body, as it is sent. */
const MAX_BODY_BYTES = 32 * 1024 * 1024
/** Of a body, decompressed. */
export const MAX_PUSH_BYTES = 64 * 1024 * 1024
/** Of decoded pushes that wait for the store at the same time. */
const MAX_WAITING_BYTES = 96 * 1024 * 1024

/** For the lines of pushes while they wait for the store. */
const rooms = new SpareBuffers({
  largestBytes: 4 * 1024 * 1024,
  mostBytes: 6 * 1024 * 1024,
  idleMs: 5000,
})

type PushDoors = Pick<LokiDoors, 'ingest' | 'decoder' | 'log' | 'registry'>

/**
 * `/loki/api/v1/push` and the legacy `/api/prom/push`. 204 is answered once everything is durable; 400 and 429 say what was refused,
 * with the rest stored; 503 that nothing was taken and the sender should come again.
 */
export function pushRoutes(doors: PushDoors): Route[] {
  const lines = doors.registry.counter(
    'loki_distributor_lines_received_total',
    'The total number of lines received.',
  )
  const bytes = doors.registry.counter(
    'loki_distributor_bytes_received_total',
    'The total number of uncompressed bytes received.',
  )
  const waiting = { bytes: 0 }
  return ['/loki/api/v1/push', '/api/prom/push'].map((path) => ({
    methods: ['POST'],
    path,
    permission: 'logs:write',
    bodyBytes: MAX_BODY_BYTES,
    handle: guarded(doors.log, path, async (exchange) => {
      const { batch, room } = await readPush(exchange, doors, path === '/api/prom/push')
      lines.inc(batch.ends.length)
      bytes.inc(batch.bytes.length)
      if (waiting.bytes > 0 && waiting.bytes + batch.bytes.length > MAX_WAITING_BYTES) {
        throw new Problem(
          'unavailable',
          'too many lines of other requests wait for the store: nothing of this request was taken, try again',
        )
      }
      waiting.bytes += batch.bytes.length
      try {
        const outcome = await doors.ingest.push(batch)
        // Of what the store did not answer for it may still hold the lines.
        rooms.give(room)
        return toAnswer(outcome)
      } finally {
        waiting.bytes -= batch.bytes.length
      }
    }),
  }))
}

function toAnswer(outcome: PushOutcome): Answer {
  switch (outcome.kind) {
    case 'stored':
      return { status: 204 }
    case 'invalid':
      return pushError(400, outcome.message)
    case 'limited':
      return pushError(429, outcome.message)
    case 'empty':
      return pushError(422, outcome.message)
    default:
      return outcome satisfies never
  }
}

/** Errors of pushes end with a newline, as Go's `http.Error` writes them. */
function pushError(status: number, message: string): Answer {
  return errorAnswer(status, `${message}\n`)
}

interface Push {
  readonly batch: LogBatch
  /** Where the lines of the batch are. */
  readonly room: Buffer
}

/** A push takes turns with others at the store, for which it need not hold the request that it came in. */
async function readPush(
  { headers, body }: Exchange,
  { decoder }: PushDoors,
  isLegacy: boolean,
): Promise<Push> {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (mediaType === '') throw new Problem('bad_data', 'mime: no media type')
  const plain = await decompress(body, headers['content-encoding'] ?? '')
  const lent = decode(decoder, plain, mediaType, isLegacy)
  const room = rooms.take(lent.bytes.length)
  const bytes = new Uint8Array(room.buffer, room.byteOffset, lent.bytes.length)
  bytes.set(lent.bytes)
  giveBackBody(body)
  return { batch: { ...lent, bytes }, room }
}

function decode(
  decoder: PushDoors['decoder'],
  plain: Uint8Array,
  mediaType: string,
  isLegacy: boolean,
): LogBatch {
  if (mediaType !== 'application/json') return decoder.protobuf(plain)
  return isLegacy ? decoder.legacyJson(plain) : decoder.json(plain)
}

const inflate = { gzip: promisify(gunzip), deflate: promisify(inflateRaw) }

/** Snappy is not undone here: a protobuf push is always packed with it, whether the header says so or not. */
async function decompress(body: Buffer, encoding: string): Promise<Uint8Array> {
  if (encoding === '' || encoding === 'snappy' || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new Problem('bad_data', `Content-Encoding ${JSON.stringify(encoding)} not supported`)
  }
  try {
    return await inflate[encoding](body, { maxOutputLength: MAX_PUSH_BYTES })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `request body too large: loki_push: decompressed size larger than the limit of ${MAX_PUSH_BYTES} bytes`
      throw new HttpFault(413, message)
    }
    throw new Problem('bad_data', `${encoding}: ${messageOf(cause)}`, { cause })
  }
}
