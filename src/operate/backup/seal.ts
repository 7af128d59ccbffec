import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  scrypt,
} from 'node:crypto'
import { promisify } from 'node:util'
import { Problem } from '../../model/problem.ts'

/** Bytes of content in a frame; each frame is sealed by itself, so that nothing unproven is ever handed on. */
const FRAME_BYTES = 1024 * 1024
const TAG_BYTES = 16
const NONCE_BYTES = 12
/** scrypt with 64 MiB: half a second for who knows the passphrase, years for who tries them all. */
const SCRYPT = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 } as const

const MIN_PASSPHRASE_LENGTH = 12

/** What is wrong with a passphrase; undefined when nothing is. */
export function passphraseFault(passphrase: string): string | undefined {
  return passphrase.length < MIN_PASSPHRASE_LENGTH
    ? `has fewer than ${MIN_PASSPHRASE_LENGTH} characters`
    : undefined
}

/** What stands in the open of an encrypted target. */
export interface SealHeader {
  readonly salt: string
  /** Proves a passphrase before anything is read with it. */
  readonly check: string
}

/** Encrypts and names what is written; without a passphrase it is written as it is. */
export interface Seal {
  readonly header: SealHeader | undefined
  /** A name that tells nothing of what it is made of to who has no key. */
  idOf(text: string): string
  /** How long something of so many bytes becomes. */
  sealedSize(sizeBytes: number): number
  seal(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Rejects with a `Problem` when anything of it was changed, or is missing. */
  open(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}

export function noSeal(): Seal {
  return {
    header: undefined,
    idOf: (text) => createHmac('sha256', 'vedette').update(text).digest('hex'),
    sealedSize: (sizeBytes) => sizeBytes,
    seal: (body) => body,
    open: (body) => body,
  }
}

/** The seal of a passphrase: a new one without `header`, else that of the target. Rejects with a `Problem` for a wrong one. */
export async function sealWith(passphrase: string, header?: SealHeader): Promise<Seal> {
  const salt = header === undefined ? randomBytes(16) : Buffer.from(header.salt, 'base64')
  const derive: (secret: string, salt: Buffer, size: number, options: object) => Promise<unknown> =
    promisify(scrypt)
  const root = await derive(passphrase, salt, 32, SCRYPT)
  if (!Buffer.isBuffer(root)) throw new TypeError('scrypt gave no bytes')
  const key = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', root, '', purpose, 32))
  const check = key('vedette backup check').toString('base64')
  if (header !== undefined && header.check !== check) {
    throw new Problem('forbidden', 'the passphrase is not the one of these backups')
  }
  const [content, names] = [key('vedette backup content'), key('vedette backup names')]
  return {
    header: { salt: salt.toString('base64'), check },
    idOf: (text) => createHmac('sha256', names).update(text).digest('hex'),
    sealedSize,
    seal: (body) => sealFrames(body, content),
    open: (body) => openFrames(body, content),
  }
}

function sealedSize(sizeBytes: number): number {
  const frames = Math.floor(sizeBytes / FRAME_BYTES) + 1
  return NONCE_BYTES + sizeBytes + frames * TAG_BYTES
}

/**
 * A random nonce for the whole, whose last four bytes count the frames. The last frame is shorter than the others (perhaps empty),
 * and its count has the highest bit set: one that was cut off at the end of a frame does not open.
 */
async function* sealFrames(
  body: AsyncIterable<Uint8Array>,
  key: Buffer,
): AsyncGenerator<Uint8Array> {
  const nonce = randomBytes(NONCE_BYTES)
  yield nonce
  let count = 0
  for await (const { frame, isLast } of framesOf(body, FRAME_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(nonce, count++, isLast))
    yield Buffer.concat([cipher.update(frame), cipher.final(), cipher.getAuthTag()])
  }
}

async function* openFrames(
  body: AsyncIterable<Uint8Array>,
  key: Buffer,
): AsyncGenerator<Uint8Array> {
  let nonce: Buffer | undefined
  let count = 0
  for await (const { frame, isLast } of framesOf(body, FRAME_BYTES + TAG_BYTES, NONCE_BYTES)) {
    if (nonce === undefined) {
      nonce = Buffer.from(frame)
      continue
    }
    const at = frame.length - TAG_BYTES
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(nonce, count++, isLast))
      decipher.setAuthTag(frame.subarray(Math.max(0, at)))
      yield Buffer.concat([decipher.update(frame.subarray(0, Math.max(0, at))), decipher.final()])
    } catch (thrown) {
      throw new Problem('bad_data', 'it was changed or cut off: its seal is broken', {
        cause: thrown,
      })
    }
  }
}

function nonceOf(nonce: Buffer, count: number, isLast: boolean): Buffer {
  const own = Buffer.from(nonce)
  own.writeUInt32BE((own.readUInt32BE(8) ^ (count + (isLast ? 0x80_00_00_00 : 0))) >>> 0, 8)
  return own
}

interface Frame {
  readonly frame: Uint8Array
  /** It is shorter than a whole one. */
  readonly isLast: boolean
}

/** Cuts bytes into frames, the first of `firstBytes` where that is given; the last one is shorter than a frame, if need be empty. */
async function* framesOf(
  body: AsyncIterable<Uint8Array>,
  frameBytes: number,
  firstBytes = 0,
): AsyncGenerator<Frame> {
  let wanted = firstBytes === 0 ? frameBytes : firstBytes
  let held: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    let rest = chunk
    while (length + rest.length >= wanted) {
      const part = rest.subarray(0, wanted - length)
      yield { frame: Buffer.concat([...held, part]), isLast: false }
      rest = rest.subarray(part.length)
      held = []
      length = 0
      wanted = frameBytes
    }
    if (rest.length > 0) {
      held.push(Buffer.from(rest))
      length += rest.length
    }
  }
  yield { frame: Buffer.concat(held, length), isLast: true }
}
