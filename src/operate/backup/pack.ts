import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import { isPackHeader, type PackHeader } from './pack-header.ts'

const READ_BYTES = 1024 * 1024
/** More is no header of ours. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024

/** A file that goes into a pack, wherever it is. */
export interface PackSource {
  /** Relative, with `/`. */
  readonly name: string
  readonly size: number
  /** Permissions. */
  readonly mode: number
  readonly read: () => AsyncIterable<Uint8Array>
}

/** Files of one folder that are kept as one object, such as those of a part of a table. */
export interface Pack {
  readonly header: PackHeader
  readonly sizeBytes: number
  readonly body: AsyncIterable<Uint8Array>
}

/** A file of a folder. */
export async function sourceOfFile(folder: string, name: string): Promise<PackSource> {
  const file = path.join(folder, name)
  const { size, mode } = await stat(file)
  // A file that grows while it is read is taken as far as it went; one that shrinks cannot be taken.
  const read = (): AsyncIterable<Uint8Array> =>
    createReadStream(file, { end: size - 1, highWaterMark: READ_BYTES })
  return { name, size, mode: mode & 0o777, read }
}

/** A small file of our own. */
export function sourceOfText(name: string, text: string): PackSource {
  const bytes = Buffer.from(text)
  return { name, size: bytes.length, mode: 0o640, read: () => only(bytes) }
}

/** Packs files of a folder. Names are relative, with `/`. */
export async function packFiles(folder: string, names: readonly string[]): Promise<Pack> {
  return packSources(await Promise.all(names.map((name) => sourceOfFile(folder, name))))
}

/** A header of JSON behind its length, then the content of each file. */
export function packSources(sources: readonly PackSource[]): Pack {
  const header: PackHeader = {
    files: sources.map(({ name, size, mode }) => ({ name, size, mode })),
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  const sizeBytes = 4 + text.length + sources.reduce((sum, { size }) => sum + size, 0)
  return { header, sizeBytes, body: bodyOf(sources, Buffer.concat([length, text])) }
}

async function* bodyOf(sources: readonly PackSource[], head: Buffer): AsyncGenerator<Uint8Array> {
  yield head
  for (const { name, size, read } of sources) {
    let done = 0
    if (size === 0) continue
    for await (const chunk of read()) {
      done += chunk.length
      yield chunk
    }
    if (done !== size)
      throw new Problem('unavailable', `${name} had ${done} bytes when it was read, not ${size}`)
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** The same bytes, whose SHA-256 is known at the end. */
export function hashed(body: AsyncIterable<Uint8Array>): {
  readonly body: AsyncIterable<Uint8Array>
  /** Of what has gone by. */
  digest(): string
} {
  const hash = createHash('sha256')
  return {
    body: (async function* () {
      for await (const chunk of body) {
        hash.update(chunk)
        yield chunk
      }
    })(),
    digest: () => hash.copy().digest('hex'),
  }
}

/** Writes the files of a pack below a folder. Rejects with a `Problem` for what is no pack. */
export async function unpackFiles(body: AsyncIterable<Uint8Array>, folder: string): Promise<void> {
  const reader = new PackReader(body)
  const headerBytes = (await reader.take(4)).readUInt32BE()
  if (headerBytes > MAX_HEADER_BYTES) throw broken('its header is too long')
  const header: unknown = JSON.parse((await reader.take(headerBytes)).toString())
  if (!isPackHeader(header)) throw broken('its header names no files')
  for (const { name, size, mode } of header.files) {
    const file = path.join(folder, name)
    if (!file.startsWith(`${path.resolve(folder)}${path.sep}`))
      throw broken(`${name} leads out of it`)
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(file, 'w', mode)
    try {
      for (let left = size; left > 0;) {
        const chunk = await reader.some(left)
        await handle.writeFile(chunk)
        left -= chunk.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  if (!(await reader.isAtEnd())) throw broken('there is more in it than its header says')
}

function broken(reason: string): Problem {
  return new Problem('bad_data', `it is damaged: ${reason}`)
}

/** Takes bytes from a body in the amounts that are asked for. */
class PackReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]()
  }

  /** At least a byte and at most `most`. */
  async some(most: number): Promise<Uint8Array> {
    if (!(await this.#fill())) throw broken('it ends too early')
    const part = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }

  async take(wanted: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    for (let left = wanted; left > 0;) {
      const part = await this.some(left)
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }

  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill())
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      this.#rest = next.value
    }
    return true
  }
}
