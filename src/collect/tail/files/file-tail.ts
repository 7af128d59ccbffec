import type { BigIntStats } from 'node:fs'
import { stat, type FileHandle } from 'node:fs/promises'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'
import type { FilePosition } from '../positions/position-record.ts'
import type { Positions } from '../positions/positions.ts'
import type { FileMetrics } from '../tail-metrics.ts'
import type { Outbox } from '../outbox.ts'
import { extendHead } from './file-head.ts'
import type { FileLines } from './file-lines.ts'
import type { ReadSlots } from './read-slots.ts'
import { endOfLines, findBreak, type TextForm } from './split-lines.ts'

/** Of a longer line the beginning is taken, and the rest is skipped: the store refuses or cuts it by its own limit. */
const MAX_LINE_BYTES = 4 * 1024 * 1024
/** Between two looks at a file that is written all the time. */
const LEAST_PAUSE_MS = 50
/** Stages that hold lines back are asked so often. */
const FLUSH_MS = 1000
/** A file that was renamed may still be written to: it is left when nothing came for so long. */
const GRACE_MS = 5000
const GRACE_LOOK_MS = 250
/** Then others have their turn. */
const TURN_BYTES = 4 * 1024 * 1024

export interface FileTailOptions {
  readonly file: string
  /** Is closed by the tail. */
  readonly handle: FileHandle
  readonly stats: BigIntStats
  readonly position: FilePosition
  readonly lines: FileLines
  readonly form: TextForm
  readonly positions: Positions
  readonly outbox: Outbox
  readonly slots: ReadSlots
  readonly figures: FileMetrics
  readonly log: Log
  /** It is read once this resolves: the file whose place it took is read to its end, and what is there at the start is known. */
  readonly after: Promise<unknown> | undefined
  /** Another file is at its path now, or none, or it was truncated. */
  readonly onLeft: () => void
  /** Nothing more comes from it. */
  readonly onEnd: () => void
}

/**
 * Follows one file, as long as it is that file: it is known by its inode and its first bytes. When it was renamed or removed, what
 * is left is read to its end before the file that took its place.
 */
