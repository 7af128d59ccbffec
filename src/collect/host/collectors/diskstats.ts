import type { CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyCollection, type FamilyHead } from '../families.ts'
import { parseCount, splitFields, splitLines, toNumber } from '../fields.ts'
import { readAttribute, readText, readTextIfPresent } from '../files.ts'
import { compileFilter } from '../name-filter.ts'

const SECTOR_BYTES = 512
const SECONDS_PER_TICK = 1 / 1000

interface Column {
  readonly head: FamilyHead
  readonly factor: number
}

const total = (name: string, help: string, factor = 1): Column => ({
  head: counter(`node_disk_${name}_total`, help),
  factor,
})

/** The columns of /proc/diskstats after major, minor and name (Documentation/admin-guide/iostats.rst). */
const COLUMNS: readonly Column[] = [
  total('reads_completed', 'The total number of reads completed successfully.'),
  total('reads_merged', 'The total number of reads merged.'),
  total('read_bytes', 'The total number of bytes read successfully.', SECTOR_BYTES),
  total('read_time_seconds', 'The total number of seconds spent by all reads.', SECONDS_PER_TICK),
  total('writes_completed', 'The total number of writes completed successfully.'),
  total('writes_merged', 'The number of writes merged.'),
  total('written_bytes', 'The total number of bytes written successfully.', SECTOR_BYTES),
  total(
    'write_time_seconds',
    'This is the total number of seconds spent by all writes.',
    SECONDS_PER_TICK,
  ),
  { head: gauge('node_disk_io_now', 'The number of I/Os currently in progress.'), factor: 1 },
  total('io_time_seconds', 'Total seconds spent doing I/Os.', SECONDS_PER_TICK),
  total(
    'io_time_weighted_seconds',
    'The weighted # of seconds spent doing I/Os.',
    SECONDS_PER_TICK,
  ),
  total('discards_completed', 'The total number of discards completed successfully.'),
  total('discards_merged', 'The total number of discards merged.'),
  total('discarded_sectors', 'The total number of sectors discarded successfully.'),
  total(
    'discard_time_seconds',
    'This is the total number of seconds spent by all discards.',
    SECONDS_PER_TICK,
  ),
  total('flush_requests', 'The total number of flush requests completed successfully'),
  total(
    'flush_requests_time_seconds',
    'This is the total number of seconds spent by all flush requests.',
    SECONDS_PER_TICK,
  ),
]

const INFO = gauge('node_disk_info', 'Info of /sys/block/<block_device>.')
const FILESYSTEM = gauge('node_disk_filesystem_info', 'Info about disk filesystem.')
const DEVICE_MAPPER = gauge('node_disk_device_mapper_info', 'Info about disk device mapper.')

/** Numbers that udev knows of an ATA disk, by the property's name. */
const ATA: readonly (readonly [string, FamilyHead])[] = [
  ['ID_ATA_WRITE_CACHE', gauge('node_disk_ata_write_cache', 'ATA disk has a write cache.')],
  [
    'ID_ATA_WRITE_CACHE_ENABLED',
    gauge('node_disk_ata_write_cache_enabled', 'ATA disk has its write cache enabled.'),
  ],
  [
    'ID_ATA_ROTATION_RATE_RPM',
    gauge('node_disk_ata_rotation_rate_rpm', 'ATA disk rotation rate in RPMs (0 for SSDs).'),
  ],
]

/** Properties are the lines `E:NAME=value` of udev's database. */
function parseUdev(text: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>()
  for (const line of splitLines(text)) {
    if (!line.startsWith('E:')) continue
    const equals = line.indexOf('=')
    if (equals > 0) out.set(line.slice(2, equals), line.slice(equals + 1))
  }
  return out
}

function addUdev(out: FamilyCollection, device: string, udev: ReadonlyMap<string, string>): void {
  const get = (name: string): string => udev.get(name) ?? ''
  if (get('ID_FS_TYPE') !== '') {
    out.add(FILESYSTEM, 1, [
      ...['device', device, 'type', get('ID_FS_TYPE'), 'usage', get('ID_FS_USAGE')],
      ...['uuid', get('ID_FS_UUID'), 'version', get('ID_FS_VERSION')],
    ])
  }
  if (get('DM_NAME') !== '') {
    out.add(DEVICE_MAPPER, 1, [
      ...['device', device, 'lv_layer', get('DM_LV_LAYER'), 'lv_name', get('DM_LV_NAME')],
      ...['name', get('DM_NAME'), 'uuid', get('DM_UUID'), 'vg_name', get('DM_VG_NAME')],
    ])
  }
  if (get('ID_ATA') === '') return
  for (const [property, head] of ATA) {
    const value = toNumber(udev.get(property))
    if (value !== undefined) out.add(head, value, ['device', device])
  }
}

export const diskstats: CollectorKind = {
  name: 'diskstats',
  enabledByDefault: true,
  create: ({ options }) => {
    const { procfs, sysfs, udevData } = options.paths
    const path = `${procfs}/diskstats`
    const ignored = compileFilter('collector.diskstats.device', options.diskstats.devices)
    return (out) => {
      for (const line of splitLines(readText(path))) {
        const fields = splitFields(line)
        const [major = '', minor = '', device] = fields
        // Before Linux 2.6.25 partitions had four columns only.
        if (device === undefined || fields.length < 14 || ignored(device)) continue
        const udev = parseUdev(readTextIfPresent(`${udevData}/b${major}:${minor}`) ?? '')
        const get = (name: string): string => udev.get(name) ?? ''
        const serial = get('SCSI_IDENT_SERIAL') || get('ID_SERIAL_SHORT') || get('ID_SERIAL')
        const rotational = readAttribute(`${sysfs}/block/${device}/queue/rotational`) === '1'
        out.add(INFO, 1, [
          ...['device', device, 'major', major, 'minor', minor, 'model', get('ID_MODEL')],
          ...['path', get('ID_PATH'), 'revision', get('ID_REVISION')],
          ...['rotational', rotational ? '1' : '0', 'serial', serial, 'wwn', get('ID_WWN')],
        ])
        const labels = ['device', device]
        const count = Math.min(COLUMNS.length, fields.length - 3)
        for (let i = 0; i < count; i++) {
          const { head, factor } = COLUMNS[i] as Column
          out.add(head, parseCount(fields[i + 3], `${path}: ${device}`) * factor, labels)
        }
        addUdev(out, device, udev)
      }
    }
  },
}
