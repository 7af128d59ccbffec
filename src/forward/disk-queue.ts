import {
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'

export interface DiskQueueOptions {
  /** The folder of this queue alone. */
  readonly folder: string
  readonly maxBytes: number
  readonly maxRecords: number
}

/** A record that waits, with where it lies. */
export interface QueuedRecord {
  readonly bytes: Uint8Array
  readonly segment: number
  /** Where the next record begins. */
  readonly end: number
}

interface Segment {
  readonly number: number
  sizeBytes: number
  records: number
}

/** A segment that is this large gets no more records. */
const SEGMENT_BYTES = 8 * 1024 * 1024
/** Length and checksum before each record. */
const HEADER_BYTES = 8
const SEGMENT_NAME = /^([0-9]{10})\.queue$/

/**
 * Records on disk, first in, first out, within bounds. `push` resolves once the record is synced to disk; what was read and not taken
 * away with `done` is there again after a crash, so that a record is read at least once. Of a file that broke off in a record, the records
 * before it are kept.
 */
export class DiskQueue {
  readonly #options: DiskQueueOptions
  #segments: Segment[] = []
  #handle: FileHandle | undefined
  /** Of the first segment: what of it is done. */
  #doneBytes = 0
  #doneRecords = 0
  #working: Promise<unknown> = Promise.resolve()
  #onPush: (() => void) | undefined

  private constructor(options: DiskQueueOptions) {
    this.#options = options
  }

  /** Opens the queue with what is left in its folder. Rejects when the folder cannot be used. */
  static async open(options: DiskQueueOptions): Promise<DiskQueue> {
    const queue = new DiskQueue(options)
    await queue.#load()
    return queue
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - this.#doneBytes
  }

  get records(): number {
    return this.#segments.reduce((sum, { records }) => sum + records, 0) - this.#doneRecords
  }

  /** Resolves to false when the queue is full: then nothing was taken. */
  push(bytes: Uint8Array): Promise<boolean> {
    return this.#inTurn(async () => {
      const needed = bytes.length + HEADER_BYTES
      const isFull =
        this.sizeBytes + needed > this.#options.maxBytes || this.records >= this.#options.maxRecords
      if (isFull) return false
      const segment = await this.#segmentFor()
      const header = new DataView(new ArrayBuffer(HEADER_BYTES))
      header.setUint32(0, bytes.length)
      header.setUint32(4, crc32(bytes))
      await this.#append(segment, Buffer.concat([new Uint8Array(header.buffer), bytes]))
      segment.sizeBytes += needed
      segment.records++
      this.#onPush?.()
      return true
    })
  }

  /** Writes a whole record, or leaves nothing of it: on a full disk a part of it would stand before the next one. */
  async #append(segment: Segment, record: Uint8Array): Promise<void> {
    const handle = this.#handle
    if (handle === undefined) throw new Error('the queue is closed')
    try {
      await handle.appendFile(record)
      await handle.datasync()
    } catch (thrown) {
      await handle.truncate(segment.sizeBytes)
      throw thrown
    }
  }

  /** The oldest record; undefined when there is none. The same again until `done`. */
  peek(): Promise<QueuedRecord | undefined> {
    return this.#inTurn(async () => {
      const [first] = this.#segments
      if (first === undefined || this.#doneBytes >= first.sizeBytes) return undefined
      const file = await open(this.#fileOf(first.number), 'r')
      try {
        const header = Buffer.alloc(HEADER_BYTES)
        await file.read(header, 0, HEADER_BYTES, this.#doneBytes)
        const bytes = Buffer.alloc(header.readUInt32BE(0))
        await file.read(bytes, 0, bytes.length, this.#doneBytes + HEADER_BYTES)
        const end = this.#doneBytes + HEADER_BYTES + bytes.length
        return { bytes, segment: first.number, end }
      } finally {
        await file.close()
      }
    })
  }

  /** Takes the record that `peek` gave away. */
  done({ segment, end }: QueuedRecord): Promise<void> {
    return this.#inTurn(async () => {
      const [first] = this.#segments
      if (first?.number !== segment) return
      this.#doneBytes = end
      this.#doneRecords++
      if (end < first.sizeBytes) {
        await writeFile(this.#markFile(), `${segment} ${end} ${this.#doneRecords}`)
        return
      }
      await this.#handle?.close()
      this.#handle = undefined
      this.#segments.shift()
      this.#doneBytes = this.#doneRecords = 0
      await rm(this.#fileOf(segment), { force: true })
    })
  }

  /** Calls `listener` whenever a record came. */
  onPush(listener: () => void): void {
    this.#onPush = listener
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#handle?.close()
      this.#handle = undefined
    })
  }

  async #load(): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const numbers = (await readdir(folder))
      .flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    for (const number of numbers) {
      const segment = await this.#readSegment(number)
      if (segment.records === 0) await rm(this.#fileOf(number), { force: true })
      else this.#segments.push(segment)
    }
    const mark = await readFile(this.#markFile(), 'utf8').catch(() => '')
    const [segment, end, records] = mark.split(' ').map(Number)
    const [first] = this.#segments
    if (first === undefined || first.number !== segment || end === undefined) return
    if (end < first.sizeBytes) {
      this.#doneBytes = end
      this.#doneRecords = records ?? 0
      return
    }
    this.#segments.shift()
    await rm(this.#fileOf(first.number), { force: true })
  }

  /** What of a segment is whole; the rest of the file is cut off. */
  async #readSegment(number: number): Promise<Segment> {
    const file = this.#fileOf(number)
    const bytes = await readFile(file)
    let sizeBytes = 0
    let records = 0
    while (sizeBytes + HEADER_BYTES <= bytes.length) {
      const start = sizeBytes + HEADER_BYTES
      const end = start + bytes.readUInt32BE(sizeBytes)
      if (end > bytes.length) break
      if (crc32(bytes.subarray(start, end)) !== bytes.readUInt32BE(sizeBytes + 4)) break
      sizeBytes = end
      records++
    }
    if (sizeBytes < (await stat(file)).size) await truncate(file, sizeBytes)
    return { number, sizeBytes, records }
  }

  async #segmentFor(): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (last !== undefined && last.sizeBytes < SEGMENT_BYTES) {
      this.#handle ??= await open(this.#fileOf(last.number), 'a', 0o600)
      return last
    }
    await this.#handle?.close()
    const number = (last?.number ?? Date.now() % 1_000_000_000) + 1
    const segment: Segment = { number, sizeBytes: 0, records: 0 }
    this.#handle = await open(this.#fileOf(number), 'a', 0o600)
    await this.#syncFolder()
    this.#segments.push(segment)
    return segment
  }

  /** A new file is there after a power cut only once its folder is synced, too. */
  async #syncFolder(): Promise<void> {
    const folder = await open(this.#options.folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }

  #fileOf(number: number): string {
    return path.join(this.#options.folder, `${String(number).padStart(10, '0')}.queue`)
  }

  #markFile(): string {
    return path.join(this.#options.folder, 'done')
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#working.then(run)
    this.#working = result.catch(() => undefined)
    return result
  }
}
