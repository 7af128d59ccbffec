import { count, deviceRow, type DeviceNames } from './devices.ts'
import { eachKeyValue, lineEnd, numberAt, readNumber } from './key-values.ts'
import type { GroupFiles } from './kernel-files.ts'
import type { Limits, Reading } from './reading.ts'
import { orUnlimited, type ReadOptions } from './read-v2.ts'

/** cpuacct.stat counts in hundredths of a second on every platform of Linux that is in use. */
const TICKS_PER_SECOND = 100

/** The hierarchies of the old kind that are read. A group need not be in all of them. */
export const V1_CONTROLLERS = ['cpuacct', 'cpu', 'memory', 'blkio', 'pids'] as const

export type V1Controller = (typeof V1_CONTROLLERS)[number]

/** The files of a group in each hierarchy that it is in. */
export type V1Files = Readonly<Partial<Record<V1Controller, GroupFiles>>>

/** Fills a reading from a group of the old hierarchies, by the kernel's Documentation/admin-guide/cgroup-v1/. */
export function readV1(files: V1Files, reading: Reading, options: ReadOptions): void {
  const { groups } = options
  if (groups.has('cpu') || groups.has('percpu')) readCpu(files, reading, groups.has('percpu'))
  if (files.memory && groups.has('memory')) readMemory(files.memory, reading)
  if (files.memory && groups.has('oom_event')) {
    eachKeyValue(files.memory.read('memory.oom_control'), (key, value) => {
      if (key === 'oom_kill') reading.oomKills = value
    })
  }
  if (files.blkio && groups.has('diskIO')) readDevices(files.blkio, reading, options.deviceNames)
  if (groups.has('process')) reading.threads = readNumber(files.pids?.read('pids.current'))
}

export function readLimitsV1({ cpu, memory, pids }: V1Files, limits: Limits): void {
  limits.cpuShares = readNumber(cpu?.read('cpu.shares'))
  limits.cpuPeriod = readNumber(cpu?.read('cpu.cfs_period_us'))
  // -1 is no bound, and no number.
  limits.cpuQuota = readNumber(cpu?.read('cpu.cfs_quota_us'))
  limits.memory = orUnlimited(readNumber(memory?.read('memory.limit_in_bytes')))
  const swap = orUnlimited(readNumber(memory?.read('memory.memsw.limit_in_bytes')))
  limits.memorySwap = memory && Number.isNaN(swap) ? 0 : swap
  limits.memoryReservation = orUnlimited(readNumber(memory?.read('memory.soft_limit_in_bytes')))
  limits.threads = orUnlimited(readNumber(pids?.read('pids.max')))
}

function readCpu({ cpu, cpuacct }: V1Files, reading: Reading, isEach: boolean): void {
  if (cpuacct) {
    reading.cpuSeconds = readNumber(cpuacct.read('cpuacct.usage')) / 1e9
    eachKeyValue(cpuacct.read('cpuacct.stat'), (key, value) => {
      if (key === 'user') reading.cpuUserSeconds = value / TICKS_PER_SECOND
      else if (key === 'system') reading.cpuSystemSeconds = value / TICKS_PER_SECOND
    })
    if (isEach) reading.cpuSecondsEach = readEach(cpuacct.read('cpuacct.usage_percpu'))
  }
  eachKeyValue(cpu?.read('cpu.stat'), (key, value) => {
    if (key === 'nr_periods') reading.periods = value
    else if (key === 'nr_throttled') reading.throttledPeriods = value
    else if (key === 'throttled_time') reading.throttledSeconds = value / 1e9
    else if (key === 'nr_bursts') reading.burstPeriods = value
    else if (key === 'burst_time') reading.burstSeconds = value / 1e9
  })
}

function readEach(text: string | undefined): number[] {
  const out: number[] = []
  if (text === undefined) return out
  for (let at = 0; at < text.length;) {
    const value = numberAt(text, at)
    if (!Number.isNaN(value)) out.push(value / 1e9)
    const space = text.indexOf(' ', at)
    if (space < 0) break
    at = space + 1
  }
  return out
}

function readMemory(memory: GroupFiles, reading: Reading): void {
  reading.memoryUsage = readNumber(memory.read('memory.usage_in_bytes'))
  reading.memoryMax = readNumber(memory.read('memory.max_usage_in_bytes'))
  reading.memoryFailures = readNumber(memory.read('memory.failcnt'))
  reading.memoryKernel = readNumber(memory.read('memory.kmem.usage_in_bytes'))
  // The totals include the groups below, as every file of the unified hierarchy does.
  eachKeyValue(memory.read('memory.stat'), (key, value) => {
    switch (key) {
      case 'total_cache':
        reading.memoryCache = value
        break
      case 'total_rss':
        reading.memoryRss = value
        break
      case 'total_swap':
        reading.memorySwap = value
        break
      case 'total_mapped_file':
        reading.memoryMapped = value
        break
      case 'total_dirty':
        reading.fileDirty = value
        break
      case 'total_writeback':
        reading.fileWriteback = value
        break
      case 'total_inactive_file':
        reading.inactiveFile = value
        break
      case 'total_active_file':
        reading.activeFile = value
        break
      case 'total_pgfault':
        reading.pageFaults = value
        break
      case 'total_pgmajfault':
        reading.majorPageFaults = value
        break
      case 'total_workingset_refault_anon':
        reading.refaultsAnon = value
        break
      case 'total_workingset_refault_file':
        reading.refaultsFile = value
        break
      default:
    }
  })
}

/** Who counts depends on the scheduler of the device: the throttle does always, BFQ only for its own devices. */
const BYTES_FILES = ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes']
const COUNT_FILES = ['blkio.throttle.io_serviced_recursive', 'blkio.throttle.io_serviced']

function readDevices(blkio: GroupFiles, reading: Reading, names: DeviceNames): void {
  readOperations(blkio, reading, names, BYTES_FILES, ['readBytes', 'writeBytes'])
  readOperations(blkio, reading, names, COUNT_FILES, ['reads', 'writes'])
}

function readOperations(
  blkio: GroupFiles,
  reading: Reading,
  names: DeviceNames,
  files: readonly string[],
  [read, write]: readonly ['readBytes', 'writeBytes'] | readonly ['reads', 'writes'],
): void {
  let text: string | undefined
  for (const file of files) text ??= blkio.read(file)
  if (text === undefined) return
  for (let at = 0; at < text.length;) {
    const end = lineEnd(text, at)
    const [numbers = '', operation, amount] = text.slice(at, end).split(' ')
    at = end + 1
    if (amount === undefined || (operation !== 'Read' && operation !== 'Write')) continue
    const row = deviceRow(reading, numbers, names)
    if (row !== undefined) count(row, operation === 'Read' ? read : write, numberAt(amount, 0))
  }
}
