import type { CollectorKind } from '../collector.ts'
import { untyped, type FamilyHead } from '../families.ts'
import { parseNumber, splitLines } from '../fields.ts'
import { readText } from '../files.ts'
import { compileSearch } from '../name-filter.ts'

export const vmstat: CollectorKind = {
  name: 'vmstat',
  enabledByDefault: true,
  create: ({ options }) => {
    const wanted = compileSearch('collector.vmstat.fields', options.vmstat.fields)
    const path = `${options.paths.procfs}/vmstat`
    const heads = new Map<string, FamilyHead>()
    return (out) => {
      for (const line of splitLines(readText(path))) {
        const space = line.indexOf(' ')
        const field = line.slice(0, space)
        if (space < 0 || !wanted(field)) continue
        let head = heads.get(field)
        if (!head) {
          head = untyped(`node_vmstat_${field}`, `/proc/vmstat information field ${field}.`)
          heads.set(field, head)
        }
        out.add(head, parseNumber(line.slice(space + 1), `${path}: ${field}`))
      }
    }
  },
}
