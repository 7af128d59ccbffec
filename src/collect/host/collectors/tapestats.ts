import { NoData, type CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyHead } from '../families.ts'
import { toNumber } from '../fields.ts'
import { isMissing, listNames, readAttribute } from '../files.ts'
import { compileSearch } from '../name-filter.ts'

interface File {
  readonly name: string
  readonly head: FamilyHead
  readonly factor: number
}

const total = (name: string, metric: string, help: string, factor = 1): File => ({
  name,
  head: counter(`node_tape_${metric}_total`, help),
  factor,
})

const SECONDS_PER_NANOSECOND = 0.000000001

/** The files of /sys/class/scsi_tape/<drive>/stats (Documentation/scsi/st.rst). */
const FILES: readonly File[] = [
  {
    name: 'in_flight',
    head: gauge('node_tape_io_now', 'The number of I/Os currently outstanding to this device.'),
    factor: 1,
  },
  total(
    'io_ns',
    'io_time_seconds',
    'The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.',
    SECONDS_PER_NANOSECOND,
  ),
  total(
    'other_cnt',
    'io_others',
    'The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total',
  ),
  total('read_byte_cnt', 'read_bytes', 'The number of bytes read from the tape drive.'),
  total('read_cnt', 'reads_completed', 'The number of read requests issued to the tape drive.'),
  total(
    'read_ns',
    'read_time_seconds',
    'The amount of time spent waiting for read requests to complete.',
    SECONDS_PER_NANOSECOND,
  ),
  total(
    'resid_cnt',
    'residual',
    'The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.',
  ),
  total('write_byte_cnt', 'written_bytes', 'The number of bytes written to the tape drive.'),
  total('write_cnt', 'writes_completed', 'The number of write requests issued to the tape drive.'),
  total(
    'write_ns',
    'write_time_seconds',
    'The amount of time spent waiting for write requests to complete.',
    SECONDS_PER_NANOSECOND,
  ),
]

export const tapestats: CollectorKind = {
  name: 'tapestats',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/class/scsi_tape`
    const ignored = compileSearch(
      'collector.tapestats.ignored-devices',
      options.tapestats.ignoredDevices,
    )
    const list = (): string[] => {
      try {
        // Beside `st0` there are `nst0`, `st0a` and others: the same drive in other modes.
        return listNames(folder).filter((name) => /^st\d+$/.test(name))
      } catch (error) {
        if (isMissing(error)) throw new NoData('there is no tape drive')
        throw error
      }
    }
    return (out) => {
      for (const device of list()) {
        if (ignored(device)) continue
        for (const { name, head, factor } of FILES) {
          const value = toNumber(readAttribute(`${folder}/${device}/stats/${name}`))
          if (value !== undefined) out.add(head, value * factor, ['device', device])
        }
      }
    }
  },
}
