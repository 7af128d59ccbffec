import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { parseCount } from '../fields.ts'
import { readText } from '../files.ts'

const AVAILABLE = gauge('node_entropy_available_bits', 'Bits of available entropy.')
const POOL_SIZE = gauge('node_entropy_pool_size_bits', 'Bits of entropy pool.')

export const entropy: CollectorKind = {
  name: 'entropy',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.procfs}/sys/kernel/random`
    return (out) => {
      const read = (name: string): number => parseCount(readText(`${folder}/${name}`).trim(), name)
      out.add(AVAILABLE, read('entropy_avail'))
      out.add(POOL_SIZE, read('poolsize'))
    }
  },
}
