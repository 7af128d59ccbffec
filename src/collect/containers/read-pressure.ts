import type { Reading } from './reading.ts'
import { lineEnd, valueOf } from './key-values.ts'

type Waiting = 'cpuWaitingMicros' | 'memoryWaitingMicros' | 'ioWaitingMicros'
type Stalled = 'cpuStalledMicros' | 'memoryStalledMicros' | 'ioStalledMicros'

/** Reads a file of pressure stall information: `some … total=N` is waiting, `full … total=N` stalled. */
export function readPressure(
  reading: Reading,
  text: string | undefined,
  waiting: Waiting,
  stalled: Stalled,
): void {
  if (text === undefined) return
  reading[waiting] = totalOf(text, 'some ')
  reading[stalled] = totalOf(text, 'full ')
}

function totalOf(text: string, word: string): number {
  const at = text.indexOf(word)
  return at < 0 ? Number.NaN : valueOf(text, 'total=', at, lineEnd(text, at))
}
