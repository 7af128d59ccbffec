import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { splitFields, splitLines } from '../fields.ts'
import { readText } from '../files.ts'
import { compileFilter } from '../name-filter.ts'

const ENTRIES = gauge('node_arp_entries', 'ARP entries by device')

/** The column `Device` of /proc/net/arp. */
const DEVICE = 5

export const arp: CollectorKind = {
  name: 'arp',
  enabledByDefault: true,
  create: ({ options }) => {
    const ignored = compileFilter('collector.arp.device', options.arp.devices)
    return (out) => {
      const counts = new Map<string, number>()
      for (const line of splitLines(readText(`${options.paths.procfs}/net/arp`)).slice(1)) {
        const device = splitFields(line)[DEVICE]
        if (device !== undefined) counts.set(device, (counts.get(device) ?? 0) + 1)
      }
      for (const [device, count] of counts) {
        if (!ignored(device)) out.add(ENTRIES, count, ['device', device])
      }
    }
  },
}
