import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { messageOf, Problem } from '../model/problem.ts'

/** Of a body, decompressed. */
const MAX_PLAIN_BYTES = 64 * 1024 * 1024

const unpack = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  raw: promisify(inflateRaw),
}

/** A body without its `Content-Encoding`. Rejects with a `Problem`: what cannot be read, or is too large. */
export async function decompress(body: Buffer, encoding: string): Promise<Uint8Array> {
  if (encoding === '' || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    const shown = JSON.stringify(encoding.slice(0, 100))
    throw new Problem('bad_data', `Content-Encoding ${shown} not supported: gzip and deflate are`)
  }
  const form = encoding === 'deflate' && !hasZlibHeader(body) ? 'raw' : encoding
  try {
    return await unpack[form](body, { maxOutputLength: MAX_PLAIN_BYTES })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `the request is larger than ${MAX_PLAIN_BYTES} bytes when it is decompressed`
      throw new Problem('limit', message)
    }
    throw new Problem('bad_data', `${encoding}: ${messageOf(cause)}`, { cause })
  }
}

/** `deflate` means zlib's form (RFC 9110), but some senders leave its header away. */
function hasZlibHeader(body: Buffer): boolean {
  const [first = 0, second = 0] = body
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
}
