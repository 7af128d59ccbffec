import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { constants, createGzip, gzip, type ZlibOptions } from 'node:zlib'
import type { FastifyReply } from 'fastify'

/** What a handler answers. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number
  /** Default: none, for an answer without a body. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Pieces are pulled as fast as the client takes them. */
  readonly body?: string | Uint8Array | Pieces | LatePieces
}

/** A body whose pieces come when they come; each is sent at once. Closing it early calls `return`. */
export type LatePieces = AsyncGenerator<string, void, undefined>

/** A body that is made while it is sent. Closing it early (the client went away) calls `return`. */
export type Pieces = Iterator<string, void, undefined>

/** Smaller bodies are not worth compressing. */
const MIN_GZIP_BYTES = 1024

/** Level 1 takes a third of the time of the default level and leaves JSON about a fifth larger. */
const GZIP = { level: constants.Z_BEST_SPEED }

/** What is packed does not wait for more. */
const SENT_AT_ONCE = { ...GZIP, flush: constants.Z_SYNC_FLUSH }

/** Making pieces yields to others after this long. */
const SLICE_MS = 15

/** Sends an answer; compressed when it is large enough, the client accepts gzip, and it is not compressed already. */
export async function sendAnswer(reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  reply.code(answer.status ?? 200)
  if (answer.contentType !== undefined) reply.header('content-type', answer.contentType)
  if (answer.headers) reply.headers(answer.headers)
  const { body } = answer
  if (body === undefined) return reply.send()
  if (typeof body === 'string') return sendWhole(reply, Buffer.from(body))
  if (body instanceof Uint8Array) {
    return sendWhole(reply, Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  }
  if (Symbol.asyncIterator in body) return sendPieces(reply, encoded(body), SENT_AT_ONCE)
  const first = body.next()
  if (first.done === true) return sendWhole(reply, Buffer.alloc(0))
  const second = body.next()
  if (second.done === true) return sendWhole(reply, Buffer.from(first.value))
  return sendPieces(reply, paced([first.value, second.value], body))
}

async function sendWhole(reply: FastifyReply, body: Buffer): Promise<FastifyReply> {
  if (body.length < MIN_GZIP_BYTES || reply.hasHeader('content-encoding')) return reply.send(body)
  reply.header('vary', 'Accept-Encoding')
  if (!acceptsGzip(reply.request.headers['accept-encoding'])) return reply.send(body)
  const packed = await new Promise<Buffer>((resolve, reject) => {
    gzip(body, GZIP, (error, result) => (error === null ? resolve(result) : reject(error)))
  })
  reply.header('content-encoding', 'gzip')
  return reply.send(packed)
}

function sendPieces(
  reply: FastifyReply,
  pieces: AsyncGenerator<Buffer>,
  options: ZlibOptions = GZIP,
): FastifyReply {
  reply.header('vary', 'Accept-Encoding')
  const source = Readable.from(pieces, { objectMode: false })
  if (!acceptsGzip(reply.request.headers['accept-encoding'])) return reply.send(source)
  reply.header('content-encoding', 'gzip')
  const packed = createGzip(options)
  // Each end destroys the other, and the reply destroys `packed` when the client goes away: nothing is left to report.
  pipeline(source, packed).catch(() => undefined)
  return reply.send(packed)
}

async function* encoded(pieces: LatePieces): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece)
}

async function* paced(ready: readonly string[], rest: Pieces): AsyncGenerator<Buffer> {
  try {
    for (const piece of ready) yield Buffer.from(piece)
    let sliceStartMs = performance.now()
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      yield Buffer.from(next.value)
      if (performance.now() - sliceStartMs < SLICE_MS) continue
      await nextTurn()
      sliceStartMs = performance.now()
    }
  } finally {
    rest.return?.()
  }
}

/** True when `Accept-Encoding` names gzip, or everything, with a quality above 0. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  if (header === undefined) return false
  const text = typeof header === 'string' ? header : header.join(',')
  if (text === 'gzip') return true
  let any = false
  for (const item of text.split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const isAccepted = !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
    if (name === 'gzip' || name === 'x-gzip') return isAccepted
    if (name === '*') any = isAccepted
  }
  return any
}
