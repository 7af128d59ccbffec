import type { Labels } from '../../model/labels.ts'

/** Where received lines go: to the store, or first through the stages of a pipeline. */
export interface ReceivedLineSink {
  /** A line; its bytes are only lent. Labels of a stream that comes again are the same object again. */
  emit(labels: Labels, timestampNs: bigint, line: Uint8Array, metadata: Labels): void
  /** False when no more lines should come; they are still taken, but memory is not bounded then. */
  readonly hasRoom: boolean
  /** Resolves when lines may come again. */
  room(): Promise<void>
}
