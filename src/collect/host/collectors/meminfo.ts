import type { CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyHead } from '../families.ts'
import { parseCount, splitFields, splitLines } from '../fields.ts'
import { readText } from '../files.ts'

/** `Active(anon):` is exported as `Active_anon`, and what is counted in kB as `_bytes`. */
function makeHead(key: string, inKilobytes: boolean): FamilyHead {
  const name = key.replace(/:$/, '').replace('(', '_').replace(')', '')
  const field = inKilobytes ? `${name}_bytes` : name
  const make = field.endsWith('_total') ? counter : gauge
  return make(`node_memory_${field}`, `Memory information field ${field}.`)
}

export const meminfo: CollectorKind = {
  name: 'meminfo',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/meminfo`
    const heads = new Map<string, FamilyHead>()
    return (out) => {
      for (const line of splitLines(readText(path))) {
        const fields = splitFields(line)
        const key = fields[0]
        if (key === undefined) continue
        const value = parseCount(fields[1], `${path}: ${key}`)
        const inKilobytes = fields.length === 3
        let head = heads.get(key)
        if (!head) heads.set(key, (head = makeHead(key, inKilobytes)))
        out.add(head, inKilobytes ? value * 1024 : value)
      }
    }
  },
}
