import { NoData, type CollectorKind } from '../collector.ts'
import { counter } from '../families.ts'
import { parseCount, splitFields, splitLines } from '../fields.ts'
import { readTextIfPresent } from '../files.ts'

const RUNNING = counter(
  'node_schedstat_running_seconds_total',
  'Number of seconds CPU spent running a process.',
)
const WAITING = counter(
  'node_schedstat_waiting_seconds_total',
  'Number of seconds spent by processing waiting for this CPU.',
)
const TIMESLICES = counter(
  'node_schedstat_timeslices_total',
  'Number of timeslices executed by CPU.',
)
const NANOSECONDS = 1e9

export const schedstat: CollectorKind = {
  name: 'schedstat',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/schedstat`
    return (out) => {
      const text = readTextIfPresent(path)
      if (text === undefined) throw new NoData('this kernel has no scheduler statistics')
      for (const line of splitLines(text)) {
        if (!line.startsWith('cpu')) continue
        // The last three of the nine columns (Documentation/scheduler/sched-stats.rst).
        const fields = splitFields(line)
        const labels = ['cpu', (fields[0] ?? '').slice('cpu'.length)]
        out.add(RUNNING, parseCount(fields[7], path) / NANOSECONDS, labels)
        out.add(WAITING, parseCount(fields[8], path) / NANOSECONDS, labels)
        out.add(TIMESLICES, parseCount(fields[9], path), labels)
      }
    }
  },
}