export class FileTail {
  readonly #options: FileTailOptions
  /** Where the first line begins that is not complete. */
  #offset: number
  /** No line break is between `#offset` and here. */
  #scanned: number
  /** In the rest of a line that is too long. */
  #isSkipping = false
  #isDirty = true
  #isStopped = false
  #left: 'no' | 'replaced' | 'truncated' = 'no'
  #grewMs = performance.now()
  #wake: (() => void) | undefined
  #onReadOut: () => void = () => undefined
  /** Resolves when it is read to its end and another file is in its place, or nothing more comes from it. */
  readonly readOut = new Promise<void>((resolve) => (this.#onReadOut = resolve))
  readonly #running: Promise<void>

  constructor(options: FileTailOptions) {
    this.#options = options
    this.#offset = options.position.offset
    this.#scanned = this.#offset
    this.#running = this.#run()
  }

  get position(): FilePosition {
    return this.#options.position
  }

  /** False when the file at its path may be another one. */
  get isInPlace(): boolean {
    return this.#left === 'no'
  }

  /** True while lines may come from it: not when it was truncated, since then its content is another file's. */
  get isReadingOn(): boolean {
    return this.#left !== 'truncated'
  }

  /** True when so much is known already that a file of this size holds nothing new. */
  hasSeen(sizeBytes: number): boolean {
    return sizeBytes === this.#scanned
  }

  /** The file may have changed. */
  wake(): void {
    this.#isDirty = true
    this.#wake?.()
  }

  /** Ends after what is being read; positions stay where they are. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#wake?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { handle, log, file, after, onEnd, onLeft } = this.#options
    try {
      await after
      while (!this.#isStopped) {
        const readMs = performance.now()
        this.#isDirty = false
        await this.#look()
        if (await this.#isOver()) break
        await this.#wait(readMs)
      }
    } catch (thrown) {
      log.warn('a log file can no longer be read', { file, reason: messageOf(thrown) })
    } finally {
      await handle.close().catch(() => undefined)
      if (this.#left === 'no' && !this.#isStopped) {
        this.#left = 'replaced'
        onLeft()
      }
      this.#onReadOut()
      onEnd()
    }
  }

  /** Reads what is there, and finds out whether the file is still in its place. */
  async #look(): Promise<void> {
    if (!(await this.#isItself())) {
      this.#leave('truncated')
      return
    }
    await this.#readAll()
    if (this.#left !== 'no' || this.#isStopped || this.#isDirty) return
    if (await this.#isReplaced()) {
      // What was written before the other file took the place.
      await this.#readAll()
      this.#leave('replaced')
    }
  }

  #leave(how: 'replaced' | 'truncated'): void {
    this.#left = how
    this.#onReadOut()
    if (how === 'truncated') this.#options.positions.drop(this.position)
    this.#options.onLeft()
  }

  async #isOver(): Promise<boolean> {
    if (this.#isStopped || this.#left === 'no') return this.#isStopped
    if (this.#left === 'replaced' && performance.now() - this.#grewMs < GRACE_MS) return false
    if (this.#left === 'replaced') await this.#readRest()
    this.#options.lines.flush(Date.now(), true)
    if (this.#left === 'replaced') await this.#untilStored()
    return true
  }

  /** Under its new name the file is read on from its position: until that is where reading ended, lines would come twice. */
  async #untilStored(): Promise<void> {
    const { position, lines } = this.#options
    while (!this.#isStopped && position.offset < lines.safeOffset) {
      await this.#sleep(GRACE_LOOK_MS, false)
    }
  }

  /** Resolves when there is a reason to look again. */
  async #wait(readMs: number): Promise<void> {
    const { lines } = this.#options
    const pausedMs = (lines.pausedUntilMs ?? 0) - Date.now()
    let longestMs = Number.POSITIVE_INFINITY
    if (pausedMs > 0) longestMs = pausedMs
    else if (this.#left !== 'no') longestMs = GRACE_LOOK_MS
    else if (lines.holds) longestMs = FLUSH_MS
    if (!this.#isDirty || pausedMs > 0) await this.#sleep(longestMs, pausedMs <= 0)
    const restMs = readMs + LEAST_PAUSE_MS - performance.now()
    if (restMs > 0 && !this.#isStopped) await this.#sleep(restMs, false)
    if (lines.holds) lines.flush(Date.now(), false)
  }

  #sleep(longestMs: number, isWoken: boolean): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const end = (): void => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      if (Number.isFinite(longestMs)) timer = setTimeout(end, longestMs)
      this.#wake = () => {
        if (isWoken || this.#isStopped) end()
      }
      if (this.#isStopped) end()
    })
  }

  /** False when it was truncated, also when it has grown again since. */
  async #isItself(): Promise<boolean> {
    const { handle, figures } = this.#options
    const { size } = await handle.stat()
    figures.fileBytes.set(size)
    return size >= this.#scanned && (await this.#beginsAsBefore())
  }

  async #beginsAsBefore(): Promise<boolean> {
    const { handle, position, positions } = this.#options
    const head = await extendHead(handle, position.head)
    if (head === undefined) return false
    if (head !== position.head) {
      position.head = head
      positions.changed(position)
    }
    return true
  }

  /** Whether bytes that were read are those of this file. When it was truncated just before, the next look finds that out. */
  async #isOwnContent(): Promise<boolean> {
    if (await this.#beginsAsBefore()) return true
    this.#isDirty = true
    return false
  }

  async #isReplaced(): Promise<boolean> {
    const { file, stats } = this.#options
    try {
      const now = await stat(file, { bigint: true })
      return now.ino !== stats.ino || now.dev !== stats.dev
    } catch {
      return true
    }
  }

  async #readAll(): Promise<void> {
    const { slots, outbox, lines, figures } = this.#options
    const before = this.#scanned
    await slots.use(async (buffer) => {
      const end = this.#offset + TURN_BYTES
      while (!this.#isStopped) {
        await outbox.room()
        if (lines.pausedUntilMs !== undefined || this.#offset >= end) {
          this.#isDirty = true
          return
        }
        if (!(await this.#readChunk(buffer))) return
      }
    })
    if (this.#scanned > before) this.#grewMs = performance.now()
    figures.readBytes.set(this.#offset)
  }

  /** False at the end of the file. */
  async #readChunk(buffer: Buffer): Promise<boolean> {
    const { handle, lines, form, figures } = this.#options
    const known = this.#scanned - this.#offset
    if (this.#isSkipping || known > buffer.length / 2) return this.#readLong(buffer)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#offset)
    if (bytesRead <= known || this.#isStopped || !(await this.#isOwnContent())) return false
    const end = endOfLines(buffer, 0, bytesRead, form)
    if (end > 0) figures.lines.inc(lines.add(buffer, end, this.#offset))
    this.#offset += end
    this.#scanned = this.#offset + bytesRead - end
    return true
  }

  /** A line that does not fit into the buffer: first its end is looked for, so that it is held only once it is there. */
  async #readLong(buffer: Buffer): Promise<boolean> {
    const { handle, lines, form, figures } = this.#options
    const odd = (this.#scanned - this.#offset) % form.width
    const from = this.#scanned - odd
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
    if (bytesRead <= odd || this.#isStopped || !(await this.#isOwnContent())) return false
    const found = findBreak(buffer, 0, bytesRead, form)
    const end = found < 0 ? from + bytesRead : from + found
    if (!this.#isSkipping && (found >= 0 || end - this.#offset > MAX_LINE_BYTES)) {
      await this.#addLong(Math.min(end - this.#offset, MAX_LINE_BYTES))
      figures.lines.inc()
      this.#isSkipping = true
    }
    this.#scanned = end
    if (found < 0) return true
    this.#offset = end + form.width
    this.#scanned = this.#offset
    this.#isSkipping = false
    lines.skipTo(this.#offset)
    return true
  }

  async #addLong(sizeBytes: number): Promise<void> {
    const { handle, lines } = this.#options
    const line = Buffer.allocUnsafe(sizeBytes)
    const { bytesRead } = await handle.read(line, 0, sizeBytes, this.#offset)
    lines.addLong(line.subarray(0, bytesRead), this.#offset)
  }

  /** The last line of a file that nobody writes to any more needs no line break. */
  async #readRest(): Promise<void> {
    const { lines, figures } = this.#options
    if (this.#scanned <= this.#offset) return
    if (!this.#isSkipping) {
      await this.#addLong(Math.min(this.#scanned - this.#offset, MAX_LINE_BYTES))
      figures.lines.inc()
    }
    lines.skipTo(this.#scanned)
  }
}
