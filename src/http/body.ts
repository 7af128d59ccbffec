import type { IncomingMessage } from 'node:http'
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
  const chunks: Buffer[] = []
  let sizeBytes = 0
  return new Promise((resolve, reject) => {
    const settle = (settleWith: () => void): void => {
      stream.off('data', onData)
      stream.off('end', onEnd)
      stream.off('close', onGone)
      stream.pause()
      settleWith()
    }
    const onData = (chunk: Buffer): void => {
      sizeBytes += chunk.length
      if (sizeBytes > limitBytes) return settle(() => reject(tooLarge(limitBytes)))
      if (!budget.take(chunk.length)) return settle(() => reject(overloaded()))
      onTaken(chunk.length)
      chunks.push(chunk)
    }
    const onEnd = (): void =>
      settle(() =>
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, sizeBytes)),
      )
    const onGone = (): void => settle(() => reject(new ClientGone(sizeBytes)))
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
