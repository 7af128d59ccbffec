import type { Labels } from '../../model/labels.ts'
import type { Outbox, OutboxSource } from './outbox.ts'
import type { PositionChange } from './positions/position-record.ts'
import { LogEntry, type StagePipeline, type StageProgram } from './stages/entry.ts'

export interface CursorLinesOptions {
  /** Names the cursor among the positions. */
  readonly key: string
  readonly program: StageProgram
  readonly outbox: Outbox
}

/** A line of a source that has a time for each of its lines, and a cursor to go on from behind it. */
export interface CursorLine {
  readonly cursor: string
  readonly timestampNs: bigint
  readonly line: string
  readonly labels: Labels
}

/**
 * The lines of a journal or a container on their way through the stages to the outbox. They are counted; the position is the cursor
 * of the last one that is stored or needs no more. Their times are their own, so none have to be written down.
 */
export class CursorLines implements OutboxSource {
  readonly #options: CursorLinesOptions
  readonly #pipeline: StagePipeline
  /** Cursors of lines that are not stored: the first is that of line `#first`. */
  #cursors: string[] = []
  #first = 0

  constructor(options: CursorLinesOptions) {
    this.#options = options
    this.#pipeline = options.program.open((entry) => options.outbox.emit(this, entry))
  }

  get safeOffset(): number {
    return this.#pipeline.heldFrom ?? this.#first + this.#cursors.length
  }

  /** Nothing should be added before (Unix milliseconds); undefined: go on. */
  get pausedUntilMs(): number | undefined {
    return this.#pipeline.pausedUntilMs
  }

  takeMarks(): readonly PositionChange[] {
    return []
  }

  commit(offset: number): readonly PositionChange[] {
    const count = offset - this.#first
    const cursor = this.#cursors[count - 1]
    if (cursor === undefined) return []
    this.#cursors = this.#cursors.slice(count)
    this.#first = offset
    return [{ kind: 'cursor', key: this.#options.key, cursor }]
  }

  add({ cursor, timestampNs, line, labels }: CursorLine): void {
    const at = this.#note(cursor)
    this.#pipeline.push(new LogEntry(line, timestampNs, labels, at, at + 1))
    this.#options.outbox.touch(this)
  }

  /** Goes on behind a line that is not wanted. */
  skip(cursor: string): void {
    this.#note(cursor)
    this.#options.outbox.touch(this)
  }

  flush(nowMs: number, force: boolean): void {
    if (this.#pipeline.heldFrom === undefined) return
    this.#pipeline.flush(nowMs, force)
    this.#options.outbox.touch(this)
  }

  #note(cursor: string): number {
    return this.#first + this.#cursors.push(cursor) - 1
  }
}
