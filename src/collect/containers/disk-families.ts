import type { ContainerFamily, Row } from './family.ts'
import type { DeviceRow, FilesystemRow } from './reading.ts'

const FILESYSTEMS: readonly Row<(row: FilesystemRow) => number>[] = [
  ['container_fs_inodes_free', 'Number of available Inodes', (f) => f.inodesFree],
  ['container_fs_inodes_total', 'Number of Inodes', (f) => f.inodes],
  [
    'container_fs_limit_bytes',
    'Number of bytes that can be consumed by the container on this filesystem.',
    (f) => f.limitBytes,
  ],
  [
    'container_fs_usage_bytes',
    'Number of bytes that are consumed by the container on this filesystem.',
    (f) => f.usageBytes,
  ],
]

const DEVICES: readonly Row<(row: DeviceRow) => number>[] = [
  ['container_fs_reads_bytes_total', 'Cumulative count of bytes read', (d) => d.readBytes],
  ['container_fs_reads_total', 'Cumulative count of reads completed', (d) => d.reads],
  ['container_fs_writes_bytes_total', 'Cumulative count of bytes written', (d) => d.writeBytes],
  ['container_fs_writes_total', 'Cumulative count of writes completed', (d) => d.writes],
]

const MILLISECONDS = 1e-3

/**
 * Of whole disks, by the columns of /proc/diskstats after the name: there for the machine as a whole only. cAdvisor repeats them
 * for each container, which says nothing about the container.
 */
const DISKS: readonly Row<{ column: number; type?: 'gauge'; scale?: number }>[] = [
  ['container_fs_reads_merged_total', 'Cumulative count of reads merged', { column: 1 }],
  ['container_fs_sector_reads_total', 'Cumulative count of sector reads completed', { column: 2 }],
  [
    'container_fs_read_seconds_total',
    'Cumulative count of seconds spent reading',
    { column: 3, scale: MILLISECONDS },
  ],
  ['container_fs_writes_merged_total', 'Cumulative count of writes merged', { column: 5 }],
  [
    'container_fs_sector_writes_total',
    'Cumulative count of sector writes completed',
    { column: 6 },
  ],
  [
    'container_fs_write_seconds_total',
    'Cumulative count of seconds spent writing',
    { column: 7, scale: MILLISECONDS },
  ],
  ['container_fs_io_current', 'Number of I/Os currently in progress', { column: 8, type: 'gauge' }],
  [
    'container_fs_io_time_seconds_total',
    'Cumulative count of seconds spent doing I/Os',
    { column: 9, scale: MILLISECONDS },
  ],
  [
    'container_fs_io_time_weighted_seconds_total',
    'Cumulative weighted I/O time in seconds',
    { column: 10, scale: MILLISECONDS },
  ],
]

const OPERATIONS: ContainerFamily = {
  name: 'container_blkio_device_usage_total',
  help: 'Blkio Device bytes usage',
  type: 'counter',
  group: 'diskIO',
  write: ({ reading }, line) => {
    for (const { labels, readBytes, writeBytes } of reading.devices.values()) {
      line(readBytes, `${labels.numbered},operation="Read"`)
      line(writeBytes, `${labels.numbered},operation="Write"`)
    }
  },
}

export const DISK_FAMILIES: readonly ContainerFamily[] = [
  ...FILESYSTEMS.map(([name, help, value]): ContainerFamily => ({
    name,
    help,
    type: 'gauge',
    group: 'disk',
    write: ({ reading }, line) => {
      for (const row of reading.filesystems) line(value(row), row.labels)
    },
  })),
  ...DEVICES.map(([name, help, value]): ContainerFamily => ({
    name,
    help,
    type: 'counter',
    group: 'diskIO',
    write: ({ reading }, line) => {
      for (const row of reading.devices.values()) line(value(row), row.labels.named)
    },
  })),
  ...DISKS.map(([name, help, { column, type, scale = 1 }]): ContainerFamily => ({
    name,
    help,
    type: type ?? 'counter',
    group: 'diskIO',
    write: ({ reading }, line) => {
      for (const { disk, labels } of reading.filesystems) {
        const value = disk?.[column]
        if (value !== undefined) line(value * scale, labels)
      }
    },
  })),
  OPERATIONS,
]
