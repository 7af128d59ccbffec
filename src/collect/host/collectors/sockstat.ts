import type { CollectorKind } from '../collector.ts'
import { gauge, type FamilyHead } from '../families.ts'
import { parseNumber, splitFields, splitLines } from '../fields.ts'
import { readTextIfPresent } from '../files.ts'
import { pageSizeBytes } from '../page-size.ts'

const USED = gauge('node_sockstat_sockets_used', 'Number of IPv4 sockets in use.')
const STATES: ReadonlySet<string> = new Set(['inuse', 'orphan', 'tw', 'alloc', 'mem', 'memory'])

export const sockstat: CollectorKind = {
  name: 'sockstat',
  enabledByDefault: true,
  create: ({ options }) => {
    const heads = new Map<string, FamilyHead>()
    const headOf = (protocol: string, state: string): FamilyHead => {
      const key = `${protocol}_${state}`
      let head = heads.get(key)
      if (!head) {
        head = gauge(`node_sockstat_${key}`, `Number of ${protocol} sockets in state ${state}.`)
        heads.set(key, head)
      }
      return head
    }
    return (out) => {
      for (const file of ['sockstat', 'sockstat6']) {
        const path = `${options.paths.procfs}/net/${file}`
        for (const line of splitLines(readTextIfPresent(path) ?? '')) {
          const fields = splitFields(line)
          const protocol = (fields[0] ?? '').replace(/:$/, '')
          for (let i = 1; i < fields.length; i += 2) {
            const state = fields[i] as string
            const value = parseNumber(fields[i + 1], `${path}: ${protocol} ${state}`)
            if (protocol === 'sockets') {
              if (state === 'used' && file === 'sockstat') out.add(USED, value)
              continue
            }
            if (!STATES.has(state)) continue
            out.add(headOf(protocol, state), value)
            if (state === 'mem') out.add(headOf(protocol, 'mem_bytes'), value * pageSizeBytes())
          }
        }
      }
    }
  },
}
