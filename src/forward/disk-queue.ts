import { mkdir, open, readdir, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { messageOf, Problem } from '../model/problem.ts'

export interface DiskQueueOptions {
  /** The folder of this queue alone. */
  readonly folder: string
  readonly maxBytes: number
  readonly maxRecords: number
}

/** Records that wait, one behind the other, with where they lie. */
export interface QueuedRun {
  readonly records: readonly Uint8Array[]
  readonly segment: number
  /** Where the first of them begins. */
  readonly start: number
  /** Where the next record begins. */
  readonly end: number
}

/** How much is read at once; a first record that is larger is read none the less. */
export interface RunLimit {
  readonly bytes: number
  readonly records: number
  /** What records weigh that are packed, and how much they may together; by default nothing. */
  readonly weightOf?: (record: Uint8Array) => number
  readonly weight?: number
}

interface Segment {
  readonly number: number
  sizeBytes: number
  records: number
}

interface Incoming {
  readonly bytes: Uint8Array
  readonly resolve: (isTaken: boolean) => void
  readonly reject: (reason: unknown) => void
}

/** A segment that is this large gets no more records. */
const MAX_SEGMENT_BYTES = 8 * 1024 * 1024
/** What is dropped at once is one of so many parts of a full queue. */
const SEGMENTS = 16
const MIN_SEGMENT_BYTES = 64 * 1024
/** Length and checksum before each record. */
const HEADER_BYTES = 8
const SEGMENT_NAME = /^([0-9]{10})\.queue$/
const ONE_RECORD: RunLimit = { bytes: 64 * 1024, records: 1 }

/**
 * Records on disk, first in, first out, within bounds. `push` resolves once the record is synced to disk, and records that come at the
 * same time are synced together; what was read and not taken away with `done` is there again after a crash, so that a record is read
 * at least once. Of a file that broke off in a record, the records before it are kept.
 */
export class DiskQueue {
  readonly #options: DiskQueueOptions
  readonly #segmentBytes: number
  #segments: Segment[] = []
  #incoming: Incoming[] = []
  #handle: FileHandle | undefined
  /** Of the first segment: what of it is done. */
  #doneBytes = 0
  #doneRecords = 0
  #working: Promise<unknown> = Promise.resolve()
  #onPush: (() => void) | undefined

  private constructor(options: DiskQueueOptions) {
    this.#options = options
    const share = Math.floor(options.maxBytes / SEGMENTS)
    this.#segmentBytes = Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, share))
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

  /** Resolves to false when the queue is full: then nothing was taken. Rejects with a `Problem` when the disk does not take it. */
  push(bytes: Uint8Array): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#incoming.push({ bytes, resolve, reject })
      if (this.#incoming.length === 1) void this.#inTurn(() => this.#takeIncoming())
    })
  }

  /** The oldest records, as many as `limit` allows; undefined when there is none. The same again until `done`. */
  peek(limit: RunLimit = ONE_RECORD): Promise<QueuedRun | undefined> {
    return this.#inTurn(async () => {
      const [first] = this.#segments
      if (first === undefined || this.#doneBytes >= first.sizeBytes) return undefined
      const file = await open(this.#fileOf(first.number), 'r')
      try {
        return await this.#readRun(file, first, limit)
      } finally {
        await file.close()
      }
    })
  }

  /** Takes the records that `peek` gave away. */
  done({ segment, end, records }: QueuedRun): Promise<void> {
    return this.#inTurn(async () => {
      const [first] = this.#segments
      if (first?.number !== segment) return
      this.#doneBytes = end
      this.#doneRecords += records.length
      if (end >= first.sizeBytes) await this.#removeFirst()
      else await writeFile(this.#markFile(), `${segment} ${end} ${this.#doneRecords}`)
    })
  }

  /** Takes the oldest records away, whether anybody has read them or not: one file of them. Resolves to how many there were. */
  dropOldest(): Promise<number> {
    return this.#inTurn(async () => {
      const [first] = this.#segments
      if (first === undefined) return 0
      const dropped = first.records - this.#doneRecords
      await this.#removeFirst()
      return dropped
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

  /** Writes what came since the last time, each segment's part with one sync. */
  async #takeIncoming(): Promise<void> {
    let waiting = this.#incoming
    this.#incoming = []
    while (waiting.length > 0) {
      const group = this.#nextGroup(waiting)
      waiting = waiting.slice(group.length)
      try {
        await this.#write(group)
      } catch (thrown) {
        // A disk that is full has room again some time: what was not taken shall be offered again, not dropped as faulty.
        const message = `the queue cannot be written, try again: ${messageOf(thrown)}`
        const problem = new Problem('unavailable', message, { cause: thrown })
        for (const { reject } of group) reject(problem)
      }
    }
  }

  /** As many as one segment takes, one at least. */
  #nextGroup(waiting: readonly Incoming[]): readonly Incoming[] {
    let sizeBytes = 0
    const end = waiting.findIndex(({ bytes }) => {
      sizeBytes += bytes.length + HEADER_BYTES
      return sizeBytes > this.#segmentBytes
    })
    return end === -1 ? waiting : waiting.slice(0, Math.max(1, end))
  }

  async #write(group: readonly Incoming[]): Promise<void> {
    const { maxBytes, maxRecords } = this.#options
    let sizeBytes = this.sizeBytes
    let { records } = this
    const taken = group.filter(({ bytes }) => {
      const needed = bytes.length + HEADER_BYTES
      if (sizeBytes + needed > maxBytes || records >= maxRecords) return false
      sizeBytes += needed
      records++
      return true
    })
    if (taken.length > 0) {
      const segment = await this.#segmentFor()
      const bytes = Buffer.concat(taken.flatMap((each) => [headerOf(each.bytes), each.bytes]))
      await this.#append(segment, bytes)
      segment.sizeBytes += bytes.length
      segment.records += taken.length
      this.#onPush?.()
    }
    for (const each of group) each.resolve(taken.includes(each))
  }

  /** Writes whole records, or leaves nothing of them: on a full disk a part of one would stand before the next. */
  async #append(segment: Segment, bytes: Uint8Array): Promise<void> {
    const handle = this.#handle
    if (handle === undefined) throw new Error('the queue is closed')
    try {
      await handle.appendFile(bytes)
      await handle.datasync()
    } catch (thrown) {
      await handle.truncate(segment.sizeBytes)
      throw thrown
    }
  }

  async #readRun(file: FileHandle, { number, sizeBytes }: Segment, limit: RunLimit) {
    const start = this.#doneBytes
    let bytes = Buffer.alloc(Math.min(sizeBytes - start, limit.bytes + HEADER_BYTES))
    await file.read(bytes, 0, bytes.length, start)
    const needed = HEADER_BYTES + bytes.readUInt32BE(0)
    if (needed > bytes.length) {
      bytes = Buffer.alloc(needed)
      await file.read(bytes, 0, needed, start)
    }
    const { weightOf = () => 0, weight = 0 } = limit
    const records: Uint8Array[] = []
    let at = 0
    let weighed = 0
    while (at + HEADER_BYTES <= bytes.length && records.length < limit.records) {
      const end = at + HEADER_BYTES + bytes.readUInt32BE(at)
      if (end > bytes.length) break
      const record = bytes.subarray(at + HEADER_BYTES, end)
      weighed += weightOf(record)
      if (weighed > weight && records.length > 0) break
      records.push(record)
      at = end
    }
    return { records, segment: number, start, end: start + at }
  }

  async #removeFirst(): Promise<void> {
    const first = this.#segments.shift()
    if (first === undefined) return
    // What is written to is the last one.
    if (this.#segments.length === 0) {
      await this.#handle?.close()
      this.#handle = undefined
    }
    this.#doneBytes = this.#doneRecords = 0
    await rm(this.#fileOf(first.number), { force: true })
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

  /** What of a segment is whole; the rest of the file is cut off. A record at a time is in memory: a queue may hold gigabytes. */
  async #readSegment(number: number): Promise<Segment> {
    const file = await open(this.#fileOf(number), 'r+')
    try {
      const { size } = await file.stat()
      const header = Buffer.alloc(HEADER_BYTES)
      let record = Buffer.alloc(MIN_SEGMENT_BYTES)
      let sizeBytes = 0
      let records = 0
      while (sizeBytes + HEADER_BYTES <= size) {
        await file.read(header, 0, HEADER_BYTES, sizeBytes)
        const length = header.readUInt32BE(0)
        const start = sizeBytes + HEADER_BYTES
        if (start + length > size) break
        if (length > record.length) record = Buffer.alloc(length)
        await file.read(record, 0, length, start)
        if (crc32(record.subarray(0, length)) !== header.readUInt32BE(4)) break
        sizeBytes = start + length
        records++
      }
      if (sizeBytes < size) await file.truncate(sizeBytes)
      return { number, sizeBytes, records }
    } finally {
      await file.close()
    }
  }

  async #segmentFor(): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (last !== undefined && last.sizeBytes < this.#segmentBytes) {
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

function headerOf(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(bytes.length, 0)
  header.writeUInt32BE(crc32(bytes), 4)
  return header
}
