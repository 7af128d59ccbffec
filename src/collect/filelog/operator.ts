import type { FileEntry } from './file-entry.ts'

/** Takes an entry over; it may be kept and changed. */
export type Give = (entry: FileEntry) => void

/** An operator of a receiver of files, ready for all of them. */
export interface Operator {
  /** What the file calls it, for `output` of others. */
  readonly id: string
  /** Where its entries go: the id of an operator behind it; undefined: the next one. */
  readonly output: string | undefined
  /**
   * At work on the lines of one file. `give` takes what goes on; `to` gives to an operator by its id, for those that choose.
   */
  open(give: Give, to: (id: string) => Give): RunningOperator
}

/** Holds nothing back unless it has `flush` and `heldFrom`. */
export interface RunningOperator {
  push(entry: FileEntry): void
  /** Gives on what was held back for long enough, or with `force` all of it. */
  flush?(nowMs: number, force: boolean): void
  /** The `startOffset` of the first entry that is held back. */
  heldFrom?(): number | undefined
}

/** What an operator does with an entry: false lets it fall. Throws `OperatorFault` where it cannot do it. */
export type Step = (entry: FileEntry) => boolean

/** An entry that an operator can do nothing with: `on_error` says what becomes of it. */
export class OperatorFault extends Error {
  override readonly name = 'OperatorFault'
}
