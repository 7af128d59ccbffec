import { Labels } from '../../../model/labels.ts'
import { Extracted } from './extracted.ts'

/**
 * A line on its way through a pipeline. Stages change the fields; what they put there is new, never changed in place, so the
 * source may give the same `labels` to all its lines, and equal label sets that stages make are mostly one object.
 */
export class LogEntry {
  /** Without the line break. */
  line: string
  /** Unix nanoseconds. */
  timestampNs: bigint
  /** The labels of the stream. */
  labels: Labels
  /** Structured metadata. */
  metadata: Labels = Labels.EMPTY
  readonly extracted: Extracted
  /** Positions of the source around what this entry was made of: they grow, and mean nothing to stages. */
  startOffset: number
  endOffset: number

  constructor(
    line: string,
    timestampNs: bigint,
    labels: Labels,
    startOffset: number,
    endOffset: number,
  ) {
    this.line = line
    this.timestampNs = timestampNs
    this.labels = labels
    this.extracted = new Extracted(labels)
    this.startOffset = startOffset
    this.endOffset = endOffset
  }

  /** An entry of another text and place with all else of this one; what stages find out about it later is its own. */
  copy(line: string, startOffset: number, endOffset: number): LogEntry {
    const copy = new LogEntry(line, this.timestampNs, this.labels, startOffset, endOffset)
    copy.metadata = this.metadata
    copy.extracted.takeFrom(this.extracted)
    return copy
  }
}

/** Takes an entry over; it may be kept and changed. */
export type TakeEntry = (entry: LogEntry) => void

/**
 * The stages of a scrape job at work on the lines of one source. Nothing waits in here: `push` and `flush` call `emit` before they
 * return, in the order in which the entries are to be stored, except for what a stage holds back to join lines.
 */
export interface StagePipeline {
  push(entry: LogEntry): void
  /**
   * Gives on what was held back for longer than its stage allows, or with `force` all of it (at the end of a source). A source that
   * has nothing to push calls this about every second.
   */
  flush(nowMs: number, force: boolean): void
  /**
   * While entries are held back: the `startOffset` of the first of them. A source may acknowledge up to here, or undefined: up to the
   * `endOffset` of what it pushed last, once everything emitted is durable. Dropped lines need no more.
   */
  readonly heldFrom: number | undefined
  /**
   * Set by a `limit` stage that delays instead of dropping (promtail blocks there): the source should push nothing before this time
   * (Unix milliseconds), while other jobs go on. A source that pushes all the same loses nothing but the delay.
   */
  readonly pausedUntilMs: number | undefined
}

/** The stages of a scrape job, compiled once; limits and metrics are shared by all its sources. */
export interface StageProgram {
  /** True when lines go through as they are, so that a source needs no pipeline. */
  readonly isEmpty: boolean
  /** A pipeline for one source (a file, a journal, a container). Cheap; it needs no closing. */
  open(emit: TakeEntry): StagePipeline
  /** Forgets the metrics of the stages. To be called when the job ends. */
  stop(): void
}
