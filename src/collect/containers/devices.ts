import { quoteLabel } from './quote-label.ts'
import type { DeviceLabels, DeviceRow, Reading } from './reading.ts'

/** What is counted of a device, by operation. */
type Counter = 'readBytes' | 'writeBytes' | 'reads' | 'writes'

/** Devices of one group; a machine with more has a fault of another kind. */
const MAX_DEVICES = 256

/** Names of block devices by `major:minor`, with their labels made once. */
export class DeviceNames {
  readonly #names: ReadonlyMap<string, string>
  readonly #labels = new Map<string, DeviceLabels>()

  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names
  }

  labelsOf(numbers: string): DeviceLabels {
    const known = this.#labels.get(numbers)
    if (known !== undefined) return known
    const [major = '', minor = ''] = numbers.split(':')
    const name = this.#names.get(numbers) ?? ''
    const named = name === '' ? '' : `device="${quoteLabel(name)}"`
    const numbered = `${named}${named === '' ? '' : ','}major="${quoteLabel(major)}",minor="${quoteLabel(minor)}"`
    const labels = { named, numbered }
    this.#labels.set(numbers, labels)
    return labels
  }
}

/** The row of a device in a reading; undefined when there are too many. */
export function deviceRow(
  reading: Reading,
  numbers: string,
  names: DeviceNames,
): DeviceRow | undefined {
  const known = reading.devices.get(numbers)
  if (known !== undefined) return known
  if (reading.devices.size >= MAX_DEVICES) return undefined
  const row = {
    labels: names.labelsOf(numbers),
    ...{ readBytes: Number.NaN, writeBytes: Number.NaN, reads: Number.NaN, writes: Number.NaN },
  }
  reading.devices.set(numbers, row)
  return row
}

/** Adds to a counter of a device; several lines of a file may tell of one. */
export function count(row: DeviceRow, counter: Counter, value: number): void {
  if (Number.isNaN(value)) return
  row[counter] = Number.isNaN(row[counter]) ? value : row[counter] + value
}

/** Parses /proc/partitions: `major minor #blocks name`. */
export function parsePartitions(text: string): Map<string, string> {
  const names = new Map<string, string>()
  for (const line of text.split('\n')) {
    const fields = /^\s*(\d+)\s+(\d+)\s+\d+\s+(\S+)/.exec(line)
    if (fields) names.set(`${fields[1]}:${fields[2]}`, `/dev/${fields[3]}`)
  }
  return names
}
