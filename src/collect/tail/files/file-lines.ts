import { isUtf8 } from 'node:buffer'
import type { Labels } from '../../../model/labels.ts'
import type { Outbox, OutboxSource } from '../outbox.ts'
import type { FilePosition, PositionChange } from '../positions/position-record.ts'
import type { ReadClock } from '../read-clock.ts'
import { LogEntry, type StagePipeline, type StageProgram } from '../stages/entry.ts'
import { FileMarks } from './file-marks.ts'
import { decodeLine, findBreak, UTF8, withoutReturn, type TextForm } from './split-lines.ts'

export interface FileLinesOptions {
  readonly outbox: Outbox
  readonly clock: ReadClock
  readonly position: FilePosition
  readonly labels: Labels
  readonly program: StageProgram
  readonly form: TextForm
}

/** The lines of one file on their way through the stages to the outbox, and how far they are. */
export class FileLines implements OutboxSource {
  readonly #options: FileLinesOptions
  readonly #marks: FileMarks
  readonly #pipeline: StagePipeline | undefined
  #end: number

  constructor(options: FileLinesOptions) {
    const { position, program, outbox, clock } = options
    this.#options = options
    this.#end = position.offset
    this.#marks = new FileMarks(position, clock)
    this.#pipeline = program.isEmpty ? undefined : program.open((entry) => outbox.emit(this, entry))
  }

  get safeOffset(): number {
    return this.#pipeline?.heldFrom ?? this.#end
  }

  /** True while a stage holds lines back, which `flush` gives on in time. */
  get holds(): boolean {
    return this.#pipeline?.heldFrom !== undefined
  }

  /** Nothing should be read before (Unix milliseconds); undefined: go on. */
  get pausedUntilMs(): number | undefined {
    return this.#pipeline?.pausedUntilMs
  }

  takeMarks(): readonly PositionChange[] {
    return this.#marks.take()
  }

  commit(offset: number): readonly PositionChange[] {
    const { id, offset: before } = this.#options.position
    return offset > before ? [{ kind: 'offset', id, offset }] : []
  }

  /** Takes whole lines: `bytes[0, end)`, which begin at `base` of the file. Answers how many there were. */
  add(bytes: Buffer, end: number, base: number): number {
    const { form } = this.#options
    this.#marks.cover(base, base + end)
    const isPlain = form === UTF8 && this.#pipeline === undefined && isUtf8(bytes.subarray(0, end))
    let count = 0
    for (let start = 0; start < end; count++) {
      const found = findBreak(bytes, start, end, form)
      const next = found < 0 ? end : found + form.width
      const stop = withoutReturn(bytes, start, found < 0 ? end : found, form)
      this.#push(bytes, start, stop, base, next, isPlain)
      start = next
    }
    this.skipTo(base + end)
    return count
  }

  /** Takes one line without a break at its end, of which `sizeBytes` count. It is behind only once `skipTo` says so. */
  addLong(bytes: Buffer, base: number): void {
    this.#marks.cover(base, base + bytes.length)
    const stop = withoutReturn(bytes, 0, bytes.length, this.#options.form)
    this.#push(bytes, 0, stop, base, bytes.length, false)
  }

  /** What is before needs no more than was emitted. */
  skipTo(offset: number): void {
    this.#end = offset
    this.#options.outbox.touch(this)
  }

  flush(nowMs: number, force: boolean): void {
    if (this.#pipeline === undefined) return
    this.#pipeline.flush(nowMs, force)
    this.#options.outbox.touch(this)
  }

  #push(
    bytes: Buffer,
    start: number,
    stop: number,
    base: number,
    next: number,
    isPlain: boolean,
  ): void {
    const { outbox, labels, form } = this.#options
    const timestampNs = this.#marks.timeAt(base + start)
    if (isPlain) {
      outbox.emitBytes(this, labels, timestampNs, bytes, start, stop)
      return
    }
    const line = decodeLine(bytes, start, stop, form)
    const entry = new LogEntry(line, timestampNs, labels, base + start, base + next)
    if (this.#pipeline === undefined) outbox.emit(this, entry)
    else this.#pipeline.push(entry)
  }
}
