import type { FilePosition, Mark, PositionChange } from '../positions/position-record.ts'
import type { ReadClock } from '../read-clock.ts'

/** The times of the lines of one file, by where they begin: those given before a crash first, then new ones. */
export class FileMarks {
  readonly #position: FilePosition
  readonly #clock: ReadClock
  /** Those that are known already are written down once more: a reader before this one may not have come to it. */
  #isNew: Mark[]
  /** The mark that the last line was in. */
  #last: Mark | undefined

  constructor(position: FilePosition, clock: ReadClock) {
    this.#position = position
    this.#clock = clock
    this.#isNew = [...position.marks]
  }

  /** Gives times to the whole lines in `[from, to)`; parts that have theirs keep them. */
  cover(from: number, to: number): void {
    const known = this.#position.marks.at(-1)?.to ?? 0
    const start = Math.max(from, known)
    if (start >= to) return
    const mark: Mark = { from: start, to, baseNs: this.#clock.take(to - start) }
    this.#position.marks.push(mark)
    this.#isNew.push(mark)
  }

  /** The time of the line that begins there, which `cover` has covered. */
  timeAt(offset: number): bigint {
    const last = this.#last
    if (last === undefined || offset < last.from || offset >= last.to) {
      this.#last =
        this.#position.marks.find(({ from, to }) => offset >= from && offset < to) ?? last
    }
    const mark = this.#last
    return mark === undefined ? this.#clock.take(1) : mark.baseNs + BigInt(offset - mark.from)
  }

  /** Marks that were made since the last call, to be written down. */
  take(): readonly PositionChange[] {
    if (this.#isNew.length === 0) return []
    const { id } = this.#position
    const changes = this.#isNew.map((mark) => ({ kind: 'mark' as const, id, mark }))
    this.#isNew = []
    return changes
  }
}
