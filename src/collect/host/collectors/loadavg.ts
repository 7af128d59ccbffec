import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { parseNumber, splitFields } from '../fields.ts'
import { readText } from '../files.ts'

const LOADS = [
  gauge('node_load1', '1m load average.'),
  gauge('node_load5', '5m load average.'),
  gauge('node_load15', '15m load average.'),
]

export const loadavg: CollectorKind = {
  name: 'loadavg',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/loadavg`
    return (out) => {
      const fields = splitFields(readText(path))
      for (const [i, head] of LOADS.entries()) out.add(head, parseNumber(fields[i], path))
    }
  },
}
