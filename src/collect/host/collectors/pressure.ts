import { NoData, type CollectorKind } from '../collector.ts'
import { counter, type FamilyHead } from '../families.ts'
import { parseCount, splitFields, splitLines } from '../fields.ts'
import { hasCode, isMissing, readText } from '../files.ts'

interface Resource {
  readonly name: string
  readonly some?: FamilyHead
  readonly full?: FamilyHead
}

const RESOURCES: readonly Resource[] = [
  {
    name: 'cpu',
    some: counter(
      'node_pressure_cpu_waiting_seconds_total',
      'Total time in seconds that processes have waited for CPU time',
    ),
  },
  {
    name: 'io',
    some: counter(
      'node_pressure_io_waiting_seconds_total',
      'Total time in seconds that processes have waited due to IO congestion',
    ),
    full: counter(
      'node_pressure_io_stalled_seconds_total',
      'Total time in seconds no process could make progress due to IO congestion',
    ),
  },
  {
    name: 'memory',
    some: counter(
      'node_pressure_memory_waiting_seconds_total',
      'Total time in seconds that processes have waited for memory',
    ),
    full: counter(
      'node_pressure_memory_stalled_seconds_total',
      'Total time in seconds no process could make progress due to memory congestion',
    ),
  },
  {
    // There is no `some` line for interrupts (include/linux/psi_types.h).
    name: 'irq',
    full: counter(
      'node_pressure_irq_stalled_seconds_total',
      'Total time in seconds no process could make progress due to IRQ congestion',
    ),
  },
]

/** The file of a resource, or undefined where this kernel does not have it. */
function readResource(path: string): string | undefined {
  try {
    return readText(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    // A kernel booted with psi=0 has the files and refuses to read them.
    if (hasCode(error, 'EOPNOTSUPP', 'ENOTSUP'))
      throw new NoData('pressure is switched off (psi=0)')
    throw error
  }
}

/** The microseconds that `total=` of the `some` or `full` line says. */
function totalOf(path: string, text: string, kind: 'some' | 'full'): number {
  for (const line of splitLines(text)) {
    const fields = splitFields(line)
    if (fields[0] !== kind) continue
    const total = fields.find((field) => field.startsWith('total='))
    return parseCount(total?.slice('total='.length), `${path}: ${kind}`)
  }
  throw new NoData(`${path} has no line "${kind}"`)
}

export const pressure: CollectorKind = {
  name: 'pressure',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.procfs}/pressure`
    return (out) => {
      let found = 0
      for (const { name, some, full } of RESOURCES) {
        const path = `${folder}/${name}`
        const text = readResource(path)
        if (text === undefined) continue
        found++
        if (some) out.add(some, totalOf(path, text, 'some') / 1000 / 1000)
        if (full) out.add(full, totalOf(path, text, 'full') / 1000 / 1000)
      }
      if (found === 0) throw new NoData('this kernel has no pressure information (CONFIG_PSI)')
    }
  },
}
