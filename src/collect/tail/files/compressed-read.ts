import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'
import type { Outbox } from '../outbox.ts'
import type { FilePosition } from '../positions/position-record.ts'
import type { Positions } from '../positions/positions.ts'
import type { FileMetrics } from '../tail-metrics.ts'
import type { FileLines } from './file-lines.ts'
import { endOfLines, type TextForm } from './split-lines.ts'
import { uncompress, type Compression } from './uncompress.ts'

/** Of a longer line the beginning is taken. */
const MAX_LINE_BYTES = 4 * 1024 * 1024

export interface CompressedReadOptions {
  readonly file: string
  /** Is closed by the reader. */
  readonly handle: FileHandle
  readonly stats: BigIntStats
  readonly compression: Compression
  readonly position: FilePosition
  readonly lines: FileLines
  readonly form: TextForm
  readonly positions: Positions
  readonly outbox: Outbox
  readonly figures: FileMetrics
  readonly log: Log
  /** The file is gone, or no longer wanted. */
  readonly onEnd: () => void
}

/**
 * Reads a compressed file once, from its start to its end: nothing is appended to it. Positions count bytes of the text, so that one
 * that was read in part is read on after a restart; what was read before is uncompressed again and passed over.
 */
export class CompressedRead {
  readonly #options: CompressedReadOptions
  readonly #abort = new AbortController()
  /** Resolves when it is read to its end. */
  readonly readOut: Promise<void>

  constructor(options: CompressedReadOptions) {
    this.#options = options
    this.readOut = this.#run()
  }

  get position(): FilePosition {
    return this.#options.position
  }

  /** It is read once, whatever comes to its place. */
  readonly isInPlace = true
  readonly isReadingOn = true

  hasSeen(): boolean {
    return true
  }

  wake(): void {
    // Nothing is appended to a compressed file.
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.readOut
    this.#options.onEnd()
  }

  async #run(): Promise<void> {
    const { handle, compression, lines, log, file, figures, stats } = this.#options
    const { signal } = this.#abort
    figures.fileBytes.set(Number(stats.size))
    try {
      await uncompress(handle, compression, (chunks) => this.#read(chunks), signal)
      lines.flush(Date.now(), true)
    } catch (thrown) {
      if (!signal.aborted) {
        log.warn('a compressed log file cannot be read to its end', {
          file,
          reason: messageOf(thrown),
        })
      }
    } finally {
      await handle.close().catch(() => undefined)
    }
  }

  async #read(chunks: AsyncIterable<Buffer>): Promise<void> {
    const { position, outbox, lines, figures, form } = this.#options
    let rest = Buffer.alloc(0)
    /** Where `rest` begins in the text. */
    let base = 0
    for await (const chunk of chunks) {
      await outbox.room()
      if (base + rest.length + chunk.length <= position.offset) {
        base += rest.length + chunk.length
        rest = Buffer.alloc(0)
        continue
      }
      let bytes = Buffer.concat([rest, chunk])
      if (base < position.offset) {
        bytes = bytes.subarray(position.offset - base)
        base = position.offset
      }
      const end = endOfLines(bytes, 0, bytes.length, form)
      if (end > 0) figures.lines.inc(lines.add(bytes, end, base))
      // The rest of a line that is too long is passed over with the position, which is where it ends.
      rest = bytes.subarray(end, Math.min(bytes.length, end + MAX_LINE_BYTES))
      base += end
      figures.readBytes.set(base)
    }
    if (rest.length === 0 || this.#abort.signal.aborted) return
    lines.addLong(rest, base)
    lines.skipTo(base + rest.length)
    figures.lines.inc()
  }
}
