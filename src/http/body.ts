import type { IncomingMessage } from 'node:http'
import { SpareBuffers } from '../self/memory/spare-buffers.ts'
import { notePassed } from '../self/young-garbage.ts'
import { HttpFault } from './http-fault.ts'

/**
 * A bound on the bytes of request bodies that a listener holds at the same time: many connections that each send the largest
 * body allowed must not exceed the memory of the program.
 */
export interface BodyBudget {
  /** Takes bytes; false when they do not fit. */
  take(sizeBytes: number): boolean
  give(sizeBytes: number): void
  readonly usedBytes: number
}

export function createBodyBudget(maxBytes: number): BodyBudget {
  let usedBytes = 0
  return {
    take: (sizeBytes) => {
      if (usedBytes + sizeBytes > maxBytes) return false
      usedBytes += sizeBytes
      return true
    },
    give: (sizeBytes) => {
      usedBytes -= sizeBytes
    },
    get usedBytes() {
      return usedBytes
    },
  }
}

/** Room for a whole body is taken by its announced length up to here: what a sender says of itself need not be true. */
const MOST_ROOM_BYTES = 4 * 1024 * 1024
/** What becomes of a body lives until it is stored: looked for as often as garbage of other kinds, all of it would count as old. */
const SEEN_OF_BYTES = 0.25

const rooms = new SpareBuffers({
  largestBytes: MOST_ROOM_BYTES,
  mostBytes: MOST_ROOM_BYTES,
  idleMs: 5000,
})
const roomOf = new WeakMap<Buffer, Buffer>()

/** Nobody holds anything of a body any more: its memory may be another's. It need not be called. */
export function giveBackBody(body: Buffer): void {
  const room = roomOf.get(body)
  if (room === undefined) return
  roomOf.delete(body)
  rooms.give(room)
}

/**
 * Puts the pieces of a body together. Pieces that are copied into their place are garbage at once; kept until the end, they would all be,
 * and the whole body beside them.
 */
class Pieces {
  readonly #announcedBytes: number
  readonly #kept: Buffer[] = []
  #room: Buffer | undefined
  sizeBytes = 0

  constructor(announcedBytes: number) {
    this.#announcedBytes = announcedBytes <= MOST_ROOM_BYTES ? announcedBytes : 0
  }

  add(piece: Buffer): void {
    const end = this.sizeBytes + piece.length
    // A body that comes in one piece is that piece. None is longer than it was announced: the parser sees to it.
    if (end < this.#announcedBytes) this.#room ??= rooms.take(this.#announcedBytes)
    if (this.#room === undefined) this.#kept.push(piece)
    else piece.copy(this.#room, this.sizeBytes)
    notePassed(piece.length * SEEN_OF_BYTES)
    this.sizeBytes = end
  }

  finish(): Buffer {
    const room = this.#room
    if (room !== undefined) {
      const body = room.subarray(0, this.sizeBytes)
      roomOf.set(body, room)
      return body
    }
    const [first] = this.#kept
    return this.#kept.length === 1 && first !== undefined
      ? first
      : Buffer.concat(this.#kept, this.sizeBytes)
  }

  drop(): void {
    if (this.#room !== undefined) rooms.give(this.#room)
    this.#room = undefined
  }
}

/**
 * Reads a body of at most `limitBytes`. Past that it rejects with an `HttpFault` of status 413; when the budget is spent, of
 * status 503, and the sender should come again. A sender that goes away before the end gives a `ClientGone`. The bytes stay taken
 * from the budget: `onTaken` tells how many, each time. What is left of a refused body stays in the stream (drain.ts).
 */
export function readBody(
  stream: IncomingMessage,
  limitBytes: number,
  budget: BodyBudget,
  onTaken: (sizeBytes: number) => void,
): Promise<Buffer> {
  const pieces = new Pieces(Number(stream.headers['content-length'] ?? 0))
  return new Promise((resolve, reject) => {
    const settle = (settleWith: () => void): void => {
      stream.off('data', onData)
      stream.off('end', onEnd)
      stream.off('close', onGone)
      stream.pause()
      settleWith()
    }
    const fail = (fault: Error): void => {
      pieces.drop()
      settle(() => reject(fault))
    }
    const onData = (chunk: Buffer): void => {
      if (pieces.sizeBytes + chunk.length > limitBytes) return fail(tooLarge(limitBytes))
      if (!budget.take(chunk.length)) return fail(overloaded())
      onTaken(chunk.length)
      pieces.add(chunk)
    }
    const onEnd = (): void => settle(() => resolve(pieces.finish()))
    const onGone = (): void => fail(new ClientGone(pieces.sizeBytes))
    stream.on('data', onData)
    stream.on('end', onEnd)
    stream.on('close', onGone)
    // Says nothing that `close` does not; it stays, so that a late one of a drained body is nobody's fault either.
    stream.on('error', () => undefined)
    if (stream.destroyed) onGone()
  })
}

/** The sender of a request went away amid its body: nobody is left to be answered, and nothing here is broken. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'

  constructor(readBytes: number) {
    super(`the client went away after ${readBytes} bytes of its body`)
  }
}

/** Refuses by the announced length, before anything is read. */
export function checkAnnounced(contentLength: string | undefined, limitBytes: number): void {
  if (contentLength !== undefined && Number(contentLength) > limitBytes) throw tooLarge(limitBytes)
}

function tooLarge(limitBytes: number): HttpFault {
  return new HttpFault(413, `request body exceeds the ${limitBytes} bytes limit`, {
    connection: 'close',
  })
}

function overloaded(): HttpFault {
  const reason = 'too many bytes of requests are being received at the same time, try again'
  return new HttpFault(503, reason, { connection: 'close', 'retry-after': '2' })
}
