import { readTextIfPresent } from '../host/files.ts'
import { kibibytesOf } from './machine.ts'
import type { MetricGroups } from './metric-groups.ts'
import type { Limits, Reading } from './reading.ts'
import { readPressure } from './read-pressure.ts'

/** The group of the whole machine: the kernel keeps for it in /proc what other groups have in files of their own. */
export function readRoot(
  procRoot: string,
  groups: MetricGroups,
  reading: Reading,
  limits: Limits,
): void {
  const text = readTextIfPresent(`${procRoot}/meminfo`) ?? ''
  const swapTotal = kibibytesOf(text, 'SwapTotal')
  limits.memory = kibibytesOf(text, 'MemTotal')
  limits.memorySwap = swapTotal
  if (Number.isNaN(limits.memoryReservation)) limits.memoryReservation = 0
  if (groups.has('memory')) {
    // The unified hierarchy has no memory.current at its top; the sum is what the old one counted there.
    if (Number.isNaN(reading.memoryUsage))
      reading.memoryUsage = reading.memoryRss + reading.memoryCache
    if (Number.isNaN(reading.memorySwap))
      reading.memorySwap = swapTotal - kibibytesOf(text, 'SwapFree')
  }
  if (groups.has('pressure')) {
    const read = (what: string): string | undefined =>
      readIfSupported(`${procRoot}/pressure/${what}`)
    readPressure(reading, read('cpu'), 'cpuWaitingMicros', 'cpuStalledMicros')
    readPressure(reading, read('memory'), 'memoryWaitingMicros', 'memoryStalledMicros')
    readPressure(reading, read('io'), 'ioWaitingMicros', 'ioStalledMicros')
  }
}

/** A kernel that was started with `psi=0` has the files and answers with an error. */
function readIfSupported(path: string): string | undefined {
  try {
    return readTextIfPresent(path)
  } catch {
    return undefined
  }
}
