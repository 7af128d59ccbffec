import type { IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { EngineFault } from './engine-fault.ts'

/** Bytes that a decompressed body may have for each byte received, once it is larger than a mebibyte. */
const largestRatio = 200

/**
 * The bytes of a request after Content-Encoding. A stream that unpacks beyond `limitBytes`, or beyond 200 times what was received,
 * fails with an EngineFault. Throws for an encoding other than gzip and deflate.
 */
export function decodeBody(request: IncomingMessage, limitBytes: number): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') return request
  const unpack = unpackerFor(encoding)
  let received = 0
  let unpacked = 0
  request.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length
      const bomb = unpacked > 1024 * 1024 && unpacked > received * largestRatio
      if (unpacked <= limitBytes && !bomb) return done(null, chunk)
      const reason = bomb
        ? `more than ${largestRatio} times its packed size`
        : `more than ${limitBytes} bytes`
      return done(
        new EngineFault(307, 'TOO_MANY_BYTES', `the request body unpacks to ${reason}`, {
          status: 413,
        }),
      )
    },
  })
  unpack.on('error', (error: Error) => {
    guard.destroy(
      new EngineFault(354, 'ZLIB_INFLATE_FAILED', `the body is not ${encoding}: ${error.message}`, {
        status: 400,
      }),
    )
  })
  request.on('error', (error: Error) => guard.destroy(error))
  request.on('close', () => {
    if (!request.complete) guard.destroy(new Error('the client went away'))
  })
  guard.on('close', () => unpack.destroy())
  return request.pipe(unpack).pipe(guard)
}

function unpackerFor(encoding: string): Transform {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'deflate') return createInflate()
  throw new EngineFault(
    89,
    'UNKNOWN_COMPRESSION_METHOD',
    `Content-Encoding ${encoding}: gzip and deflate are known`,
    {
      status: 400,
    },
  )
}
