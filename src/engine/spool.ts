import { randomUUID } from 'node:crypto'
import { statfsSync, writeFileSync } from 'node:fs'
import { mkdir, open, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineFault } from './engine-fault.ts'
import { emptyFolder, openMemoryFolder, removeDeadFolders } from './memory-folder.ts'

const mebibyte = 1024 * 1024
/** Rows up to this size are collected and written at once into memory; more goes to the data directory as it arrives. */
const collectedBytes = 4 * mebibyte
/** What must stay free in the memory-backed folder (Docker gives /dev/shm 64 MB). */
const memoryReserveBytes = 24 * mebibyte

export interface SpoolOptions {
  /** A folder of the data directory, made when it is missing. */
  readonly diskFolder: string
  /** A memory-backed file system, or undefined for none. */
  readonly memoryRoot: string | undefined
  /** Bytes of one body, decompressed. */
  readonly bodyBytes: number
  /** Bytes of all bodies together. */
  readonly totalBytes: number
}

/** The rows of one request, on their way from the socket to the engine. */
export interface SpooledBody {
  readonly path: string
  readonly sizeBytes: number
  remove(): Promise<void>
}

/** Keeps request bodies in files, because chDB can take binary rows from nowhere else without harm. */
export class Spool {
  readonly #options: SpoolOptions
  readonly #memoryFolder: string | undefined
  #heldBytes = 0

  private constructor(options: SpoolOptions, memoryFolder: string | undefined) {
    this.#options = options
    this.#memoryFolder = memoryFolder
  }

  /** Opens the spool and removes what an earlier process left in it. */
  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.diskFolder, { recursive: true, mode: 0o700 })
    await emptyFolder(options.diskFolder)
    const { memoryRoot, diskFolder } = options
    if (memoryRoot === undefined) return new Spool(options, undefined)
    await removeDeadFolders(memoryRoot)
    return new Spool(options, await openMemoryFolder(memoryRoot, diskFolder))
  }

  /** Bytes of all bodies held now. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Reads `head` and then all of `rest` into a file. Throws an EngineFault when a bound is passed. */
  async store(head: Buffer, rest: AsyncIterator<Buffer>): Promise<SpooledBody> {
    const held = new HeldBytes((bytes) => this.#hold(bytes))
    try {
      return await this.#store(head, rest, held)
    } catch (thrown) {
      held.release()
      throw thrown
    }
  }

  /** Removes the spool's files, at the end of the process. */
  async close(): Promise<void> {
    await emptyFolder(this.#options.diskFolder)
    if (this.#memoryFolder !== undefined)
      await rm(this.#memoryFolder, { recursive: true, force: true })
  }

  async #store(head: Buffer, rest: AsyncIterator<Buffer>, held: HeldBytes): Promise<SpooledBody> {
    const chunks = [head]
    let size = head.length
    held.add(size)
    while (size <= collectedBytes) {
      const step = await rest.next()
      if (step.done === true) return this.#keepCollected(Buffer.concat(chunks, size), held)
      const chunk = step.value
      size += chunk.length
      this.#checkSize(size)
      held.add(chunk.length)
      chunks.push(chunk)
    }
    return this.#keepStreamed(chunks, rest, held)
  }

  #keepCollected(body: Buffer, held: HeldBytes): SpooledBody {
    const name = randomUUID()
    let path = join(this.#folderFor(body.length), name)
    try {
      writeFileSync(path, body, { mode: 0o600 })
    } catch (thrown) {
      // Memory may have filled up since, and who cleans such file systems may have taken the folder.
      if (path.startsWith(this.#options.diskFolder)) throw thrown
      path = join(this.#options.diskFolder, name)
      writeFileSync(path, body, { mode: 0o600 })
    }
    return this.#body(path, body.length, held)
  }

  async #keepStreamed(
    chunks: Buffer[],
    rest: AsyncIterator<Buffer>,
    held: HeldBytes,
  ): Promise<SpooledBody> {
    const path = join(this.#options.diskFolder, randomUUID())
    // Not a stream: that tells faults of the disk by events, also while nobody waits for one, which would end the process.
    const file = await open(path, 'wx', 0o600)
    let size = 0
    const write = async (chunk: Buffer): Promise<void> => {
      size += chunk.length
      this.#checkSize(size)
      await file.appendFile(chunk)
    }
    try {
      for (const chunk of chunks) await write(chunk)
      chunks.length = 0
      for (let step = await rest.next(); step.done !== true; step = await rest.next()) {
        held.add(step.value.length)
        await write(step.value)
      }
      await file.close()
    } catch (thrown) {
      await file.close().catch(() => undefined)
      await unlink(path).catch(() => undefined)
      throw thrown
    }
    return this.#body(path, size, held)
  }

  #body(path: string, sizeBytes: number, held: HeldBytes): SpooledBody {
    const remove = async (): Promise<void> => {
      held.release()
      await unlink(path).catch(() => undefined)
    }
    return { path, sizeBytes, remove }
  }

  #folderFor(sizeBytes: number): string {
    const memory = this.#memoryFolder
    if (memory === undefined) return this.#options.diskFolder
    const free = freeBytesOf(memory)
    return free - sizeBytes > memoryReserveBytes ? memory : this.#options.diskFolder
  }

  #checkSize(sizeBytes: number): void {
    const { bodyBytes } = this.#options
    if (sizeBytes > bodyBytes) {
      throw new EngineFault(307, 'TOO_MANY_BYTES', `the request body exceeds ${bodyBytes} bytes`, {
        status: 413,
      })
    }
  }

  #hold(bytes: number): void {
    const { totalBytes } = this.#options
    if (bytes > 0 && this.#heldBytes + bytes > totalBytes) {
      throw new EngineFault(
        202,
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `bodies of ${this.#heldBytes} bytes wait to be inserted already, more than ${totalBytes} are not taken`,
        { retryAfterSeconds: 1 },
      )
    }
    this.#heldBytes += bytes
  }
}

/** Counts what one body holds, so that it is given back exactly once. */
class HeldBytes {
  readonly #hold: (bytes: number) => void
  #bytes = 0

  constructor(hold: (bytes: number) => void) {
    this.#hold = hold
  }

  add(bytes: number): void {
    this.#hold(bytes)
    this.#bytes += bytes
  }

  release(): void {
    this.#hold(-this.#bytes)
    this.#bytes = 0
  }
}

function freeBytesOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return 0
  }
}
