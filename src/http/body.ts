import type { Readable } from 'node:stream'
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
 * status 503, and the sender should come again. The bytes stay taken from the budget: `onTaken` tells how many, each time.
 */
export async function readBody(
  stream: Readable,
  limitBytes: number,
  budget: BodyBudget,
  onTaken: (sizeBytes: number) => void,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    sizeBytes += bytes.length
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes)
    if (!budget.take(bytes.length)) throw overloaded()
    onTaken(bytes.length)
    chunks.push(bytes)
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, sizeBytes)
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
