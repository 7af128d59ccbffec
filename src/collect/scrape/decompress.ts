import { gunzip, gunzipSync } from 'node:zlib'
import { BodySizeFault } from './page-source.ts'

/** Encodings that would otherwise be read as text and give strange faults. */
const COMPRESSIONS: ReadonlySet<string> = new Set(['br', 'compress', 'deflate', 'x-gzip', 'zstd'])

/** Up to this length unpacking at once takes a few milliseconds at most; in a thread it costs four times as much. */
const LARGEST_AT_ONCE_BYTES = 4 * 1024 * 1024
/** So that what fills the room exactly is seen to have ended. */
const SPARE_BYTES = 64

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

function unzip(body: Buffer, maxBytes: number): Buffer | Promise<Buffer> {
  if (body.length === 0) throw new Error('EOF')
  // The last four bytes say how long it will be; whoever lies here is unpacked in a thread.
  const length = body.length < 4 ? 0 : body.readUInt32LE(body.length - 4)
  if (length <= LARGEST_AT_ONCE_BYTES) {
    const room = length + SPARE_BYTES
    try {
      return gunzipSync(body, { maxOutputLength: room, chunkSize: room })
    } catch (thrown) {
      if (!isTooLong(thrown)) throw faultOf(thrown)
    }
  }
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: Math.max(1, maxBytes) }, (error, result) => {
      if (error === null) resolve(result)
      else reject(isTooLong(error) ? new BodySizeFault() : faultOf(error))
    })
  })
}

function isTooLong(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE'
}

function faultOf(thrown: unknown): Error {
  const message = thrown instanceof Error ? thrown.message : ''
  const words =
    message === 'unexpected end of file'
      ? 'unexpected EOF'
      : message === 'incorrect header check'
        ? 'gzip: invalid header'
        : message === 'incorrect data check' || message === 'incorrect length check'
          ? 'gzip: invalid checksum'
          : `flate: corrupt input: ${message}`
  return new Error(words, { cause: thrown })
}
