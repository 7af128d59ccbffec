import { createGunzip, gunzipSync } from 'node:zlib'
import type { BodyShare } from './body-room.ts'
import { PageBuffer } from './page-buffer.ts'
import { BodySizeFault } from './page-source.ts'

/** Encodings that would otherwise be read as text and give strange faults. */
const COMPRESSIONS: ReadonlySet<string> = new Set(['br', 'compress', 'deflate', 'x-gzip', 'zstd'])

/** Up to this length unpacking at once takes a few milliseconds at most; in a thread it costs four times as much. */
const LARGEST_AT_ONCE_BYTES = 4 * 1024 * 1024
/** So that what fills the room exactly is seen to have ended. */
const SPARE_BYTES = 64
/** What a thread unpacks at a time. */
const PIECE_BYTES = 128 * 1024

/**
 * The bytes of a page by its Content-Encoding. Like Prometheus it asks for gzip and takes nothing else for compressed; so a page
 * that is said to be `utf-8` is read as it is. What is long is unpacked into the room of `share`. Rejects with `BodySizeFault` past `maxBytes`
 * or when there is no room, and with an Error in Go's words.
 */
export async function decompress(
  body: Buffer,
  encoding: string,
  maxBytes: number,
  share: BodyShare,
): Promise<Uint8Array> {
  if (encoding === 'gzip') return unzip(body, maxBytes, share)
  if (COMPRESSIONS.has(encoding.toLowerCase())) {
    throw new Error(
      `unsupported Content-Encoding ${JSON.stringify(encoding)}: only gzip was asked for`,
    )
  }
  return body
}

async function unzip(body: Buffer, maxBytes: number, share: BodyShare): Promise<Buffer> {
  if (body.length === 0) throw new Error('EOF')
  // The last four bytes say how long it will be; whoever lies here is unpacked in a thread.
  const length = body.length < 4 ? 0 : body.readUInt32LE(body.length - 4)
  if (length > LARGEST_AT_ONCE_BYTES) return unzipInThread(body, length, maxBytes, share)
  const room = length + SPARE_BYTES
  try {
    return gunzipSync(body, { maxOutputLength: room, chunkSize: room })
  } catch (thrown) {
    if (!isTooLong(thrown)) throw faultOf(thrown)
    return unzipInThread(body, length, maxBytes, share)
  }
}

/** Piece by piece, so that no more is unpacked than there is room for. */
async function unzipInThread(
  body: Buffer,
  saidBytes: number,
  maxBytes: number,
  share: BodyShare,
): Promise<Buffer> {
  const page = new PageBuffer(share, Math.min(saidBytes, maxBytes))
  const stream = createGunzip({ chunkSize: PIECE_BYTES })
  stream.end(body)
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      if (page.length + piece.length > maxBytes) throw new BodySizeFault()
      await page.add(piece)
    }
  } catch (thrown) {
    throw thrown instanceof BodySizeFault ? thrown : faultOf(thrown)
  }
  return page.finish()
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
