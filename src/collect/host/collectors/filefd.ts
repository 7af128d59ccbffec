import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { parseNumber, splitFields } from '../fields.ts'
import { readText } from '../files.ts'

const ALLOCATED = gauge('node_filefd_allocated', 'File descriptor statistics: allocated.')
const MAXIMUM = gauge('node_filefd_maximum', 'File descriptor statistics: maximum.')

export const filefd: CollectorKind = {
  name: 'filefd',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/sys/fs/file-nr`
    return (out) => {
      // Allocated, allocated but unused (always 0 since Linux 2.6), maximum.
      const fields = splitFields(readText(path))
      out.add(ALLOCATED, parseNumber(fields[0], path))
      out.add(MAXIMUM, parseNumber(fields[2], path))
    }
  },
}
