import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** A sender that has not read its refusal by then is left to itself. */
const DRAIN_MS = 5_000
/** Twice the largest body that any door takes: whoever sends more is not going to stop. */
const DRAIN_BYTES = 64 * 1024 * 1024

/**
 * The text of an answer to a request whose body was not read. A connection that is closed while bytes are still coming in is reset,
 * and a reset takes the answer away from a sender that is amid its body. So the text, whose length the headers tell, is sent at
 * once, and the connection ends only when the sender has ended, for a bounded time and number of bytes (Go's net/http does this
 * with what is left of a body, and waits before it closes).
 */
export function answerAndDrain(text: Buffer, request: IncomingMessage): Readable {
  return Readable.from(
    (async function* () {
      yield text
      await drain(request)
    })(),
    { objectMode: false },
  )
}

/** Throws away what still comes; resolves at the end of the body, when the sender goes away, or at a bound. */
function drain(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    let drainedBytes = 0
    const finish = (): void => {
      clearTimeout(timer)
      request.off('data', onData)
      request.off('end', finish)
      request.off('close', finish)
      resolve()
    }
    const onData = (chunk: Buffer): void => {
      drainedBytes += chunk.length
      if (drainedBytes > DRAIN_BYTES) finish()
    }
    const timer = setTimeout(finish, DRAIN_MS)
    request.on('data', onData)
    request.on('end', finish)
    request.on('close', finish)
    request.resume()
  })
}
