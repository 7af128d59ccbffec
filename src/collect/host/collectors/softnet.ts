import type { CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyHead } from '../families.ts'
import { splitFields, splitLines } from '../fields.ts'
import { readText } from '../files.ts'

/** By column of /proc/net/softnet_stat, in hexadecimal (net/core/net-procfs.c); older kernels have fewer. */
const COLUMNS: readonly (readonly [number, FamilyHead])[] = [
  [0, counter('node_softnet_processed_total', 'Number of processed packets')],
  [1, counter('node_softnet_dropped_total', 'Number of dropped packets')],
  [
    2,
    counter(
      'node_softnet_times_squeezed_total',
      'Number of times processing packets ran out of quota',
    ),
  ],
  [
    8,
    counter(
      'node_softnet_cpu_collision_total',
      'Number of collision occur while obtaining device lock while transmitting',
    ),
  ],
  [9, counter('node_softnet_received_rps_total', 'Number of times cpu woken up received_rps')],
  [
    10,
    counter('node_softnet_flow_limit_count_total', 'Number of times flow limit has been reached'),
  ],
  [11, gauge('node_softnet_backlog_len', 'Softnet backlog status')],
]
const LEAST_COLUMNS = 9
/** Since Linux 5.14 a line tells its CPU, as a CPU that is off has no line. */
const CPU = 12

export const softnet: CollectorKind = {
  name: 'softnet',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/net/softnet_stat`
    return (out) => {
      for (const [i, line] of splitLines(readText(path)).entries()) {
        const fields = splitFields(line)
        if (fields.length < LEAST_COLUMNS) {
          throw new Error(`${path}: ${fields.length} columns where ${LEAST_COLUMNS} are the least`)
        }
        const cpu = fields[CPU]
        const labels = ['cpu', String(cpu === undefined ? i : Number.parseInt(cpu, 16))]
        for (const [column, head] of COLUMNS) {
          // Backlog and CPU came together; a lone twelfth column would be something else.
          const known = column < 11 || cpu !== undefined
          const value = known ? Number.parseInt(fields[column] ?? '0', 16) : 0
          out.add(head, value, labels)
        }
      }
    }
  },
}
