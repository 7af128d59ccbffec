import { exposeCollector, type CollectGarbage } from './expose-collector.ts'

/** A young collection takes about a millisecond, and large pages a hundred times as long to be read. */
const EVERY_BYTES = 2 * 1024 * 1024

let collectGarbage: CollectGarbage | undefined
let passedBytes = 0

/**
 * To be told of the pieces of large pages. Each piece of a socket is memory outside of the collector's heap, of which it sees next to
 * nothing: by itself it lets a hundred mebibytes of them lie (measured: 8 endless targets took 110 MiB, and 50 MiB with this).
 */
export function notePassed(sizeBytes: number): void {
  passedBytes += sizeBytes
  if (passedBytes < EVERY_BYTES) return
  passedBytes = 0
  collectGarbage ??= exposeCollector()
  collectGarbage({ type: 'minor' })
}
