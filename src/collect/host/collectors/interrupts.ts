import type { CollectorKind } from '../collector.ts'
import { counter } from '../families.ts'
import { isDigits, parseCount, splitFields, splitLines } from '../fields.ts'
import { readText } from '../files.ts'
import { compileFilter } from '../name-filter.ts'

const INTERRUPTS = counter('node_interrupts_total', 'Interrupt details.')

export const interrupts: CollectorKind = {
  name: 'interrupts',
  enabledByDefault: false,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/interrupts`
    const ignored = compileFilter('collector.interrupts.name', options.interrupts.names)
    return (out) => {
      const [header = '', ...lines] = splitLines(readText(path))
      const cpus = splitFields(header).length
      for (const line of lines) {
        const colon = line.indexOf(':')
        const fields = splitFields(line.slice(colon + 1))
        // ERR and MIS have one number for all CPUs and no description.
        if (colon < 0 || fields.length < cpus + 1) continue
        const type = line.slice(0, colon).trim()
        const rest = fields.slice(cpus)
        const info = isDigits(type) ? (rest[0] ?? '') : rest.join(' ')
        const devices = isDigits(type) ? rest.slice(1).join(' ') : ''
        if (ignored(`${type};${info};${devices}`)) continue
        for (let cpu = 0; cpu < cpus; cpu++) {
          const value = parseCount(fields[cpu], `${path}: ${type}`)
          if (value === 0 && !options.interrupts.includeZeros) continue
          out.add(INTERRUPTS, value, [
            ...['cpu', String(cpu), 'devices', devices, 'info', info, 'type', type],
          ])
        }
      }
    }
  },
}
