import type { CollectorKind } from '../collector.ts'
import { counter } from '../families.ts'
import { parseCount, splitFields, splitLines } from '../fields.ts'
import { readText } from '../files.ts'

const FUNCTIONS = counter('node_softirqs_functions_total', 'Softirq counts per CPU.')

export const softirqs: CollectorKind = {
  name: 'softirqs',
  enabledByDefault: false,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/softirqs`
    return (out) => {
      for (const line of splitLines(readText(path)).slice(1)) {
        const [name = '', ...values] = splitFields(line)
        const type = name.replace(/:$/, '')
        for (const [cpu, value] of values.entries()) {
          const labels = ['cpu', String(cpu), 'type', type]
          out.add(FUNCTIONS, parseCount(value, `${path}: ${type}`), labels)
        }
      }
    }
  },
}
