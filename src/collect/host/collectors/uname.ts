import { machine } from 'node:os'
import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { readText } from '../files.ts'

const INFO = gauge(
  'node_uname_info',
  'Labeled system information as provided by the uname system call.',
)

export const uname: CollectorKind = {
  name: 'uname',
  enabledByDefault: true,
  create: ({ options }) => {
    // The kernel answers these files from the same place as uname(2), which Node offers only without the domain.
    const read = (name: string): string =>
      readText(`${options.paths.procfs}/sys/kernel/${name}`).trim()
    return (out) => {
      out.add(INFO, 1, [
        'domainname',
        read('domainname'),
        'machine',
        machine(),
        'nodename',
        read('hostname'),
        'release',
        read('osrelease'),
        'sysname',
        read('ostype'),
        'version',
        read('version'),
      ])
    }
  },
}
