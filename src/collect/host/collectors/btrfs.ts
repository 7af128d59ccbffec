import { readdirSync } from 'node:fs'
import type { CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyCollection } from '../families.ts'
import { splitFields, splitLines, toNumber } from '../fields.ts'
import { listNames, listNamesIfPresent, readAttribute, readTextIfPresent } from '../files.ts'

const INFO = gauge('node_btrfs_info', 'Filesystem information')
const RESERVE = gauge('node_btrfs_global_rsv_size_bytes', 'Size of global reserve.')
const RESERVED = gauge('node_btrfs_reserved_bytes', 'Amount of space reserved for a data type')
const USED = gauge('node_btrfs_used_bytes', 'Amount of used space by a layout/data type')
const SIZE = gauge('node_btrfs_size_bytes', 'Amount of space allocated for a layout/data type')
const RATIO = gauge('node_btrfs_allocation_ratio', 'Data allocation ratio for a layout/data type')
const DEVICE_SIZE = gauge(
  'node_btrfs_device_size_bytes',
  'Size of a device that is part of the filesystem.',
)

/** The lines of `commit_stats` (since Linux 6.0): milliseconds, but for the number of commits. */
const COMMITS = [
  [
    'commits',
    counter('node_btrfs_commits_total', 'The total number of commits that have occurred.'),
    1,
  ],
  [
    'last_commit_ms',
    gauge('node_btrfs_last_commit_seconds', 'Duration of the most recent commit, in seconds.'),
    1000,
  ],
  [
    'max_commit_ms',
    gauge('node_btrfs_max_commit_seconds', 'Duration of the slowest commit, in seconds.'),
    1000,
  ],
  [
    'total_commit_ms',
    counter('node_btrfs_commit_seconds_total', 'Sum of the duration of all commits, in seconds.'),
    1000,
  ],
] as const

const SECTOR_BYTES = 512
const GROUPS = ['data', 'metadata', 'system']

/** How many bytes of disk a byte of data takes, by the kind of its block group. */
function ratioOf(mode: string, devices: number): number {
  switch (mode) {
    case 'single':
    case 'raid0':
      return 1
    case 'dup':
    case 'raid1':
    case 'raid10':
      return 2
    case 'raid1c3':
      return 3
    case 'raid1c4':
      return 4
    case 'raid5':
      return devices / (devices - 1)
    case 'raid6':
      return devices / (devices - 2)
    default:
      return 0
  }
}

const readNumber = (path: string): number => toNumber(readAttribute(path)) ?? 0

function addAllocation(
  out: FamilyCollection,
  folder: string,
  group: string,
  uuid: string,
  devices: number,
): void {
  const path = `${folder}/allocation/${group}`
  const labels = ['block_group_type', group]
  out.add(RESERVED, readNumber(`${path}/bytes_reserved`), [...labels, 'uuid', uuid])
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const mode = entry.name
    const own = [...labels, 'mode', mode, 'uuid', uuid]
    out.add(USED, readNumber(`${path}/${mode}/used_bytes`), own)
    out.add(SIZE, readNumber(`${path}/${mode}/total_bytes`), own)
    out.add(RATIO, ratioOf(mode, devices), own)
  }
}

function addFilesystem(out: FamilyCollection, folder: string, name: string): void {
  const metadataUuid = readAttribute(`${folder}/metadata_uuid`) ?? ''
  const uuid = metadataUuid === '' ? name : metadataUuid
  const labels = ['uuid', uuid]
  const devices = listNames(`${folder}/devices`)
  out.add(INFO, 1, ['label', readAttribute(`${folder}/label`) ?? '', ...labels])
  out.add(RESERVE, readNumber(`${folder}/allocation/global_rsv_size`), labels)
  const commits = new Map<string, number>()
  for (const line of splitLines(readTextIfPresent(`${folder}/commit_stats`) ?? '')) {
    const [key = '', value] = splitFields(line)
    commits.set(key, toNumber(value) ?? 0)
  }
  for (const [key, head, divisor] of COMMITS) {
    out.add(head, (commits.get(key) ?? 0) / divisor, labels)
  }
  for (const group of GROUPS) addAllocation(out, folder, group, uuid, devices.length)
  for (const device of devices) {
    const bytes = readNumber(`${folder}/devices/${device}/size`) * SECTOR_BYTES
    out.add(DEVICE_SIZE, bytes, ['device', device, ...labels])
  }
}

export const btrfs: CollectorKind = {
  name: 'btrfs',
  enabledByDefault: true,
  create: ({ options }) => {
    const root = `${options.paths.sysfs}/fs/btrfs`
    return (out) => {
      // Beside the file systems, named by their UUIDs, there is `features`.
      for (const name of listNamesIfPresent(root)) {
        if (name.includes('-')) addFilesystem(out, `${root}/${name}`, name)
      }
    }
  },
}
