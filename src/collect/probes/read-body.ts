import type { Readable } from 'node:stream'
import zlib from 'node:zlib'
import type { HttpProbe } from './http-module.ts'

export interface ReadBody {
  /** Uncompressed. */
  readonly sizeBytes: number
  /** Empty unless the text is wanted. */
  readonly text: string
  /** Why it could not be read to its end. */
  readonly fault: string | undefined
}

/** Reads the body of an answer, uncompressed as the module says; what was read before a fault counts. */
export async function readBody(
  body: Readable,
  probe: Pick<HttpProbe, 'compression' | 'bodySizeLimitBytes'>,
  wantsText: boolean,
): Promise<ReadBody> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  let fault: string | undefined
  try {
    for await (const chunk of decompressed(body, probe.compression)) {
      const bytes: unknown = chunk
      if (!Buffer.isBuffer(bytes)) continue
      const room = probe.bodySizeLimitBytes - sizeBytes
      sizeBytes += Math.min(bytes.length, room)
      if (wantsText) chunks.push(bytes.subarray(0, room))
      if (bytes.length <= room) continue
      fault = `the body is larger than ${probe.bodySizeLimitBytes} bytes (body_size_limit)`
      break
    }
  } catch (thrown) {
    fault = `the body cannot be read: ${thrown instanceof Error ? thrown.message : ''}`
  }
  return { sizeBytes, text: Buffer.concat(chunks).toString('utf8'), fault }
}

function decompressed(body: Readable, compression: HttpProbe['compression']): Readable {
  const through = decoderOf(compression)
  if (through === undefined) return body
  body.on('error', (error) => through.destroy(error))
  return body.pipe(through)
}

function decoderOf(
  compression: HttpProbe['compression'],
): ReturnType<typeof zlib.createGunzip> | undefined {
  switch (compression) {
    case undefined:
    case 'identity':
      return undefined
    case 'gzip':
      return zlib.createGunzip()
    case 'deflate':
      // As the original does: without the header that zlib would put before it.
      return zlib.createInflateRaw()
    case 'br':
      return zlib.createBrotliDecompress()
    default:
      return compression satisfies never
  }
}
