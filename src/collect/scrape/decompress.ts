import { gunzip } from 'node:zlib'
import { BodySizeFault } from './page-source.ts'

/** Encodings that would otherwise be read as text and give strange faults. */
const COMPRESSIONS: ReadonlySet<string> = new Set(['br', 'compress', 'deflate', 'x-gzip', 'zstd'])

/**
 * The bytes of a page by its Content-Encoding. Like Prometheus it asks for gzip and takes nothing else for compressed; so a page
 * that is said to be `utf-8` is read as it is. Rejects with `BodySizeFault` past `maxBytes`, and with an Error in Go's words.
 */
export async function decompress(
  body: Buffer,
  encoding: string,
  maxBytes: number,
): Promise<Uint8Array> {
  if (encoding === 'gzip') return unzip(body, maxBytes)
  if (COMPRESSIONS.has(encoding.toLowerCase())) {
    throw new Error(
      `unsupported Content-Encoding ${JSON.stringify(encoding)}: only gzip was asked for`,
    )
  }
  return body
}

function unzip(body: Buffer, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (body.length === 0) {
      reject(new Error('EOF'))
      return
    }
    gunzip(body, { maxOutputLength: Math.max(1, maxBytes) }, (error, result) => {
      if (error === null) resolve(result)
      else reject(faultOf(error))
    })
  })
}

function faultOf(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return new BodySizeFault()
  if (error.code === 'Z_BUF_ERROR') return new Error('unexpected EOF', { cause: error })
  if (error.message === 'incorrect header check')
    return new Error('gzip: invalid header', { cause: error })
  if (error.message === 'incorrect data check')
    return new Error('gzip: invalid checksum', { cause: error })
  return new Error(`flate: corrupt input: ${error.message}`, { cause: error })
}
