import type { Outbox, OutboxSource } from '../outbox.ts'
import type { PositionChange } from '../positions/position-record.ts'
import { LogEntry, type StagePipeline, type StageProgram } from '../stages/entry.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { JournalLabels } from './journal-labels.ts'

export interface JournalLinesOptions {
  /** Names the cursor among the positions. */
  readonly key: string
  readonly asJson: boolean
  readonly labels: JournalLabels
  readonly program: StageProgram
  readonly outbox: Outbox
}

/**
 * The entries of a journal on their way to the outbox. Entries are counted; the position is the cursor of the last one that is
 * stored or needs no more. They have times of their own, so none have to be written down.
 */
export class JournalLines implements OutboxSource {
  readonly #options: JournalLinesOptions
  readonly #pipeline: StagePipeline
  /** Cursors of entries that are not stored: the first is that of entry `#first`. */
  #cursors: string[] = []
  #first = 0

  constructor(options: JournalLinesOptions) {
    this.#options = options
    this.#pipeline = options.program.open((entry) => options.outbox.emit(this, entry))
  }

  get safeOffset(): number {
    return this.#pipeline.heldFrom ?? this.#first + this.#cursors.length
  }

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

  add(entry: JournalEntry): void {
    const { labels, asJson, outbox } = this.#options
    const at = this.#first + this.#cursors.push(entry.cursor) - 1
    const stream = labels(entry)
    const line = asJson ? asText(entry) : entry.fields.get('MESSAGE')
    if (stream !== undefined && line !== undefined) {
      this.#pipeline.push(new LogEntry(line, entry.timestampNs, stream, at, at + 1))
    }
    outbox.touch(this)
  }

  flush(nowMs: number): void {
    if (this.#pipeline.heldFrom === undefined) return
    this.#pipeline.flush(nowMs, false)
    this.#options.outbox.touch(this)
  }
}

/** Fields by name, as promtail writes them. */
function asText({ fields }: JournalEntry): string {
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(sorted))
}
