import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { messageOf, Problem } from '../model/problem.ts'
import { HttpFault } from './http-fault.ts'
import { unpackZstd } from './zstd.ts'

/** Of a body, decompressed. */
const MAX_PLAIN_BYTES = 64 * 1024 * 1024

const unpack = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  raw: promisify(inflateRaw),
}

/**
 * A body without its `Content-Encoding`. Rejects with an `HttpFault` of status 415 where that is none of ours (zstd is one where Node
 * has it), or with a `Problem`: what cannot be read, or is too large.
 */
export async function decompress(body: Buffer, encoding: string): Promise<Uint8Array> {
  if (encoding === '' || encoding === 'identity') return body
  const undo = unpackOf(body, encoding)
  if (undo === undefined) {
    const shown = JSON.stringify(encoding.slice(0, 100))
    const allowed = unpackZstd === undefined ? 'gzip and deflate' : 'gzip, deflate and zstd'
    throw new HttpFault(415, `Content-Encoding ${shown} not supported: ${allowed} are`)
  }
  try {
    return await undo(body, { maxOutputLength: MAX_PLAIN_BYTES })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `the request is larger than ${MAX_PLAIN_BYTES} bytes when it is decompressed`
      throw new Problem('limit', message)
    }
    throw new Problem('bad_data', `${encoding}: ${messageOf(cause)}`, { cause })
  }
}

function unpackOf(body: Buffer, encoding: string) {
  switch (encoding) {
    case 'gzip':
      return unpack.gzip
    case 'deflate':
      return hasZlibHeader(body) ? unpack.deflate : unpack.raw
    case 'zstd':
      return unpackZstd
    default:
      return undefined
  }
}

/** `deflate` means zlib's form (RFC 9110), but some senders leave its header away. */
function hasZlibHeader(body: Buffer): boolean {
  const [first = 0, second = 0] = body
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
}
